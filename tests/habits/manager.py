"""A user's systemd of the test's own: real, in a mount namespace where it finds itself booted."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SYSTEMD = next((path for path in ("/lib/systemd/systemd", "/usr/lib/systemd/systemd") if Path(path).exists()), None)
# It refuses to run as a user's instance where /run does not say that systemd booted the machine.
PROGRAM = "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system && exec {systemd} --user --log-target=console"
PATIENCE_S = 20.0


@dataclass(frozen=True)
class Manager:
    """What programs need to talk to it, and the home that it reads units from."""

    runtime: Path
    home: Path

    @property
    def environ(self) -> dict[str, str]:
        return {"XDG_RUNTIME_DIR": str(self.runtime), "HOME": str(self.home), "PATH": os.environ["PATH"]}

    @property
    def units(self) -> Path:
        return self.home / ".config" / "systemd" / "user"

    def systemctl(self, *words: str) -> str:
        done = subprocess.run(
            ["systemctl", "--user", *words], env=self.environ, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def shown(self, unit: str, name: str) -> str:
        return self.systemctl("show", unit, f"--property={name}", "--value").strip()


def can_start() -> bool:
    """Whether this machine has systemd, and lets us have a mount namespace."""
    if SYSTEMD is None or shutil.which("systemctl") is None or shutil.which("unshare") is None:
        return False
    return subprocess.run([*_apart(), "mount", "-t", "tmpfs", "tmpfs", "/run"], capture_output=True).returncode == 0


def _apart() -> list[str]:
    return ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--mount", "--map-root-user"]


@contextmanager
def manager(place: Path, **environ: str) -> Iterator[Manager]:
    """It runs while the block does, and takes all that it started with it."""
    found = Manager(place / "runtime", place / "home")
    found.runtime.mkdir(mode=0o700)
    found.units.mkdir(parents=True)
    log = (place / "systemd.log").open("wb")
    process = subprocess.Popen(
        [*_apart(), "sh", "-c", PROGRAM.format(systemd=SYSTEMD)],
        env={**found.environ, **environ},
        stdout=log,
        stderr=log,
    )
    try:
        _await(found.runtime / "systemd" / "private", process, place / "systemd.log")
        yield found
    finally:
        subprocess.run(["systemctl", "--user", "exit"], env=found.environ, capture_output=True, check=False)
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            log.close()


def _await(socket: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE_S
    while not socket.exists():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.02)
