"""How fast a rehearsal's time runs, and the subnet's own periods in it.

Subnet time is wall time multiplied by REHEARSAL_TIME_SCALE: at 60, MINER_EVAL_PERIOD_MINUTES=5 means 5 seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

HOUR_S = 3_600.0
METAGRAPH_RESYNC_S = 20 * 60.0  # a miner keeps what it knows of the chain that long
WEIGHTS_PERIOD_S = 20 * 60.0


class EnvironmentFault(ValueError):
    """A variable of the environment that is not what it must be."""


@dataclass(frozen=True)
class Pace:
    """`scale` is subnet seconds per wall second; `eval_period_s` is subnet time."""

    scale: float = 1.0
    eval_period_s: float = 60 * 60.0

    def wall(self, subnet_s: float) -> float:
        """Wall seconds that a span of subnet time takes."""
        return subnet_s / self.scale

    def hour(self, now_s: float) -> int:
        """The hour of subnet time (a time bucket) in which a moment of wall time falls."""
        return int(now_s * self.scale // HOUR_S)


@dataclass(frozen=True)
class Surroundings:
    """What both programs read from their environment."""

    pace: Pace
    world_seed: int
    premium_weight: float


def read_surroundings(environ: Mapping[str, str]) -> Surroundings:
    """Read MINER_EVAL_PERIOD_MINUTES, REHEARSAL_TIME_SCALE, REHEARSAL_WORLD_SEED and REHEARSAL_PREMIUM_WEIGHT."""
    minutes = _positive(environ, "MINER_EVAL_PERIOD_MINUTES", 60.0)
    pace = Pace(scale=_positive(environ, "REHEARSAL_TIME_SCALE", 1.0), eval_period_s=minutes * 60)
    seed = environ.get("REHEARSAL_WORLD_SEED", "428")
    if not seed.isascii() or not seed.isdigit():
        raise EnvironmentFault(f"REHEARSAL_WORLD_SEED: expected a whole number, found {seed!r}")
    return Surroundings(pace, int(seed), _positive(environ, "REHEARSAL_PREMIUM_WEIGHT", 4.0))


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
