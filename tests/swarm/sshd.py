"""A real sshd in each machine's network, and an ssh client's configuration made for one test."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.swarm.cluster import Machine, wait_until

SSHD = "/usr/sbin/sshd"
RUNTIME = Path("/run/sshd")


@contextmanager
def let_in(machines: Sequence[Machine], place: Path, *, path: str = "") -> Iterator[Path]:
    """Serve ssh on port 22 of every machine; gives a directory with the `ssh` of this test, to be put before PATH.

    Whoever comes in by it has that machine's engine, as DOCKER_HOST, and with `path` the commands of these
    directories alone. Nobody else is let in.
    """
    place.mkdir(mode=0o700)
    _key(place / "client")
    (place / "authorized").write_text((place / "client.pub").read_text())
    RUNTIME.mkdir(exist_ok=True, mode=0o755)
    _config(machines, place)
    servers: list[subprocess.Popen[bytes]] = []
    try:
        servers += [_serve(machine, place, path) for machine in machines]
        logs = [place / f"log-{machine.name}" for machine in machines]
        wait_until(lambda: all("Server listening" in log.read_text() for log in logs), "every sshd listens")
        yield _client(place)
    finally:
        for server in servers:
            with suppress(ProcessLookupError):
                server.terminate()
            server.wait()


def _client(place: Path) -> Path:
    """The system's ssh with the configuration of the test: its own home directory is root's, whatever HOME says."""
    folder = place / "bin"
    folder.mkdir()
    own = folder / "ssh"
    own.write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F {place}/config "$@"\n')
    own.chmod(0o755)
    return folder


def _config(machines: Sequence[Machine], place: Path) -> None:
    known = []
    for machine in machines:
        _key(place / f"host-{machine.name}")
        known.append(f"{machine.address} {(place / f'host-{machine.name}.pub').read_text().strip()}")
    (place / "known_hosts").write_text("\n".join(known) + "\n")
    words = {
        "IdentityFile": place / "client",
        "IdentitiesOnly": "yes",
        "UserKnownHostsFile": place / "known_hosts",
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
    }
    (place / "config").write_text("Host *\n" + "".join(f"  {name} {value}\n" for name, value in words.items()))


def _serve(machine: Machine, place: Path, path: str) -> subprocess.Popen[bytes]:
    config = place / f"sshd-{machine.name}"
    lines = [
        "Port 22",
        f"ListenAddress {machine.address}",
        f"HostKey {place}/host-{machine.name}",
        f"AuthorizedKeysFile {place}/authorized",
        f"PidFile {place}/pid-{machine.name}",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "PermitRootLogin prohibit-password",
        "StrictModes no",
        "UsePAM no",
        "MaxStartups 100",
        f"SetEnv DOCKER_HOST={machine.docker}" + (f" PATH={path}" if path else ""),
    ]
    config.write_text("\n".join(lines) + "\n")
    with (place / f"log-{machine.name}").open("ab") as log:
        return subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{machine.network}", SSHD, "-D", "-e", "-f", str(config)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip


def _key(path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
