"""The journal as people read it: one payment for each intent with what came of it, and what they add up to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from netctl.money import Rao, tao_text
from netctl.paying.intents import INTENT, OUTCOME, Intent, intents, outcomes, spent_rao

OPEN = "open"
"""The result of a payment whose outcome nobody has looked up yet."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One extrinsic: what was meant, and what the journal knows came of it.

    `amount_rao` is what left the signer beside the fee: by the chain's events, or while nobody has looked, and in
    journals of before, the most that was meant. `spent_rao` is what it took from the operator: own transfers count
    their fee only. `ends` is whom it paid, empty in journals of before. `block` and `index` say where it is.
    """

    intent: Intent
    when: str
    command: str
    run: str
    ends: tuple[str, ...]
    result: str
    amount_rao: Rao
    fee_rao: Rao
    spent_rao: Rao
    block: int | None = None
    block_hash: str | None = None
    index: int | None = None

    @property
    def place(self) -> str | None:
        """The extrinsic's place as explorers have it: ``812-2``."""
        return None if self.block is None or self.index is None else f"{self.block}-{self.index}"

    def document(self) -> dict[str, Any]:
        """The payment as JSON."""
        intent = self.intent
        return {
            "time": self.when,
            "command": self.command,
            "run": self.run,
            "purpose": intent.purpose,
            "neuron": intent.neuron,
            "ends": list(self.ends),
            "call": intent.call,
            "signer": intent.signer,
            "result": self.result,
            "amount_tao": tao_text(self.amount_rao),
            "fee_tao": tao_text(self.fee_rao),
            "spent_tao": tao_text(self.spent_rao),
            "block": self.block,
            "block_hash": self.block_hash,
            "extrinsic": self.place,
            "extrinsic_hash": intent.hash,
        }


@dataclass(frozen=True, slots=True)
class Total:
    """What payments come to. `moved_rao` is what left the signers, own transfers too; `spent_rao` what is gone."""

    payments: int
    moved_rao: Rao
    fee_rao: Rao
    spent_rao: Rao

    def document(self) -> dict[str, Any]:
        """The total as JSON."""
        amounts = {"moved": self.moved_rao, "fee": self.fee_rao, "spent": self.spent_rao}
        return {"payments": self.payments, **{f"{name}_tao": tao_text(rao) for name, rao in amounts.items()}}


def payments(entries: Sequence[Mapping[str, Any]]) -> tuple[Payment, ...]:
    """Every payment of the journal, oldest first; PolicyError for lines that netctl has not written so."""
    decided = outcomes(entries)
    lines = [entry for entry in entries if entry["kind"] == INTENT]
    return tuple(
        _payment(intent, line, decided.get(intent.hash)) for intent, line in zip(intents(entries), lines, strict=True)
    )


def _payment(intent: Intent, line: Mapping[str, Any], outcome: Mapping[str, Any] | None) -> Payment:
    known: Mapping[str, Any] = outcome or {}
    result = str(known.get("result", OPEN))
    meant_rao = intent.amount_rao if result in ("included", OPEN) else 0
    return Payment(
        intent=intent,
        when=str(line.get("time", "")),
        command=str(line.get("command") or ""),
        run=str(line.get("run") or ""),
        ends=tuple(str(end) for end in line.get("ends") or ()),
        result=result,
        amount_rao=int(known.get("moved_rao", meant_rao)),
        fee_rao=int(known.get("fee_rao", 0 if outcome is not None else intent.fee_rao)),
        spent_rao=spent_rao([line, *([outcome] if outcome is not None else [])]),
        block=known.get("block"),
        block_hash=known.get("block_hash"),
        index=known.get("index"),
    )


def chosen(
    found: Iterable[Payment], *, since: float | None = None, neuron: str | None = None, purpose: str | None = None
) -> tuple[Payment, ...]:
    """Those from `since` on (seconds since the epoch), for the neuron, of the purpose; None is all of them.

    A payment for the whole fleet is nobody's. One without a readable time is as old as can be.
    """
    return tuple(
        each
        for each in found
        if (since is None or _seconds(each.when) >= since)
        and (neuron is None or each.intent.neuron == neuron)
        and (purpose is None or each.intent.purpose == purpose)
    )


def _seconds(when: str) -> float:
    try:
        return datetime.fromisoformat(when).astimezone(UTC).timestamp()
    except ValueError:
        return 0.0


def lines_of(entries: Iterable[Mapping[str, Any]], of: Sequence[Payment]) -> list[Mapping[str, Any]]:
    """The journal's own lines of these payments, as they stand there."""
    hashes = {each.intent.hash for each in of}
    return [entry for entry in entries if entry["kind"] in (INTENT, OUTCOME) and entry.get("hash") in hashes]


def totals(of: Sequence[Payment]) -> dict[str, Total]:
    """What they come to by purpose, in the order in which purposes first appear."""
    return {
        purpose: total([each for each in of if each.intent.purpose == purpose])
        for purpose in dict.fromkeys(each.intent.purpose for each in of)
    }


def total(of: Sequence[Payment]) -> Total:
    """What they come to, open ones as the budget counts them: in full."""
    return Total(
        payments=len(of),
        moved_rao=sum(each.amount_rao for each in of),
        fee_rao=sum(each.fee_rao for each in of),
        spent_rao=sum(each.spent_rao for each in of),
    )


def totals_document(of: Sequence[Payment]) -> dict[str, Any]:
    """The totals as JSON, by purpose and whole."""
    return {"purposes": {name: each.document() for name, each in totals(of).items()}, "whole": total(of).document()}
