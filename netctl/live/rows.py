"""The picture of a fleet at one moment: each neuron's status with what the store holds of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean

from netctl.agreement.evidence import Verdict
from netctl.fleet import Fleet
from netctl.layout import error_log_of, log_of
from netctl.live.recorded import KINDS, Kind, Recorded
from netctl.live.tracks import Point
from netctl.logs.reading import Source
from netctl.observation import Observation
from netctl.ports import MetagraphRow
from netctl.status import NeuronStatus, StatusReport
from netctl.store.earned import EarnedThen


@dataclass(frozen=True, slots=True)
class Row:
    """One neuron. `score` is the mean of each validator's last; `cpu` a share of one core; times since the epoch.

    `incentive` is from 0 to 1, `emission_rao` of alpha in an epoch. `logs` are its two streams.
    """

    status: NeuronStatus
    logs: tuple[Source, ...]
    verdicts: tuple[Verdict, ...] = ()
    score: float | None = None
    evaluated_at: float | None = None
    incentive: float | None = None
    emission_rao: int | None = None
    cpu: float | None = None
    memory_bytes: int | None = None
    over_time: Mapping[Kind, tuple[Point, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.status.name


@dataclass(frozen=True, slots=True)
class Picture:
    """A fleet's rows, the report that they are of, since when it is sampled, and what keeps more from being told."""

    report: StatusReport
    rows: tuple[Row, ...]
    since: float
    problems: tuple[str, ...] = ()


def names_of(report: StatusReport) -> dict[str, str]:
    """The neurons by hotkey, of those that have one."""
    return {neuron.hotkey_ss58: neuron.name for neuron in report.neurons if neuron.hotkey_ss58 is not None}


def picture_of(fleet: Fleet, seen: Observation, report: StatusReport, recorded: Recorded) -> Picture:
    """All of it as one value."""
    rows = {} if seen.metagraph is None else {row.hotkey: row for row in seen.metagraph.rows}
    problems = [each for each in (report.supervisor.problem, recorded.problem) if each is not None]
    return Picture(
        report,
        tuple(
            _row(fleet, neuron, recorded, rows.get(neuron.hotkey_ss58 or ""), known=seen.metagraph is not None)
            for neuron in report.neurons
        ),
        report.at if recorded.first is None else recorded.first,
        tuple(problems),
    )


def _row(fleet: Fleet, neuron: NeuronStatus, recorded: Recorded, now: MetagraphRow | None, *, known: bool) -> Row:
    name = neuron.name
    verdicts = recorded.verdicts.get(name, ())
    scores = [verdict.score for verdict in verdicts if verdict.score is not None]
    judged_at = max((verdict.time for verdict in verdicts), default=recorded.judged_at.get(name))
    used = recorded.used.get(name)
    if used is not None and used.pid != neuron.pid:
        used = None  # a process of before tells nothing of this one
    paid: MetagraphRow | EarnedThen | None = now if known else recorded.earned.get(name)
    return Row(
        neuron,
        (Source(name, log_of(fleet, name)), Source(name, error_log_of(fleet, name), "stderr")),
        verdicts,
        fmean(scores) if scores else None,
        judged_at,
        None if paid is None else paid.incentive,
        None if paid is None else paid.emission_rao,
        None if used is None else used.cpu,
        None if used is None else used.memory_bytes,
        {kind: points for kind in KINDS if (points := recorded.over_time.get((kind, name)))},
    )
