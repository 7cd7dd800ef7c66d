"""Which runs a fleet has had and how long each was; which one a word means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from netctl.errors import StoreError, UsageError
from netctl.runs import shelf
from netctl.runs.record import Run
from netctl.store.database import FILE, looked_into
from netctl.store.histories import Window
from netctl.store.lives import sampled
from netctl.store.runs import last_look

EVER = float("inf")


@dataclass(frozen=True, slots=True)
class Kept:
    """A run with where it lies and how long it was. `until` is its end; now while it runs.

    Nobody said that it ended where neither `running` nor `run.end`: then `until` is when something was last sampled.
    `last_block` is the last one that was seen of it.
    """

    run: Run
    state: Path
    until: float
    last_block: int | None
    running: bool

    @property
    def seconds(self) -> float:
        """How long it ran."""
        return max(0.0, self.until - self.run.began)

    @property
    def store(self) -> Path:
        """The metrics.db with what was sampled of it."""
        return self.state / FILE


@dataclass(frozen=True, slots=True)
class Past:
    """What is kept of a fleet's runs, the oldest first, and what of it cannot be read."""

    runs: tuple[Kept, ...]
    damaged: tuple[shelf.Damaged, ...] = ()


Running = Callable[[Path], str | None]
"""The run that the fleet of a state directory is in now, None where none of its neurons has a session."""


def past_of(state: Path, running: Running, now: float) -> Past:
    """Every run of the fleet with this state directory."""
    runs, damaged = shelf.runs_in(state)
    if not runs:
        return Past((), damaged)
    open_now = running(state)
    nexts = [*(run.began for run in runs[1:]), EVER]
    spans = [_span(run, state, now, following, open_now) for run, following in zip(runs, nexts, strict=True)]
    return Past(tuple(spans), damaged)


def _span(run: Run, state: Path, now: float, following: float, open_now: str | None) -> Kept:
    running = run.id == open_now
    until = now if running else run.end.at if run.end is not None else None
    block = run.end.block if run.end is not None and not running else None
    try:
        with looked_into(state / FILE) as store:
            if until is None:
                seen = sampled(store, Window(run.began, min(now, following)))
                until = run.began if seen is None else seen.until
            look = last_look(store, run.began, until) if block is None else None
            return Kept(run, state, until, block if look is None else look.block, running)
    except StoreError:
        return Kept(run, state, run.began if until is None else until, block, running)


def meant(word: str, home: Callable[[], Path], running: Running, now: float) -> Kept:
    """The run that a word means; UsageError where it is not one.

    Its id or the beginning of one, `last`, `last-1`, ...: of the fleet whose state directory is `home()`, which is only
    asked then. Or a path: of a run's directory or run.json, or of a state directory, whose last run it is.
    """
    place = Path(word).expanduser()
    if "/" in word or place.exists():
        return _at(place.absolute(), word, running, now)
    state = home()
    past = past_of(state, running, now)
    found = shelf.chosen([kept.run for kept in past.runs], word)
    if found is not None:
        return next(kept for kept in past.runs if kept.run is found)
    damaged = next((one for one in past.damaged if one.id == word), None)
    if damaged is not None:
        raise UsageError(damaged.why, hint="netctl run list")
    alike = [kept.run.id for kept in past.runs if kept.run.id.startswith(word)]
    found_text = f"{len(alike)} runs of {state.name} begin so" if alike else f"{state.name} has no such run"
    raise UsageError(f"run {word}: {found_text}", hint=_known(past))


def _known(past: Past) -> str:
    if not past.runs:
        return "it has none yet: netctl fleet up begins one"
    return f"it has {', '.join(kept.run.id for kept in past.runs[-5:])}; or name one by its path"


def _at(place: Path, word: str, running: Running, now: float) -> Kept:
    for path in _candidates(place):
        if path.is_file():
            run, state = shelf.read(path), path.parent.parent.parent
            return next(
                (kept for kept in past_of(state, running, now).runs if kept.run.id == run.id), _alone(run, state)
            )
    past = past_of(place, running, now)
    if past.runs:
        return past.runs[-1]
    raise UsageError(f"{word}: no run lies there", hint="name runs/ID of a state directory, or that directory")


def _candidates(place: Path) -> Iterator[Path]:
    yield place
    yield place / shelf.FILE


def _alone(run: Run, state: Path) -> Kept:
    """A run.json that was carried elsewhere, without what was sampled."""
    end = run.end
    return Kept(run, state, run.began if end is None else end.at, None if end is None else end.block, running=False)
