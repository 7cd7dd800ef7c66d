"""Everything that the doctor's rows judge by, each part there or `Absent` with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from netctl.fleet import Fleet
from netctl.hostsetup import observing
from netctl.hostsetup.wanted import Machine
from netctl.identity.claims import Claims
from netctl.phases.funding import FundingFacts
from netctl.ports import BlockRef, Holder, KeyFacts, Metagraph, ProcessFacts, Subnet
from netctl.ports.machine import Access, Disk, Interpreter, Logout, Tmux
from netctl.render.fleet import RenderedFleet
from netctl.truth.drift import Drift

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Absent:
    """A part that was not looked at: `why`, and what to do so that it is."""

    why: str
    next: str = ""


class Unseen(Exception):
    """A row needs a part that is absent."""

    def __init__(self, absent: Absent) -> None:
        super().__init__(absent.why)
        self.why = absent.why
        self.next = absent.next


def there(part: T | Absent) -> T:
    """The part; Unseen where it is absent."""
    if isinstance(part, Absent):
        raise Unseen(part)
    return part


@dataclass(frozen=True, slots=True)
class Strayed:
    """A `.env` that the neurons' code may find by itself: the names it sets, and the pack's word where it has one."""

    path: Path
    names: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Code:
    """The neurons' programs: their interpreter, what their checkout pins, and what lies in it.

    `unmentioned` are options of the profile that no source of the checkout names.
    """

    interpreter: Interpreter
    pinned: str | None
    wanted_python: str | None
    strayed: tuple[Strayed, ...] = ()
    unmentioned: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Who listens on the fleet's ports, and which processes have a hotkey or what only one of them may have.

    `claims` are the fleet's own, by neuron, `pids` its neurons' processes by their sessions, None where they could not
    be asked for: `tmux_trouble` says why.
    """

    listeners: Mapping[int, ProcessFacts]
    holders: Sequence[Holder]
    claims: Mapping[str, Claims]
    pids: Mapping[str, int | None] | None
    tmux_trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Keys:
    """Each neuron's keys by its name, and who can get at the secrets."""

    facts: Mapping[str, KeyFacts]
    hotkeys: Mapping[str, Access]
    coldkeys: Mapping[str, Access]


@dataclass(frozen=True, slots=True)
class Link:
    """What became of asking the chain. `trouble`: nobody answers; `foreign`: it is another chain than was named."""

    endpoint: str
    trouble: str | None = None
    foreign: str | None = None
    genesis: str | None = None


@dataclass(frozen=True, slots=True)
class Pulse:
    """The chain's head, and how it goes on.

    `age_s` is the local clock at the moment when `head` was first seen less the time in that block: just after a block
    was made where `fresh`, and then at most `late_s` after it was there; else anything. `waited_s` is how long a new
    block was waited for.
    """

    head: BlockRef
    finalized: int
    age_s: float
    fresh: bool
    late_s: float
    waited_s: float
    block_time_s: float
    spec_version: int
    syncing: bool


@dataclass(frozen=True, slots=True)
class OnChain:
    """The subnet under the netuid in use (None where it does not exist), its metagraph, and what is due."""

    netuid: int
    subnet: Subnet | None
    metagraph: Metagraph | None
    money: FundingFacts


@dataclass(frozen=True, slots=True)
class OnSwarm:
    """The machines of the fleet's swarm, and what they answered; `has_here`: the profile's `here` is this machine's."""

    machines: Sequence[Machine]
    seen: observing.Seen
    here: str
    has_here: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at everything, at one time. `drift` is of every neuron that runs, empty where all is as rendered.

    `swarm` is None where the fleet runs on this machine alone.
    """

    tmux: Tmux | None
    logout: Logout
    disk: Disk | Absent
    fleet: Fleet | Absent
    rendered: RenderedFleet | Absent
    code: Code | Absent
    neighbours: Neighbours | Absent
    drift: Mapping[str, tuple[Drift, ...]] | Absent
    keys: Keys | Absent
    link: Link | Absent
    pulse: Pulse | Absent
    on_chain: OnChain | Absent
    swarm: OnSwarm | Absent | None = None
