"""Time, the journal and talk, and the World that holds every edge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from netctl.ports.chain import Chain
from netctl.ports.host import Host
from netctl.ports.keys import Keystore

if TYPE_CHECKING:
    import asyncio


class Clock(Protocol):
    """Time, so that tests can hold it still."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""

    async def sleep(self, seconds: float) -> None: ...


class Journal(Protocol):
    """The append-only record of intents and outcomes: it can make netctl wait or refuse, never act."""

    def append(self, kind: str, **facts: Any) -> None: ...
    def entries(self) -> Sequence[Mapping[str, Any]]: ...


class Talk(Protocol):
    """Where progress is told; silent in tests, live lines on a terminal."""

    def progress(self, neuron: str | None, phase: str, text: str) -> None: ...
    def note(self, text: str) -> None: ...


class Allowance(Protocol):
    """What the command at hand may still take from the operator; asked before every single payment."""

    @property
    def is_consented(self) -> bool:
        """Whether a person has agreed, and the profile has the caps, that a network with real money asks for."""

    def check(self, *, signer: str, purpose: str, amount_rao: int, fee_rao: int, what: str) -> None:
        """PolicyError when this payment would go beyond a budget; what is set aside for its signer is its own."""

    def most_rao(self, *, signer: str, least_rao: int, usual_rao: int, most_rao: int, sharers: int) -> int | None:
        """Set aside, and return, how much this account may pay now (`netctl.paying.allowance`); None: wait, ask again.

        PolicyError where waiting cannot help.
        """

    def give_back(self, signer: str) -> None:
        """End what was set aside for the signer; nothing where nothing is."""


def _lock() -> asyncio.Lock:
    import asyncio  # a tenth of what `netctl status` takes, which pays nobody

    return asyncio.Lock()


@dataclass(slots=True)
class Door:
    """How many registrations a subnet takes a block, None where nothing says so, and how many wait for the next."""

    per_block: int | None = None
    block: int = 0
    entered: int = 0
    queue: asyncio.Lock = field(default_factory=_lock)


class Turns:
    """One extrinsic in flight per signer: nonces are ours, so payments of one account take turns."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._doors: dict[int, Door] = {}

    def of(self, ss58: str) -> asyncio.Lock:
        """The lock of that account, the same one every time."""
        return self._locks.setdefault(ss58, _lock())

    def door(self, netuid: int) -> Door:
        """The door of that subnet, the same one every time."""
        return self._doors.setdefault(netuid, Door())


@dataclass(frozen=True, slots=True)
class World:
    """Every edge that a phase may touch, wired once at the composition root."""

    chain: Chain
    keys: Keystore
    host: Host
    clock: Clock
    journal: Journal
    talk: Talk
    environ: Mapping[str, str] = field(repr=False)
    turns: Turns = field(default_factory=Turns)
    allowance: Allowance | None = None
