"""This machine's edge: what `netctl doctor` looks at beside sessions and chain. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Tmux:
    """The tmux program. `version` as it says it ("3.3a", "master"), None where it does not say.

    `scopes`: it is built to put each pane into a systemd scope of its own, below the user's manager.
    """

    path: Path
    version: str | None
    too_old: bool
    scopes: bool


@dataclass(frozen=True, slots=True)
class Logout:
    """What becomes of this user's processes when he logs out; None for what the machine does not say.

    `systemd`: systemd-logind is in charge. `kills`: KillUserProcesses holds for this user. `lingers`: his manager, and
    what runs below it, stays.
    """

    user: str
    systemd: bool
    kills: bool | None = None
    lingers: bool | None = None


@dataclass(frozen=True, slots=True)
class Disk:
    """The file system that a path lies on, or will. Inodes are None where it has no fixed number of them."""

    place: Path
    free_bytes: int
    total_bytes: int
    free_inodes: int | None = None
    total_inodes: int | None = None


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The neurons' interpreter, asked itself. Versions are None where it does not run, or has no SDK.

    `broken`: why it does not run. `unusable`: why the SDK cannot be imported. `unread`: why that SDK cannot read the
    chain, `asked` whether it was asked to.
    """

    path: Path
    python: str | None = None
    sdk: str | None = None
    broken: str | None = None
    unusable: str | None = None
    unread: str | None = None
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Access:
    """Who can get at a file: permission bits and owner, its own and its directory's."""

    path: Path
    mode: int
    ours: bool
    folder_mode: int


class Machine(Protocol):
    """This machine, looked at. A question that it does not answer has an answer that says so; none raises."""

    def tmux(self) -> Tmux | None: ...
    def logout(self) -> Logout: ...
    def disk(self, place: Path) -> Disk | None: ...
    async def interpreter(self, python: Path, *, endpoint: str | None, netuid: int | None) -> Interpreter:
        """Run it for its versions; with an endpoint its SDK is also made to read that chain."""

    def access(self, path: Path) -> Access | None:
        """None where there is no such file."""

    def variables_in(self, path: Path) -> tuple[str, ...]:
        """The names that an env file sets, never a value; empty where there is none, or it cannot be read."""

    def unmentioned(self, root: Path, words: Collection[str]) -> frozenset[str]:
        """Those words that no Python file below `root` holds as a quoted string; none where there is no such file."""

    def pinned(self, root: Path, distribution: str) -> str | None:
        """The version that the requirements.txt of a checkout pins a distribution to, "" for any, None for none."""
