"""Judges what metrics.db has recorded of a fleet: reads what the criteria's metrics ask for, and nothing twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property

from netctl.agreement.evidence import NOBODY_ASKED, Reveal
from netctl.coverage.places import rows_of
from netctl.coverage.universe import Universe, universe_of
from netctl.errors import PrerequisiteError
from netctl.fleet import Fleet
from netctl.judge.criterion import Criterion
from netctl.judge.facts import IDENTITY, Facts, Member, Signal
from netctl.judge.metric import Metric
from netctl.judge.verdicts import Judgement, judged
from netctl.packs import Pack
from netctl.render.sources import read_sources
from netctl.roll import OWN_UID, SERVING, Roll, roll_of
from netctl.store import histories, lives
from netctl.store.database import FILE, looked_into
from netctl.store.histories import Heard, Window
from netctl.store.origins import Logs
from netctl.store.sources import foreign_names, has_own_logs

EVER = Window(float("-inf"), float("inf"))


@dataclass(frozen=True, slots=True)
class Case:
    """What is judged: a fleet of a pack, in one run (`window` is from its beginning to its end), or in all there is.

    `hotkeys` are its neurons' addresses and `periods` their evaluation periods in seconds of wall time, by name.
    `ingested`: the logs that `netctl ingest` brought are judged, which are also where there are no others. `ended`: the
    run is over.
    """

    fleet: Fleet
    pack: Pack
    hotkeys: Mapping[str, str]
    periods: Mapping[str, float]
    run: str | None = None
    window: Window = EVER
    ingested: bool = False
    ended: bool = False
    reveal: Reveal = NOBODY_ASKED


def judge(case: Case, criteria: Sequence[Criterion] | None = None) -> Judgement:
    """The verdicts on these criteria, all of the fleet's without any, by what is recorded now.

    StoreError for a store that cannot be read. A fleet without one has nothing decided.
    """
    fleet = case.fleet
    wanted = fleet.criteria if criteria is None else tuple(criteria)
    empty = Judgement(
        fleet.name,
        fleet.rehearsal,
        (),
        case.run,
        ingested=case.ingested,
        ended=case.ended,
        time_scale=fleet.time_scale,
    )
    with _store_of(fleet) as store:
        told = None if store is None else Told(case, store)
        if told is None or told.window is None:
            return replace(empty, verdicts=judged(wanted, None, _nothing))
        verdicts = judged(wanted, told.whole, told.narrowed)
        return replace(empty, verdicts=verdicts, window=told.window, ingested=told.logs == "ingested")


@contextmanager
def _store_of(fleet: Fleet) -> Iterator[sqlite3.Connection | None]:
    path = fleet.state / FILE
    if not path.exists():
        yield None
        return
    with looked_into(path) as store:
        yield store


def _nothing(window: Window, metric: Metric) -> Facts:
    raise AssertionError(f"BUG: {metric.name} asks for {window} of nothing")


@dataclass
class Told:
    """A store, read as far as metrics ask for it."""

    case: Case
    store: sqlite3.Connection
    _samples: dict[Window, Facts] = field(default_factory=dict)
    _heard: dict[tuple[Window, Signal], tuple[Heard, ...]] = field(default_factory=dict)

    @cached_property
    def logs(self) -> Logs:
        """Whose logs are judged."""
        return "ingested" if self.case.ingested or not has_own_logs(self.store) else "own"

    @cached_property
    def window(self) -> Window | None:
        """From the first line or sample of what is judged to the last; None where there is none.

        It begins with the neurons, not with the command that brought them up, which may have paid and waited for hours.
        """
        asked = EVER if self.logs == "ingested" else self.case.window
        told = histories.told(self.store, asked, self.logs)
        sampled = None if self.logs == "ingested" else lives.sampled(self.store, asked)
        if told is None or sampled is None:
            return told or sampled
        return Window(told.since, max(told.until, sampled.until))

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """The fleet's neurons; of logs from elsewhere those that they are named after, role by role."""
        case = self.case
        own: list[tuple[str, str]] = [(neuron.name, neuron.role) for neuron in case.fleet.neurons]
        if self.logs == "ingested":
            elsewhere = foreign_names(self.store)
            roles = {role for _, role in elsewhere}
            own = [*elsewhere, *((name, role) for name, role in own if role not in roles)]
        usual: dict[str, float | None] = {role: self._usual_period(role) for role in case.pack.spec.roles}
        strategies = {n.name: n.strategy.name for n in case.fleet.neurons if n.strategy is not None}
        return tuple(
            Member(name, role, case.hotkeys.get(name), case.periods.get(name, usual.get(role)), strategies.get(name))
            for name, role in own
        )

    def _usual_period(self, role: str) -> float | None:
        """What all of the fleet's neurons of a role have, for one that is not of the fleet."""
        found = {self.case.periods.get(neuron.name) for neuron in self.case.fleet.neurons if neuron.role == role}
        return found.pop() if self.logs == "ingested" and len(found) == 1 else None

    @cached_property
    def roll(self) -> Roll:
        """Who is who, by keys on disk, or by the neurons' own word."""
        named = {member.hotkey: member.name for member in self.members if member.hotkey}
        seats = () if self.logs == "ingested" else histories.seats(self.store)
        return roll_of(named, seats, self._of(EVER, ("miner", OWN_UID)), self._of(EVER, ("miner", SERVING)))

    @cached_property
    def universe(self) -> Universe | str:
        """The subnet's zipcodes, or why they cannot be told."""
        pack, fleet = self.case.pack, self.case.fleet
        listed = pack.spec.zipcodes
        if listed is None:
            return f"pack {pack.name} says nothing of zipcodes"
        try:
            return universe_of(listed, rows_of(fleet, pack, listed, read_sources(fleet, pack)))
        except PrerequisiteError as exc:
            return exc.message

    @property
    def whole(self) -> Facts:
        """All of what is judged, with who is who and no event of another kind."""
        if self.window is None:
            raise AssertionError("BUG: nothing is recorded")
        return self._sampled(self.window)

    def narrowed(self, window: Window, metric: Metric) -> Facts:
        """A part of it, with the events that a metric reads."""
        # Who is who was said as the neurons began, whatever the window.
        events = {signal: self._of(EVER, signal) for signal in IDENTITY}
        events |= {signal: self._of(window, signal) for signal in metric.signals}
        facts = replace(self._sampled(window), events=events)
        return replace(facts, universe=self.universe) if metric.by_place else facts

    def _sampled(self, window: Window) -> Facts:
        if window not in self._samples:
            case, store, sampled = self.case, self.store, self.logs != "ingested"
            spec = case.pack.spec
            self._samples[window] = Facts(
                members=self.members,
                window=window,
                roll=self.roll,
                pay=histories.pay(store, window) if sampled else (),
                weights=histories.given(store, window) if sampled else (),
                looks=histories.looks(store, window) if sampled else (),
                uses=lives.uses(store, window) if sampled else (),
                states=lives.states(store, window) if sampled else (),
                tells={role: frozenset(signal.name for signal in spec.signals_of(role)) for role in spec.roles},
                time_scale=case.fleet.time_scale,
                reveal=case.reveal,
            )
        return self._samples[window]

    def _of(self, window: Window, signal: Signal) -> tuple[Heard, ...]:
        if (window, signal) not in self._heard:
            role, name = signal
            self._heard[window, signal] = histories.heard(self.store, role, [name], window, self.logs)
        return self._heard[window, signal]
