"""Finds a validator whose weights are another's from before, and which its own verdicts do not explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from statistics import median
from typing import Literal

from netctl.agreement.evidence import Evidence, Row
from netctl.agreement.lags import Shown
from netctl.agreement.scores import shares_of, standings
from netctl.agreement.weights import distance

ALIKE = 0.02
"""Rows that are no further apart count as the same: the chain rounds shares to a 65535th, and some copiers stir."""

UNLIKE = 0.01
TIMES = 3.0
"""Its own verdicts explain no row that is further from them than this, and so many times as far as it is from the
other's row, and as the other's rows usually are from the other's own verdicts."""

EXACT = 0.001
"""Where its own verdicts are not known, only rows that are no further apart than this count as the same."""

BACK = 6
"""How many of the other's rows until then are looked at: it may have set some while the copier waited."""

LEAST = 3
SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Following:
    """How one validator's weights follow another's. Distances are 0 to 1, medians over its rows.

    `rows` are its rows for which the other had one before, `alike` those that are the same as such a one, `unexplained`
    those of them that its own verdicts do not explain; `lag_s` is how much later they came.
    `verdict`: it "copies"; it "follows", and whether by itself cannot be told, since its log is not here; "no".
    """

    validator: str
    source: str
    rows: int
    alike: int
    unexplained: int
    from_source: float | None
    from_own: float | None
    lag_s: float | None
    verdict: Literal["copies", "follows", "no", "too few"]


@dataclass(frozen=True, slots=True)
class _Case:
    row: Row
    own: float | None


def followings(evidence: Evidence, found: Sequence[Shown]) -> tuple[Following, ...]:
    """Of each ordered pair of validators that have weights; those that are to be looked at first."""
    cases = {name: _cases(evidence, found, name) for name in {each.row.validator for each in found}}
    logged = {verdict.validator for verdict in evidence.verdicts} | {each.validator for each in evidence.settings}
    every = [
        _following(name, source, cases[name], _rows_of(evidence, source), _usual(cases[source]), name in logged)
        for name, source in permutations(sorted(cases), 2)
    ]
    order = ("copies", "follows", "no", "too few")
    return tuple(sorted(_the_nearest(every), key=lambda each: (order.index(each.verdict), each.validator)))


def _rows_of(evidence: Evidence, validator: str) -> list[Row]:
    return [row for row in evidence.rows if row.validator == validator and row.shares]


def _cases(evidence: Evidence, found: Sequence[Shown], validator: str) -> list[_Case]:
    """Its rows, each with how far it is from its own verdicts when it was set."""
    own = [each for each in found if each.row.validator == validator]
    moments = [each.row.time if each.set_s is None else each.set_s for each in own]
    verdicts = [verdict for verdict in evidence.verdicts if verdict.validator == validator]
    order = sorted(range(len(own)), key=moments.__getitem__)
    stood = dict(zip(order, standings(verdicts, [moments[at] for at in order]), strict=True))
    cases = []
    for at, each in enumerate(own):
        shares = shares_of(stood[at].get(validator, {}))
        cases.append(_Case(each.row, distance(each.row.shares, shares) if shares else None))
    return cases


def _usual(cases: Sequence[_Case]) -> float:
    known = [case.own for case in cases if case.own is not None]
    return median(known) if known else 0.0


def _following(
    name: str, source: str, cases: Sequence[_Case], rows: Sequence[Row], usual: float, is_logged: bool
) -> Following:
    """Of each row the nearest one of those that the source had until then."""
    near: list[tuple[float, float, float | None]] = []
    for case in cases:
        before = [row for row in rows if row.time <= case.row.time][-BACK:]
        if before:
            best = min(before, key=lambda row: distance(case.row.shares, row.shares))
            near.append((distance(case.row.shares, best.shares), case.row.time - best.time, case.own))
    alike = [each for each in near if each[0] <= (ALIKE if is_logged else EXACT)]
    unexplained = [each for each in alike if each[2] is None or _is_strange(each[2], max(each[0], usual))]
    known = [own for _, _, own in near if own is not None]
    return Following(
        validator=name,
        source=source,
        rows=len(near),
        alike=len(alike),
        unexplained=len(unexplained),
        from_source=median(each[0] for each in near) if near else None,
        from_own=median(known) if known else None,
        lag_s=median(each[1] for each in alike) if alike else None,
        verdict=_verdict(len(near), len(unexplained), is_logged),
    )


def _is_strange(own: float, elsewhere: float) -> bool:
    return own >= max(UNLIKE, TIMES * elsewhere)


def _verdict(rows: int, unexplained: int, is_logged: bool) -> Literal["copies", "follows", "no", "too few"]:
    if rows < LEAST:
        return "too few"
    if unexplained < max(LEAST, SHARE * rows):
        return "no"
    return "copies" if is_logged else "follows"


def _the_nearest(every: Sequence[Following]) -> list[Following]:
    """Whoever copies one of several that are alike is held to copy the nearest only; and who is followed, by nobody."""
    kept: list[Following] = []
    for each in every:
        rivals = [other for other in every if other.validator == each.validator and other.verdict == each.verdict]
        nearest = min(rivals, key=lambda other: (other.from_source or 0.0, -(other.lag_s or 0.0)))
        if each.verdict in ("no", "too few") or each is nearest:
            kept.append(each)
    return kept
