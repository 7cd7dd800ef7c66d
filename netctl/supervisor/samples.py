"""What the supervisor saw last, on disk for `status`: one reader of the chain for the whole fleet.

Samples decide nothing. They are fresh for some periods of the supervisor's, unless a command has changed the fleet
since: it leaves its mark on the lock's file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from netctl import lock, whole_file
from netctl.fleet import Fleet
from netctl.observation import Observation

FILE = "samples.json"
FRESH_PERIODS = 3.0


@dataclass(frozen=True, slots=True)
class Samples:
    """One look at the fleet, begun `at` (epoch seconds) by the supervisor `pid`, which looks every `period_s`.

    `network` is the endpoint of the chain that was asked.
    """

    pid: int
    at: float
    period_s: float
    network: str
    seen: Observation


# Made here and once: two threads that are the first to decode a dataclass, at the same time, crash msgspec.
_DECODER = msgspec.json.Decoder(Samples)


def write(state: Path, samples: Samples) -> None:
    """Put them in place of the last ones, whole or not at all."""
    whole_file.put(state / FILE, msgspec.json.encode(samples))


def last(state: Path) -> Samples | None:
    """The last ones, however old; None where there are none, or they cannot be read."""
    try:
        return _DECODER.decode((state / FILE).read_bytes())
    except (OSError, msgspec.MsgspecError):
        return None


def fresh(fleet: Fleet, now: float) -> Samples | None:
    """The samples, unless they are too old, of another fleet, older than the last command's changes, or unreadable."""
    samples = last(fleet.state)
    if samples is None:
        return None
    if not now - FRESH_PERIODS * samples.period_s <= samples.at <= now:
        return None
    if samples.network != fleet.network.endpoint or {neuron.name for neuron in fleet.neurons} != set(samples.seen.keys):
        return None
    return None if changed_at(fleet.state) >= samples.seen.asked_at else samples


def changed_at(state: Path) -> float:
    """When a command that may change the fleet began or ended last, in seconds since the epoch; 0 for never."""
    try:
        return (state / lock.FILE).stat().st_mtime
    except OSError:
        return 0.0
