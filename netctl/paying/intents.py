"""Payments as the journal knows them: intents, their outcomes, and what they add up to. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from netctl.errors import PolicyError
from netctl.money import Rao
from netctl.ports import Journal, Receipt

INTENT = "intent"
OUTCOME = "outcome"

Result = Literal["included", "rejected", "not_included", "unsent", "void"]
"""`rejected`: by pool or block; `not_included`: can never be; `unsent`: never left; `void`: on another chain."""

OWN_TRANSFERS = frozenset({"fund"})
"""Purposes whose amount stays with the operator: just their fees are spent."""

_NUMBERS = ("nonce", "first_block", "last_block", "amount_rao", "fee_rao")
_TAKES = frozenset({"Withdraw", "Burned"})
_GIVES = frozenset({"Deposit", "Minted"})


@dataclass(frozen=True, slots=True)
class Intent:
    """An extrinsic about to be sent, by its hash: which blocks may hold it, and the most that it may cost.

    `ends` is whom it pays, see `netctl.paying.ends`; lines of before there were any have none.
    """

    hash: str
    signer: str
    nonce: int
    first_block: int
    last_block: int
    genesis: str
    call: str
    purpose: str
    neuron: str | None
    amount_rao: Rao
    fee_rao: Rao
    ends: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """The intent as a journal line has it."""
        return asdict(self)


_FIELDS = tuple(name for name in Intent.__dataclass_fields__ if name != "ends")


def intents(entries: Sequence[Mapping[str, Any]]) -> tuple[Intent, ...]:
    """Every intent of the journal, oldest first."""
    return tuple(_intent(entry) for entry in entries if entry["kind"] == INTENT)


def _intent(entry: Mapping[str, Any]) -> Intent:
    """PolicyError for a line that netctl has not written so: what it stands for must not be guessed."""
    ends = entry.get("ends", [])
    if not isinstance(ends, list | tuple) or not all(isinstance(end, str) for end in ends):
        raise _damaged(entry, "whose ends are no list of words")
    try:
        intent = Intent(**{name: entry[name] for name in _FIELDS}, ends=tuple(ends))
    except KeyError as lacking:
        raise _damaged(entry, f"without {lacking.args[0]}") from None
    for name in _NUMBERS:
        if type(getattr(intent, name)) is not int or getattr(intent, name) < 0:
            raise _damaged(entry, f"whose {name} is no number")
    return intent


def _damaged(entry: Mapping[str, Any], what: str) -> PolicyError:
    when = entry.get("time", "of an unknown time")
    return PolicyError(f"the journal holds a payment {what} ({when})", hint="see netctl journal --json, and mend it")


def outcomes(entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """The last outcome of each extrinsic, by its hash."""
    found = {}
    for entry in entries:
        if entry["kind"] == OUTCOME:
            numbers = [entry.get(name, 0) for name in ("fee_rao", "moved_rao")]
            if not {"hash", "result"} <= entry.keys() or any(type(number) is not int for number in numbers):
                raise _damaged(entry, "with a broken outcome")
            found[entry["hash"]] = entry
    return found


def open_intents(entries: Sequence[Mapping[str, Any]]) -> tuple[Intent, ...]:
    """Intents without an outcome: sent perhaps, and nobody has looked yet."""
    decided = outcomes(entries)
    return tuple(intent for intent in intents(entries) if intent.hash not in decided)


def in_the_way(
    entries: Sequence[Mapping[str, Any]], *, genesis: str, signer: str, ends: Collection[str]
) -> tuple[Intent, ...]:
    """Open intents of this chain that must be decided before this account pays these ends: its own, and theirs."""
    mine = [intent for intent in open_intents(entries) if intent.genesis == genesis]
    return tuple(intent for intent in mine if intent.signer == signer or set(intent.ends) & set(ends))


def spent_rao(entries: Sequence[Mapping[str, Any]]) -> Rao:
    """What all runs of the journal have taken from the operator: amounts and fees, open intents in full."""
    decided = outcomes(entries)
    return sum(_cost_rao(intent, decided.get(intent.hash)) for intent in intents(entries))


def spent_for(entries: Sequence[Mapping[str, Any]], *, run: str, neuron: str) -> Rao:
    """The same for one neuron in one run."""
    return spent_rao([e for e in entries if e["kind"] == OUTCOME or (e.get("run"), e.get("neuron")) == (run, neuron)])


class Purse:
    """What one command has taken from the operator so far, by the journal: intents that were not there before it.

    Signers in `outsiders` spend somebody else's. Balances would not do: TAO that comes in meanwhile hides what went.
    """

    def __init__(self, journal: Journal, outsiders: Collection[str]) -> None:
        self._journal = journal
        self._outsiders = outsiders
        self._before = {intent.hash for intent in intents(journal.entries())}

    def spent_rao(self) -> Rao:
        """Amounts and fees, open intents in full."""
        return sum(self._costs(before=False))

    def ever_spent_rao(self) -> Rao:
        """The same of all runs that the journal knows, this one included."""
        return sum(self._costs(before=True))

    def open_signers(self) -> frozenset[str]:
        """Who has sent something in this command that is not decided."""
        return frozenset(i.signer for i in open_intents(self._journal.entries()) if i.hash not in self._before)

    def is_own(self, signer: str) -> bool:
        """Whether this account's TAO is the operator's."""
        return signer not in self._outsiders

    def entries(self) -> Sequence[Mapping[str, Any]]:
        """The journal's lines."""
        return self._journal.entries()

    def _costs(self, *, before: bool) -> list[Rao]:
        entries = self._journal.entries()
        decided = outcomes(entries)
        own = [i for i in intents(entries) if self.is_own(i.signer) and (before or i.hash not in self._before)]
        return [_cost_rao(intent, decided.get(intent.hash)) for intent in own]


def _cost_rao(intent: Intent, outcome: Mapping[str, Any] | None) -> Rao:
    own = intent.purpose in OWN_TRANSFERS
    if outcome is None:
        return intent.fee_rao + (0 if own else intent.amount_rao)
    fee_rao = int(outcome.get("fee_rao", 0))
    if own or outcome["result"] != "included":
        return fee_rao
    return fee_rao + max(0, int(outcome.get("moved_rao", intent.amount_rao)))


def moved_rao(receipt: Receipt, ss58: str) -> Rao | None:
    """What left the account in this extrinsic, its fee apart, by the chain's events.

    None where those are gone, or do not even show the fee: then the runtime names money in another way.
    """
    if not receipt.events:
        return None
    taken = -receipt.fee_rao
    for pallet, name, attributes in receipt.events:
        if pallet != "Balances" or not isinstance(attributes, Mapping):
            continue
        amount_rao = int(attributes.get("amount", 0))
        if ss58 in (attributes.get("from"), attributes.get("who") if name in _TAKES else None):
            taken += amount_rao
        if ss58 in (attributes.get("to"), attributes.get("who") if name in _GIVES else None):
            taken -= amount_rao
    return taken if taken >= 0 else None
