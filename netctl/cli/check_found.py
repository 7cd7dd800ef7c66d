"""Brings together what `netctl check` judges by: the store, who is in the fleet, what miners hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING

from netctl import packs
from netctl.cli.coverage_found import coverage_found, hotkey_address
from netctl.errors import NetctlError
from netctl.fleet import Fleet, NeuronSpec
from netctl.judge.criterion import Criterion
from netctl.judge.facts import IDENTITY, Facts, Member
from netctl.judge.metric import Metric
from netctl.judge.verdicts import Verdict, judged
from netctl.logs import LogFile
from netctl.logs.packed import PackedLog, is_packed
from netctl.pack_model import PackFile
from netctl.store.database import FILE, looked_into
from netctl.store.records import Records, Said, Span, records_of, said_of, whole_span

if TYPE_CHECKING:
    from netctl.coverage.coverage import Coverage

LONGEST_LINE = 1000


def verdicts_of(fleet: Fleet, criteria: tuple[Criterion, ...]) -> tuple[Verdict, ...]:
    """Judge these criteria by what is recorded of the fleet now; a fleet without a store has nothing decided."""
    spec = packs.load(fleet.code.pack, fleet.profile_path.parent).spec
    with _store_of(fleet) as store:
        found = None if store is None else whole_span(store)
        if store is None or found is None:
            return judged(criteria, None, _nothing)
        told = Told(fleet, spec, store, found)
        return judged(criteria, told.whole, told.narrowed)


@contextmanager
def _store_of(fleet: Fleet) -> Iterator[Connection | None]:
    path = fleet.state / FILE
    if not path.exists():
        yield None
        return
    with looked_into(path) as store:
        yield store


def _nothing(span: Span, metric: Metric) -> Facts:
    raise AssertionError(f"BUG: {metric.name} asks for {span} of nothing")


@dataclass
class Told:
    """A fleet's store, read as far as metrics ask for it; nothing is read twice."""

    fleet: Fleet
    spec: PackFile
    store: Connection
    span: Span
    _samples: dict[Span, Records] = field(default_factory=dict)
    _said: dict[tuple[Span, str], tuple[Said, ...]] = field(default_factory=dict)

    @cached_property
    def whole(self) -> Facts:
        """The whole run, with who is who and no other event."""
        return Facts(
            members=tuple(_member(self.fleet, neuron, self.spec) for neuron in self.fleet.neurons),
            records=records_of(self.store, self.span, ()),
            tells={role: frozenset(s.name for s in self.spec.signals_of(role)) for role in self.spec.roles},
            time_scale=self.fleet.time_scale,
        )

    def narrowed(self, span: Span, metric: Metric) -> Facts:
        """A part of it, with the events that a metric reads."""
        if span not in self._samples:
            self._samples[span] = records_of(self.store, span, ())
        said = {name: self._of(span, name) for _, name in metric.signals}
        # Who is who was said as the neurons began, whatever the window.
        said |= {name: self._of(Span(0.0, self.span.until), name) for name in IDENTITY}
        records = replace(self._samples[span], said=said)
        return replace(self.whole, records=records, coverage=self.coverage if metric.covers else self.whole.coverage)

    def _of(self, span: Span, name: str) -> tuple[Said, ...]:
        if (span, name) not in self._said:
            self._said[span, name] = said_of(self.store, span, name)
        return self._said[span, name]

    @cached_property
    def coverage(self) -> Coverage | str:
        """What the miners hold now, or why that cannot be told."""
        try:
            return coverage_found(self.fleet)
        except NetctlError as exc:
            return exc.message


def _member(fleet: Fleet, neuron: NeuronSpec, spec: PackFile) -> Member:
    return Member(neuron.name, neuron.role, hotkey_address(fleet, neuron), period_s_of(fleet, neuron, spec))


def period_s_of(fleet: Fleet, neuron: NeuronSpec, spec: PackFile) -> float | None:
    """A neuron's evaluation period in seconds of wall time: what the profile gives it, else what its program takes."""
    period = spec.evaluation_period
    if period is None:
        return None
    environment: Mapping[str, str] = dict(neuron.env)
    text = environment.get(period.variable)
    try:
        number = period.default if text is None else float(text)
    except ValueError:
        # A reference to the operator's environment, which may be another one now.
        return None
    return None if number is None or number <= 0 else number * period.seconds / fleet.time_scale


def line_at(path: str, offset: int) -> str | None:
    """The line that begins there in a log or its archives, without its colours; None where it is gone."""
    place = Path(path)
    try:
        log = PackedLog(place) if is_packed(place) else LogFile(place)
        content = log.read(offset, LONGEST_LINE)
    except (OSError, EOFError):
        return None
    line = content.split(b"\n", 1)[0].decode("utf-8", errors="replace")
    return line or None
