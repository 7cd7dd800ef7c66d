"""A real tmux server of the test's own, and sessions of small programs on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from netctl.adapters.tmux import TmuxHost
from netctl.ports import SessionFacts, SessionSpec
from netctl.render.launcher import Launcher, script

DEADLINE_S = 60.0


def wait_until(condition: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Poll until the condition holds; fails with `what` when time is up."""
    deadline = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {deadline_s:g} s: {what}"
        time.sleep(0.02)


@dataclass(frozen=True)
class Stage:
    """A host and what a test needs to put a program on it."""

    host: TmuxHost

    def spec(
        self, name: str, *argv: str, environ: Mapping[str, str] | None = None, grace_s: float = 2.0
    ) -> SessionSpec:
        """Write the launcher of a program and describe its session."""
        state = self.host.state
        launcher = Launcher(
            name=name,
            argv=argv,
            environ={"PATH": "/usr/bin:/bin", "NETCTL_NEURON": f"{state}/{name}", **(environ or {})},
            cwd=state / "work" / name,
            stdout=state / "logs" / f"{name}.log",
            stderr=state / "logs" / f"{name}.err.log",
            grace_s=grace_s,
        )
        for directory in (launcher.cwd, launcher.stdout.parent):
            self.host.make_directory(directory)
        path = state / "files" / name / "launch.sh"
        content = script(launcher)
        self.host.replace(path, content, 0o600)
        digest = sha256(content).hexdigest()[:32]
        return SessionSpec(name, path, launcher.cwd, launcher.stdout, launcher.stderr, digest)

    def launch(self, name: str, *argv: str, environ: Mapping[str, str] | None = None) -> SessionSpec:
        """Launch one program and wait until it runs or has run."""
        spec = self.spec(name, *argv, environ=environ)
        self.host.launch([spec])
        self.begins(name)
        return spec

    def begins(self, name: str) -> None:
        """Wait until it runs or has run."""
        wait_until(lambda: self.has_begun(name), f"{name} begins")

    def has_begun(self, name: str) -> bool:
        found = self.host.sessions()[name]
        return found.pid is not None or self.has_ended(name)

    def has_ended(self, name: str) -> bool:
        found = self.host.sessions()[name]
        return found.exit_code is not None or found.exit_signal is not None

    def ended(self, name: str) -> SessionFacts:
        """Wait for the program's end and return what is left of it."""
        wait_until(lambda: self.has_ended(name), f"{name} ends")
        return self.host.sessions()[name]

    def pid(self, name: str) -> int:
        pid = self.host.sessions()[name].pid
        assert pid is not None
        return pid

    def log(self, name: str, kind: str = "") -> str:
        path = self.host.state / "logs" / f"{name}{kind}.log"
        return path.read_text() if path.exists() else ""

    def says(self, name: str, word: str) -> None:
        """Wait until the program has written a word."""
        wait_until(lambda: word in self.log(name), f"{name} says {word}")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    # A path as awkward as a path can be: tmux expands #{}, shells split at blanks.
    host = TmuxHost(tmp_path / "st ate #{pid}'s $HOME", "trial")
    yield Stage(host)
    assert host.shut_down(grace_s=3) == ()
