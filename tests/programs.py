"""Small programs as the sessions of a host, of whatever kind: put there, watched and read."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from netctl.ports import SessionFacts, SessionSpec
from netctl.ports.gathering import Stream
from netctl.render.launcher import Launcher, script

DEADLINE_S = 60.0


def wait_until(condition: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S, pause_s: float = 0.02) -> None:
    """Poll until the condition holds; fails with `what` when time is up."""
    deadline = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {deadline_s:g} s: {what}"
        time.sleep(pause_s)


@dataclass
class Stage:
    """A host and what a test needs to put a program on it."""

    host: Any

    def logs(self, name: str) -> Mapping[Stream, Path]:
        """Where what a program writes is read."""
        place: Path = self.host.state / "logs"
        return {"stdout": place / f"{name}.log", "stderr": place / f"{name}.err.log"}

    def spec(
        self,
        name: str,
        *argv: str,
        environ: Mapping[str, str] | None = None,
        grace_s: float = 2.0,
        files: Mapping[str, str] | None = None,
    ) -> SessionSpec:
        """Write the launcher of a program, and files beside it; describe its session."""
        state, logs = self.host.state, self.logs(name)
        launcher = Launcher(
            name=name,
            argv=argv,
            environ={"PATH": "/usr/bin:/bin", "NETCTL_NEURON": f"{state}/{name}", **(environ or {})},
            cwd=state / "work" / name,
            stdout=logs["stdout"],
            stderr=logs["stderr"],
            grace_s=grace_s,
        )
        for directory in (launcher.cwd, launcher.stdout.parent):
            self.host.make_directory(directory)
        home = state / "files" / name
        contents = {home / "launch.sh": script(launcher)}
        contents |= {home / path: text.encode() for path, text in (files or {}).items()}
        for path, content in contents.items():
            self.host.replace(path, content, 0o600)
        digest = sha256(b"\0".join(contents.values())).hexdigest()[:32]
        return SessionSpec(name, home / "launch.sh", launcher.cwd, launcher.stdout, launcher.stderr, digest)

    def launch(self, name: str, *argv: str, **given: Any) -> SessionSpec:
        """Launch one program, as `spec` describes it, and wait until it runs or has run."""
        spec = self.spec(name, *argv, **given)
        self.host.launch([spec])
        self.begins(name)
        return spec

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait as long as this kind of host may take."""
        wait_until(condition, what)

    def facts(self, name: str) -> SessionFacts:
        found: SessionFacts = self.host.sessions()[name]
        return found

    def begins(self, name: str) -> None:
        """Wait until it runs or has run."""
        self.until(lambda: (found := self.facts(name)).pid is not None or found.is_dead, f"{name} begins")

    def has_ended(self, name: str) -> bool:
        return self.facts(name).is_dead

    def ended(self, name: str) -> SessionFacts:
        """Wait for its end and return what is left of it."""
        self.until(lambda: self.has_ended(name), f"{name} ends")
        return self.facts(name)

    def pid(self, name: str) -> int:
        pid = self.facts(name).pid
        assert pid is not None
        return pid

    def log(self, name: str, stream: Stream = "stdout") -> str:
        """What it has written, as far as it is here."""
        path = self.logs(name)[stream]
        return path.read_text() if path.exists() else ""

    def says(self, name: str, word: str, stream: Stream = "stdout") -> None:
        """Wait until the program has written a word."""
        self.until(lambda: word in self.log(name, stream), f"{name} says {word}")
