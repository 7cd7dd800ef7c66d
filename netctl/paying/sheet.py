"""The funding sheet: for each coldkey of a fleet what it has, what it needs, what it is short of, and its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netctl.fleet import Fleet, NetworkKind
from netctl.money import Rao, tao_text
from netctl.paying import dues
from netctl.phases import funding
from netctl.phases.funding import FundingFacts

COLUMNS = ("wallet", "coldkey_ss58", "neurons", "has_tao", "needs_tao", "short_tao")

HOW_TO_GET: Mapping[NetworkKind, str] = {
    "test": "test TAO: ask for it in Bittensor's Discord (the testnet requests), or send yourself some from the BTCLI "
    "playground of docs.learnbittensor.org; a faucet command (btcli wallet faucet) no longer exists"
}
"""How TAO is come by where it cannot be bought."""


@dataclass(frozen=True, slots=True)
class Line:
    """One coldkey; `ss58` is None while it is not made yet.

    `needs_rao` is what it must hold for what is due. One that holds less is asked for more than that: one step of the
    price, and the profile's reserve, so that it is not short again at once. `short_rao` is needs less has, or 0.
    """

    wallet: str
    ss58: str | None
    neurons: tuple[str, ...]
    has_rao: Rao
    needs_rao: Rao
    short_rao: Rao

    def document(self) -> dict[str, Any]:
        """The same as JSON, amounts as text."""
        return {
            "wallet": self.wallet,
            "coldkey_ss58": self.ss58,
            "neurons": list(self.neurons),
            "has_tao": tao_text(self.has_rao),
            "needs_tao": tao_text(self.needs_rao),
            "short_tao": tao_text(self.short_rao),
        }


@dataclass(frozen=True, slots=True)
class Sheet:
    """All coldkeys of a fleet in its order, who would pay and what that has, and neurons that nothing is asked for."""

    fleet: str
    network: NetworkKind
    block: int
    payer: str | None
    payer_free_rao: Rao
    lines: tuple[Line, ...]
    held_back: tuple[str, ...] = ()

    @property
    def short(self) -> tuple[Line, ...]:
        """The coldkeys that lack something."""
        return tuple(line for line in self.lines if line.short_rao)

    @property
    def short_rao(self) -> Rao:
        """What all of them lack."""
        return sum(line.short_rao for line in self.lines)

    @property
    def advice(self) -> str | None:
        """How to come by what is lacking, where that is not plain."""
        return HOW_TO_GET.get(self.network) if self.short else None

    def document(self) -> dict[str, Any]:
        """``netctl fund --json``."""
        return {
            "fleet": self.fleet,
            "network": self.network,
            "block": self.block,
            "from": self.payer,
            "from_has_tao": None if self.payer is None else tao_text(self.payer_free_rao),
            "coldkeys": [line.document() for line in self.lines],
            "needs": [{**line.document(), "missing_tao": tao_text(line.short_rao)} for line in self.short],
            "short_tao": tao_text(self.short_rao),
            "held_back": list(self.held_back),
        }

    def records(self) -> list[list[str]]:
        """Rows for a spreadsheet under `COLUMNS`; several neurons in one cell are parted by spaces."""
        documents = [line.document() for line in self.lines]
        return [[" ".join(row[c]) if c == "neurons" else row[c] or "" for c in COLUMNS] for row in documents]


def sheet_of(fleet: Fleet, facts: FundingFacts) -> Sheet:
    """The sheet of what was observed; pure."""
    due = {item.wallet: item for item in funding.needs(fleet, facts)}
    lines = []
    for wallet in dict.fromkeys(neuron.wallet for neuron in fleet.neurons):
        own = [neuron for neuron in fleet.neurons if neuron.wallet == wallet]
        has_rao, item = facts.free.get(wallet, 0), due.get(wallet)
        is_short = item is not None and has_rao < item.need_rao
        short_rao = item.missing_rao if item is not None and is_short else 0
        needs_rao = 0 if item is None else max(item.need_rao, has_rao + short_rao if is_short else 0)
        ss58 = facts.dues.keys[own[0].name].coldkey_ss58
        lines.append(Line(wallet, ss58, tuple(neuron.name for neuron in own), has_rao, needs_rao, short_rao))
    reasons = [dues.held_back(fleet, facts.dues, neuron.name) for neuron in fleet.neurons]
    return Sheet(
        fleet=fleet.name,
        network=fleet.network.kind,
        block=facts.dues.head.number,
        payer=facts.payer,
        payer_free_rao=facts.payer_free_rao,
        lines=tuple(lines),
        held_back=tuple(f"{reason.neuron}: {reason.why}" for reason in reasons if reason is not None),
    )
