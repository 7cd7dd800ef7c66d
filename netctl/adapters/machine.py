"""The Machine port on this machine: programs asked, files looked at, nothing changed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_IMODE

import psutil
from dotenv import dotenv_values

from netctl.adapters import sdk_asking
from netctl.adapters.tmux_server import OLDEST
from netctl.ports.machine import Access, Disk, Interpreter, Logout, Tmux

PATIENCE_S = 10.0
LONGEST_FILE = 4 * 1024 * 1024
MOST_FILES = 5000
NOT_CODE = {"venv", ".venv", "env", "node_modules", "__pycache__", ".git"}
LOGIND = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")


@dataclass(frozen=True, slots=True)
class ThisMachine:
    """`ports.Machine`. `booted` is what systemd makes where it is in charge (sd_booted(3))."""

    booted: Path = Path("/run/systemd/system")

    def tmux(self) -> Tmux | None:
        """The tmux of PATH; None where there is none."""
        found = shutil.which("tmux")
        if found is None:
            return None
        said = _said([found, "-V"]) or ""
        number = re.search(r"(\d+)\.(\d+)", said)
        version = said.strip().removeprefix("tmux ") or None
        is_old = number is not None and (int(number[1]), int(number[2])) < OLDEST
        return Tmux(Path(found), version, is_old, _holds(Path(found).resolve(), b"libsystemd.so"))

    def logout(self) -> Logout:
        """As systemd-logind says it."""
        user = _user()
        if not self.booted.is_dir():
            return Logout(user, systemd=False)
        lingers = _said(["loginctl", "show-user", user, "--property=Linger", "--value"])
        if lingers is None:
            lingers = _said(["loginctl", "show-user", user, "--property=Linger"])
        word = (lingers or "").strip().rpartition("=")[2]
        return Logout(
            user, systemd=True, kills=self._kills(user), lingers={"yes": True, "no": False}.get(word, _is_marked(user))
        )

    @staticmethod
    def _kills(user: str) -> bool | None:
        found = _property("KillUserProcesses")
        if found is None:
            return None
        only, spared = _property("KillOnlyUsers") or "", _property("KillExcludeUsers") or ""
        if f'"{user}"' in spared:
            return False
        return found == "b true" and (f'"{user}"' in only or '"' not in only)

    def disk(self, place: Path) -> Disk | None:
        """The file system of the path, or of the nearest directory above that is there."""
        there = next((path for path in (place, *place.parents) if path.exists()), None)
        if there is None:
            return None
        try:
            found = os.statvfs(there)
        except OSError:
            return None
        inodes = (found.f_favail, found.f_files) if found.f_files else (None, None)
        return Disk(there, found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize, *inodes)

    async def interpreter(self, python: Path, *, endpoint: str | None, netuid: int | None) -> Interpreter:
        """Its own answer, in an empty HOME."""
        return await sdk_asking.ask(python, endpoint=endpoint, netuid=netuid)

    def access(self, path: Path) -> Access | None:
        """Of the file itself, behind links."""
        try:
            found, folder = path.stat(), path.parent.stat()
        except OSError:
            return None
        return Access(path, S_IMODE(found.st_mode), found.st_uid == os.getuid(), S_IMODE(folder.st_mode))

    def variables_in(self, path: Path) -> tuple[str, ...]:
        """As python-dotenv reads the file."""
        try:
            with path.open(encoding="utf-8", errors="replace") as stream:
                return tuple(dotenv_values(stream=stream, interpolate=False))
        except OSError:
            return ()

    def unmentioned(self, root: Path, words: Collection[str]) -> frozenset[str]:
        """Looks at source files alone, not into environments that lie in the checkout."""
        sources, left = _sources(root), set(words)
        if not sources:
            return frozenset()
        for path in sources:
            if not left:
                break
            with suppress(OSError):
                text = path.read_text(encoding="utf-8", errors="replace")
                left -= {word for word in left if f'"{word}"' in text or f"'{word}'" in text}
        return frozenset(left)

    def pinned(self, root: Path, distribution: str) -> str | None:
        """By the first line of requirements.txt that names it."""
        try:
            lines = (root / "requirements.txt").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return None
        wanted = re.compile(
            rf"\s*{re.escape(distribution)}\s*(\[[^]]*\])?\s*(==\s*(?P<version>[\w.]+))?\s*([<>=!~;#].*)?$"
        )
        found = next((match for line in lines if (match := wanted.match(line))), None)
        return None if found is None else found["version"] or ""


def _said(argv: Sequence[str]) -> str | None:
    """What a program prints; None where it is missing, fails or does not end."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _property(name: str) -> str | None:
    service, place, interface = LOGIND
    said = _said(["busctl", "get-property", service, place, interface, name])
    return None if said is None else said.strip()


def _is_marked(user: str) -> bool | None:
    """logind keeps a file for each user who lingers; it tells nothing of one it has no session of."""
    folder = Path("/var/lib/systemd/linger")
    return (folder / user).exists() if folder.is_dir() else None


def _user() -> str:
    try:
        return psutil.Process().username()
    except psutil.Error:
        return str(os.getuid())


def _holds(path: Path, word: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return word in file.read(LONGEST_FILE)
    except OSError:
        return False


def _sources(root: Path) -> Sequence[Path]:
    found: list[Path] = []
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if name not in NOT_CODE and not name.startswith(".")]
        found += [Path(folder) / name for name in names if name.endswith(".py")]
        if len(found) > MOST_FILES:
            break
    return found
