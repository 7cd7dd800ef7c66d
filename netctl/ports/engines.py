"""The edge to machines that are to be one swarm: each one's own docker engine, and the swarm that a manager knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

Membership = Literal["inactive", "pending", "active", "locked", "error"]
"""The engine's word for whether it belongs to a swarm."""


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """One machine's engine as it answers by itself.

    `trouble`: it cannot be asked, and why; `missing`: the machine answers and has no engine, `can_install` says that
    apt and the right to use it are there. `name` is the machine's host name. `skew_s` is its clock less ours, known to
    within `skew_error_s`. `free_bytes` is what its disk has left. `has_image` is None where no image was asked for.
    `open_tcp` is the engine's own warning that its API listens on the network without asking who calls.
    """

    trouble: str = ""
    missing: bool = False
    can_install: bool = False
    name: str = ""
    version: str = ""
    api: tuple[int, ...] = ()
    membership: Membership = "inactive"
    node_id: str = ""
    is_manager: bool = False
    open_tcp: str = ""
    skew_s: float | None = None
    skew_error_s: float = 0.0
    free_bytes: int | None = None
    has_image: bool | None = None

    @property
    def answers(self) -> bool:
        """Whether there is an engine that can be asked."""
        return not self.trouble and not self.missing


ADDRESS_LABEL = "netctl.address"
"""The engine's node label that says where others reach the axons on it, where that is not the engine's own address."""


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """A node as a manager knows it; `reachability` is "" for a worker. `name` is its host name, `address` its own."""

    id: str
    name: str
    role: str
    state: str
    availability: str
    address: str
    reachability: str = ""
    is_leader: bool = False
    labels: tuple[tuple[str, str], ...] = ()
    version: str = ""

    @property
    def reached_at(self) -> str:
        """Where others reach the axons on it, as the swarm says."""
        return dict(self.labels).get(ADDRESS_LABEL) or self.address

    @property
    def is_manager(self) -> bool:
        """Whether it is one of those that hold the swarm's memory."""
        return self.role == "manager"

    @property
    def is_well(self) -> bool:
        """Whether it takes part: ready, and a manager is reachable by the others."""
        return self.state == "ready" and self.reachability in ("", "reachable")


@dataclass(frozen=True, slots=True)
class SwarmFacts:
    """A swarm as one of its managers tells it. `key_mark` is a hash of the unlock key, "" without one."""

    id: str
    autolock: bool
    history: int
    members: tuple[MemberFacts, ...]
    key_mark: str = ""

    def by_id(self, node_id: str) -> MemberFacts | None:
        """The node of that id, or None."""
        return next((member for member in self.members if member.id == node_id), None)

    def by_name(self, name: str) -> MemberFacts | None:
        """The node of that host name, one that is ready where several have it; or None."""
        named = sorted((m for m in self.members if m.name == name), key=lambda m: m.state != "ready")
        return named[0] if named else None


class Engines(Protocol):
    """The engines at addresses such as unix:///path and ssh://user@host. Tokens and keys pass through nobody's argv.

    SessionError where one does not answer or says no.
    """

    def look(self, addresses: Sequence[str], image: str | None) -> Mapping[str, EngineFacts]:
        """Each engine by its address, asked at once; raises nothing: `trouble` says what is wrong."""

    def swarm(self, manager: str) -> SwarmFacts:
        """The swarm that this engine manages."""

    def identity(self, address: str) -> tuple[str, str]:
        """An engine's host name, and its id in its swarm, "" where it is in none."""

    def install(self, address: str) -> None:
        """Install Debian's docker.io over ssh and wait until it answers."""

    def init(self, address: str, *, advertise: str, history: int) -> None:
        """Begin a swarm with autolock on; nothing happens where it is in one."""

    def join(self, address: str, *, manager: str, as_manager: bool, advertise: str) -> None:
        """Bring it into the manager's swarm, and wait until it is ready there, a manager reachable as well.

        Nothing is sent while a manager of that swarm is not reachable.
        """

    def configure(self, manager: str, *, history: int) -> None:
        """Switch autolock on, and keep so many ended tasks of each neuron."""

    def unlock_key(self, manager: str) -> str:
        """The key that a manager needs after a restart: a secret."""

    def label(self, manager: str, node_id: str, labels: Mapping[str, str]) -> None:
        """Give a node these labels beside its others."""

    def drain(self, manager: str, node_id: str) -> None:
        """Let nothing run on a node."""

    def load(self, address: str, image: str | None, source: str | None) -> None:
        """Bring an image where it is not: netctl's own where None, else from the engine `source` or by its digest."""


class KeyShelf(Protocol):
    """Where a swarm's unlock key is put until its owner takes it away."""

    def mark_of(self, swarm_id: str) -> str:
        """The `key_mark` of the key that was put there last, whether it still lies there or not; "" for none."""

    def keep(self, swarm_id: str, key: str) -> Path:
        """Put it there, 0600, and note its mark."""
