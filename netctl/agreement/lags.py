"""How long weights take from being committed to being seen on the chain, by the subnet's commit-reveal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from netctl.agreement.evidence import Evidence, Reveal, Row, Setting
from netctl.chain_time import ChainTime
from netctl.store.histories import Look

LONGEST_S = 24 * 3600.0
"""A look that came so long after a log's last weights says nothing of them: the log may be from elsewhere."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Weights that the chain showed, and when they were set or committed to; None where no line tells of it.

    `lag_s` and `lag_blocks` are from there to the look that first saw them: a look's length too long at the most.
    """

    row: Row
    set_s: float | None
    lag_s: float | None
    lag_blocks: int | None


@dataclass(frozen=True, slots=True)
class Lag:
    """One validator's: how often it set weights in the window, how often the chain was seen to show others than before.

    Figures are over those that were both; None where none was. `looked`: the chain was looked at after it set some.
    """

    validator: str
    set: int
    seen: int
    looked: bool
    usual_s: float | None
    longest_s: float | None
    usual_blocks: float | None


def expected_blocks(reveal: Reveal) -> tuple[int, int] | None:
    """The least and the most blocks from a commitment to its reveal: nothing without commit-reveal; None: not known."""
    if reveal.enabled is False:
        return 0, 0
    if not reveal.enabled or not reveal.period or not reveal.tempo:
        return None
    # It is revealed when the epoch begins that lies `period` after its own, wherever in that it was made.
    return (reveal.period - 1) * reveal.tempo, reveal.period * reveal.tempo


def shown(evidence: Evidence) -> tuple[Shown, ...]:
    """Of each row that has come within the window, whoever's: the setting that it is of."""
    time = ChainTime(evidence.looks)
    by_validator: dict[str, list[Setting]] = {}
    for setting in evidence.settings:
        by_validator.setdefault(setting.validator, []).append(setting)
    new = [row for row in evidence.rows if row.shares and row.time > evidence.window.since]
    return tuple(_shown(row, by_validator.get(row.validator, ()), evidence.reveal, time) for row in new)


def _shown(row: Row, settings: Sequence[Setting], reveal: Reveal, time: ChainTime) -> Shown:
    until = _last_that_counts(row, reveal, time)
    before = [setting for setting in settings if setting.time <= until]
    if not before:
        return Shown(row, None, None, None)
    at = before[-1].time
    block = time.block_at(at)
    return Shown(row, at, max(0.0, row.time - at), None if block is None else max(0, row.block - block))


def _last_that_counts(row: Row, reveal: Reveal, time: ChainTime) -> float:
    """Until when weights must have been committed to, for the chain to show them at that look."""
    look = time.seen_at(row.time)
    if not reveal.enabled or not reveal.period or not reveal.tempo or look is None:
        return row.time
    moment = time.time_of(look.last_epoch - (reveal.period - 1) * reveal.tempo)
    return row.time if moment is None else min(row.time, moment)


def lags(found: Sequence[Shown], settings: Sequence[Setting], looks: Sequence[Look]) -> tuple[Lag, ...]:
    """Of each validator that has set weights, or whose weights have changed."""
    times: dict[str, list[float]] = {}
    for setting in settings:
        times.setdefault(setting.validator, []).append(setting.time)
    names = sorted({each.row.validator for each in found} | times.keys())
    return tuple(
        _lag(name, times.get(name, []), [each for each in found if each.row.validator == name], looks) for name in names
    )


def _lag(validator: str, times: Sequence[float], found: Sequence[Shown], looks: Sequence[Look]) -> Lag:
    seconds = [each.lag_s for each in found if each.lag_s is not None]
    blocks = [each.lag_blocks for each in found if each.lag_blocks is not None]
    return Lag(
        validator,
        len(times),
        len(found),
        bool(times) and any(min(times) <= look.time <= max(times) + LONGEST_S for look in looks),
        median(seconds) if seconds else None,
        max(seconds, default=None),
        median(blocks) if blocks else None,
    )
