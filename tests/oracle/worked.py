"""The worked case of docs/consensus.md: its text, computed.

python -m tests.oracle.worked      writes it into the page
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from tests.oracle.coinbase import FULL_EMISSION_RAO, Emission, Pool, emit
from tests.oracle.yuma import Outcome, Subnet, epoch

PAGE = Path(__file__).parents[2] / "docs" / "consensus.md"
BEGIN, END = "<!-- worked case: computed by tests/oracle/worked.py -->", "<!-- end of the worked case -->"
NAMES = ("A", "B", "m", "n")
STAKES = (60, 40, 0, 0)
WEIGHTS = ({2: 3, 3: 1}, {2: 1, 3: 1}, {}, {})
BLOCKS = 360


def case(bonds: Sequence[dict[int, int]] = ({}, {}, {}, {}), *, yuma3: bool = True) -> Subnet:
    """Validators A and B with 60 and 40 alpha, miners m and n."""
    return Subnet(
        block=1_000,
        last_step=640,
        activity_cutoff=5_000,
        stake=STAKES,
        weights=WEIGHTS,
        bonds=bonds,
        last_update=[990, 990, 0, 0],
        registered_at=[0] * 4,
        permits=[True, True, False, False],
        kappa=Fraction(1, 2),
        yuma3=yuma3,
    )


def emission() -> Emission:
    """A block's, of a subnet whose root share is a tenth, at a price of 1/2, with prices that add up to more than 1."""
    return emit(
        Pool(
            tao=Fraction(FULL_EMISSION_RAO),
            alpha_in=600_000 * FULL_EMISSION_RAO,
            alpha_out=300_000 * FULL_EMISSION_RAO,
            price=Fraction(1, 2),
            root_tao=200_000 * FULL_EMISSION_RAO,
            tao_weight=Fraction(1, 2),
            owner_cut_share=Fraction(18, 100),
            is_root_paid=True,
            pending_server=0,
            pending_validator=0,
            pending_root=0,
            pending_owner=0,
        )
    )


def shown(value: Fraction | int) -> str:
    """Four digits after the point, without trailing zeros."""
    return f"{float(value):.4f}".rstrip("0").rstrip(".")


def table(rows: Sequence[tuple[str, Sequence[Fraction]]], heads: Sequence[str]) -> list[str]:
    lines = ["| | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    lines += [f"| {label} | " + " | ".join(shown(value) for value in values) + " |" for label, values in rows]
    return [*lines, ""]


def consensus_steps(found: Outcome) -> list[str]:
    rows = [
        ("weights of A (stake 0.6)", found.weights[0][2:]),
        ("weights of B (stake 0.4)", found.weights[1][2:]),
        ("consensus", found.consensus[2:]),
        ("A, clipped", found.clipped[0][2:]),
        ("B, clipped", found.clipped[1][2:]),
        ("rank: clipped weights by stake", found.ranks[2:]),
        ("incentive: rank, normalised", found.incentive[2:]),
    ]
    return table(rows, NAMES[2:])


def bond_steps(found: Outcome, other: Outcome) -> list[str]:
    rows = [
        ("Yuma 3: bonds of A", found.bonds[0][2:]),
        ("Yuma 3: bonds of B", found.bonds[1][2:]),
        ("Yuma 2: bonds of A", other.bonds[0][2:]),
        ("Yuma 2: bonds of B", other.bonds[1][2:]),
    ]
    return table(rows, NAMES[2:])


def validator_steps(found: Outcome, other: Outcome) -> list[str]:
    rows = [
        ("validator trust: sum of clipped weights", found.validator_trust[:2]),
        ("dividends, Yuma 3", found.dividends[:2]),
        ("dividends, Yuma 2", other.dividends[:2]),
    ]
    return table(rows, NAMES[:2])


def emission_steps(told: Emission) -> list[str]:
    lines = ["| of one block | TAO or alpha |", "|---|---|"]
    for label, rao in (
        ("TAO into the pool", told.tao_in),
        ("alpha into the pool beside it", told.alpha_in),
        ("TAO that buys alpha", told.excess_tao),
        ("alpha out", told.alpha_out),
        ("- of it the owner's cut (18 %)", told.owner),
        ("- of it for miners (half of the rest)", told.server),
        ("- of it for validators by alpha", told.validator),
        ("- of it for validators by root", told.root),
    ):
        lines.append(f"| {label} | {shown(Fraction(rao, FULL_EMISSION_RAO))} |")
    return [*lines, ""]


def text() -> str:
    """The section's Markdown."""
    three, two = epoch(case()), epoch(case(yuma3=False))
    told = emission()
    miners = [part * told.server * BLOCKS / FULL_EMISSION_RAO for part in three.incentive[2:]]
    validators = [part * told.validator * BLOCKS / FULL_EMISSION_RAO for part in three.dividends[:2]]
    owner = Fraction(told.owner * BLOCKS, FULL_EMISSION_RAO)
    lines = [
        *consensus_steps(three),
        "A has more than half of the stake, so consensus is what A says. What B gave *n* beyond it is cut off, and",
        "counts neither for *n* nor for B: B's trust is below 1.",
        "",
        *bond_steps(three, two),
        "From bonds of zero, a Yuma 3 bond goes a tenth of the way to its clipped weight in every epoch. Yuma 2",
        "compares validators with each other and stores the greatest bond in a miner as 1.",
        "",
        *validator_steps(three, two),
        *emission_steps(told),
        f"After a tempo of {BLOCKS} such blocks *m* gets {shown(miners[0])} alpha and *n* {shown(miners[1])};",
        f"A's stakers and its take together {shown(validators[0])}, B's {shown(validators[1])} (if neither has stake",
        f"on root), the owner {shown(owner)}.",
    ]
    return "\n".join(lines)


def main() -> None:
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text()}\n\n{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    main()
