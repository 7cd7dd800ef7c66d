"""How what blocks do by themselves stands to the runtime: what the page of the calls cannot say."""

from __future__ import annotations

from typing import Literal, NamedTuple

Standing = Literal["modelled", "approximated", "missing"]


class Rule(NamedTuple):
    """`how` says what an approximated rule does otherwise, or what is missed of one that is not there."""

    group: str
    name: str
    standing: Standing
    how: str | None = None


RULES = (
    Rule("Every block", "prices of registrations", "modelled"),
    Rule(
        "Every block",
        "issuance and its halvings",
        "approximated",
        "halvings are exact; BlockEmission tells what a block emits, where the runtime writes it no more",
    ),
    Rule("Every block", "owner's cut, miners', validators' and root's part", "modelled"),
    Rule("Every block", "average prices", "modelled"),
    Rule(
        "Every block",
        "shares of the TAO",
        "approximated",
        "the gate's power is exact, where the runtime has 32 binary digits of a logarithm: parts differ by some 10^-9",
    ),
    Rule(
        "Every block",
        "TAO and alpha into pools",
        "approximated",
        "they move the price as in a plain constant product, where the runtime weighs pools so that it stays",
    ),
    Rule(
        "Every block",
        "TAO flows, fast average prices",
        "missing",
        "nobody's emission goes by them at this spec; their items stay at zero",
    ),
    Rule("Epochs", "when they run, how many in a block, which are put off", "modelled"),
    Rule("Epochs", "consensus, bonds, dividends (Yuma 2 and 3, liquid alpha)", "modelled"),
    Rule("Epochs", "permits, activity, commitments, mechanisms", "modelled"),
    Rule(
        "Epochs",
        "payments",
        "approximated",
        "where a mechanism finds incentives and no dividends, validators have what its miners left; the runtime pays "
        "them in full, with alpha that was never emitted",
    ),
    Rule(
        "Epochs",
        "root's dividends",
        "approximated",
        "they wait in PendingBasketDeposits and never get into a basket; claims of them are refused",
    ),
    Rule(
        "Stake",
        "shares behind a hotkey",
        "approximated",
        "they are whole numbers, where the runtime has decimal floats: a position may differ by a rao",
    ),
    Rule("Subnets", "who loses the slot, who loses the subnet", "modelled"),
    Rule(
        "Subnets",
        "a new subnet",
        "approximated",
        "its TAO emission is on and its average price 1; on the real chain root switches it on, and it starts at 0",
    ),
    Rule(
        "Subnets",
        "child keys",
        "missing",
        "members of root do not become parents of the subnet owners' hotkeys, which there vote with root's stake",
    ),
    Rule("Subnets", "locks and conviction, collateral, leases", "missing", "nothing locks alpha, and no owner changes"),
)
