"""What validators did, by the names of those that it was done to: from events and samples as the store has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

from netctl.roll import Roll
from netctl.store.histories import Given, Heard, Look, Window

EVALUATED = "evaluated"
"""The signal of a verdict: its fields are `uid`, `score` and `credibility`."""

WEIGHTS_SET = "weights_set"
"""The signal of weights that the chain took, or a commitment to them."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A validator has judged a miner. `score` is None where it was no number."""

    validator: str
    miner: str
    time: float
    score: float | None
    credibility: float | None


@dataclass(frozen=True, slots=True)
class Sample:
    """A validator has looked at a piece of what a miner holds; `what` names the piece."""

    validator: str
    miner: str
    time: float
    what: str


@dataclass(frozen=True, slots=True)
class Setting:
    """The chain took weights of a validator, or its commitment to them."""

    validator: str
    time: float


@dataclass(frozen=True, slots=True)
class Row:
    """A validator's weights as the chain showed them from `time` on, each miner's share of 1; none: it has none."""

    validator: str
    time: float
    block: int
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Reveal:
    """When weights count: at once, or `period` epochs of `tempo` blocks after they were committed to.

    None where the chain could not be asked.
    """

    enabled: bool | None = None
    period: int | None = None
    tempo: int | None = None


NOBODY_ASKED = Reveal()


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it, each oldest first."""

    window: Window
    verdicts: tuple[Verdict, ...] = ()
    samples: tuple[Sample, ...] = ()
    settings: tuple[Setting, ...] = ()
    rows: tuple[Row, ...] = ()
    looks: tuple[Look, ...] = ()
    reveal: Reveal = Reveal()

    @property
    def validators(self) -> tuple[str, ...]:
        """Who judged anybody, or has weights."""
        judges = {verdict.validator for verdict in self.verdicts} | {row.validator for row in self.rows if row.shares}
        return tuple(sorted(judges))

    @property
    def miners(self) -> tuple[str, ...]:
        """Who was judged, or given weight; no validator that is in the log of another one."""
        judged = {verdict.miner for verdict in self.verdicts} | {miner for row in self.rows for miner in row.shares}
        return tuple(sorted(judged, key=_natural))


def evidence_of(
    window: Window,
    events: Iterable[Heard],
    given: Iterable[Given],
    looks: Iterable[Look],
    roll: Roll,
    *,
    asked: Iterable[str] = (),
    reveal: Reveal | None = None,
) -> Evidence:
    """Sort what was heard of validators; `asked` are the signals of a miner's piece being looked at."""
    verdicts: list[Verdict] = []
    samples: list[Sample] = []
    settings: list[Setting] = []
    looking = frozenset(asked)
    for event in events:
        if event.signal == WEIGHTS_SET:
            settings.append(Setting(event.neuron, event.time))
        elif (miner := roll.of(event)) is None:
            continue
        elif event.signal == EVALUATED:
            score, credibility = event.fields.get("score"), event.fields.get("credibility")
            verdicts.append(Verdict(event.neuron, miner, event.time, _number(score), _number(credibility)))
        elif event.signal in looking:
            samples.append(Sample(event.neuron, miner, event.time, _piece(event)))
    rows = tuple(_row(one, roll) for one in given)
    return Evidence(window, tuple(verdicts), tuple(samples), tuple(settings), rows, tuple(looks), reveal or Reveal())


def _row(given: Given, roll: Roll) -> Row:
    total = sum(given.shares.values())
    shares: dict[str, float] = {}
    for uid, share in given.shares.items():
        miner = roll.called(uid=uid, hotkey=None, time=given.time)
        if miner is not None:
            shares[miner] = shares.get(miner, 0.0) + share / total
    name = roll.called(uid=given.uid, hotkey=given.hotkey, time=given.time) or f"uid {given.uid}"
    return Row(name, given.time, given.block, shares)


def _piece(event: Heard) -> str:
    whom = ("hotkey", "uid")
    return " ".join(f"{name}={value}" for name, value in sorted(event.fields.items()) if name not in whom)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and isfinite(value) else None


def _natural(name: str) -> tuple[str, int]:
    head = name.rstrip("0123456789")
    return head, int(name[len(head) :] or 0)
