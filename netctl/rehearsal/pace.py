"""How fast a rehearsal's time runs, and the subnet's own periods in it.

Subnet time is wall time multiplied by REHEARSAL_TIME_SCALE: at 60, MINER_EVAL_PERIOD_MINUTES=5 means 5 seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from math import floor
from pathlib import Path

from netctl.rehearsal.trouble import NO_TROUBLE, Trouble, TroubleError, read_trouble

METAGRAPH_RESYNC_S = 20 * 60.0  # a miner keeps what it knows of the chain that long
WEIGHTS_PERIOD_S = 20 * 60.0
LONGEST_ROUND_S = 300.0


class EnvironmentFault(ValueError):
    """A variable of the environment that is not what it must be."""


@dataclass(frozen=True)
class Pace:
    """`scale` is subnet seconds per wall second; `eval_period_s` is subnet time.

    A round is what a miner does before a validator looks: scrapes as it begins, uploads soon after; evaluations come
    in its middle. So no neuron's haste or delay decides what another finds.
    """

    scale: float = 1.0
    eval_period_s: float = 60 * 60.0

    def wall(self, subnet_s: float) -> float:
        """Wall seconds that a span of subnet time takes."""
        return subnet_s / self.scale

    @property
    def round_s(self) -> float:
        return min(self.eval_period_s, LONGEST_ROUND_S)

    @property
    def cycles_per_weights(self) -> int:
        """After so many evaluations weights are set again."""
        return max(1, round(WEIGHTS_PERIOD_S / self.eval_period_s))

    def evaluation(self, cycle: int) -> float:
        """The moment of the day at which an evaluation begins."""
        return cycle * self.eval_period_s + self.round_s / 2

    def cycle_at(self, moment_s: float) -> int:
        """The evaluation that began last, or the first one."""
        return max(0, floor((moment_s - self.round_s / 2) / self.eval_period_s))

    def lesson_after(self, moment_s: float) -> float:
        """When an organic miner looks at its incentive next: long after weights were set, before they are again."""
        span_s = self.cycles_per_weights * self.eval_period_s
        first_s = self.round_s / 2 + 0.75 * span_s
        return first_s + max(0, floor((moment_s - first_s) / span_s) + 1) * span_s


@dataclass(frozen=True)
class Surroundings:
    """What both programs read from their environment.

    `place` is the directory that the neurons of one rehearsal share (bucket, API, clock), `name` the neuron's own,
    `key` stands for its key to the API: who has the same shares its limit.
    """

    pace: Pace
    world_seed: int
    premium_weight: float
    place: Path | None = None
    name: str = ""
    key: str = ""
    trouble: Trouble = NO_TROUBLE


def read_surroundings(environ: Mapping[str, str]) -> Surroundings:
    """Read MINER_EVAL_PERIOD_MINUTES, RAPIDAPI_KEY and the variables whose names begin with REHEARSAL_."""
    minutes = _positive(environ, "MINER_EVAL_PERIOD_MINUTES", 60.0)
    pace = Pace(scale=_positive(environ, "REHEARSAL_TIME_SCALE", 1.0), eval_period_s=minutes * 60)
    seed = environ.get("REHEARSAL_WORLD_SEED", "428")
    if not seed.isascii() or not seed.isdigit():
        raise EnvironmentFault(f"REHEARSAL_WORLD_SEED: expected a whole number, found {seed!r}")
    premium_weight = _positive(environ, "REHEARSAL_PREMIUM_WEIGHT", 4.0)
    place = environ.get("REHEARSAL_PLACE")
    planted = environ.get("REHEARSAL_TROUBLE", "")
    try:
        trouble = read_trouble(planted)
    except TroubleError as exc:
        raise EnvironmentFault(f"REHEARSAL_TROUBLE: expected planted trouble, found {planted!r} ({exc})") from exc
    return Surroundings(
        pace,
        int(seed),
        premium_weight,
        place=Path(place) if place else None,
        name=environ.get("REHEARSAL_NAME", ""),
        key=_key(environ.get("RAPIDAPI_KEY", "")),
        trouble=trouble,
    )


def _key(secret: str) -> str:
    # Never the key: only whether two are the same.
    return blake2b(secret.encode(), digest_size=6, person=b"rehearsal").hexdigest()


def _positive(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise EnvironmentFault(f"{name}: expected a number above zero, found {text!r}")
    return value
