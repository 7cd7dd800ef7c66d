"""What a host of many machines leaves to this one: files, ports and the process table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from netctl.adapters.tmux import TmuxHost
from netctl.ports import Exclusive, FileFacts, Holder, ProcessFacts, Running, Usage


class Here:
    """The part of `ports.Host` that concerns the operator's machine alone."""

    __slots__ = ()
    local: TmuxHost

    def port_owner(self, port: int) -> int | None:
        return self.local.port_owner(port)

    def listeners(self, ports: Sequence[int]) -> Mapping[int, ProcessFacts]:
        return self.local.listeners(ports)

    def holders(
        self, exclusives: Sequence[Exclusive], *, paths: Collection[str] = (), ports: Collection[int] = ()
    ) -> Sequence[Holder]:
        return self.local.holders(exclusives, paths=paths, ports=ports)

    def running(self, pid: int) -> Running | None:
        """A process of this machine: a pid of another one's would mean somebody else here."""
        return self.local.running(pid)

    def usage(self, pids: Collection[int]) -> Mapping[int, Usage]:
        """Of this machine's sessions among them; `usage_elsewhere` tells of the others."""
        own = {facts.pid for facts in self.local.sessions().values()}
        return self.local.usage([pid for pid in pids if pid in own])

    def is_alive(self) -> bool:
        """Whether this machine's tmux server answers."""
        return self.local.is_alive()

    def listing(self, root: Path) -> Mapping[Path, FileFacts]:
        return self.local.listing(root)

    def facts_of(self, path: Path) -> FileFacts | None:
        return self.local.facts_of(path)

    def replace(self, path: Path, content: bytes, mode: int) -> None:
        self.local.replace(path, content, mode)

    def remove(self, path: Path) -> None:
        self.local.remove(path)

    def make_directory(self, path: Path) -> None:
        self.local.make_directory(path)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The fleet's turn, the same as on one machine."""
        with self.local._alone():  # noqa: SLF001 - one lock, whichever host of the fleet takes it
            yield
