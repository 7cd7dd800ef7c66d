"""A `docker` for tests: notes what it is asked, and lets an embedded chain stand for the localnet in the container.

Behaves as the command line of Docker 20.10 does where netctl relies on it. State lies in $FAKE_DOCKER.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

PLACE = Path(os.environ["FAKE_DOCKER"])


def main(argv: list[str]) -> int:
    """One command."""
    with (PLACE / "asked.jsonl").open("a") as log:
        log.write(json.dumps(["docker", *argv]) + "\n")
    if (PLACE / "no-daemon").exists():
        sys.stderr.write(
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n"
        )
        return 1
    match argv:
        case ["image", "ls", *_]:
            sys.stdout.write((PLACE / "images").read_text())
        case ["ps", *_]:
            sys.stdout.write(_listing())
        case ["run", *words]:
            return _run(words)
        case ["rm", *_, name]:
            _remove(name)
        case ["logs", *_]:
            sys.stderr.write("node: no space left\n")
        case _:
            sys.stderr.write(f"docker: {argv[0]!r} is not a docker command.\n")
            return 1
    return 0


def _listing() -> str:
    known = PLACE / "container.json"
    if not known.exists():
        return ""
    told = json.loads(known.read_text())
    return f"{told['name']}\t{told['state']}\t{told['port']}\t{told['image']}\n"


def _run(words: list[str]) -> int:
    name = words[words.index("--name") + 1]
    host, port, inner = words[words.index("--publish") + 1].split(":")
    image, fast = words[-2:]
    assert (host, inner) == ("127.0.0.1", "9944")
    if image not in (PLACE / "images").read_text().split():
        sys.stderr.write(f"docker: Error response from daemon: No such image: {image}.\n")
        return 125
    told = {"name": name, "state": "running", "port": port, "image": image, "pid": None}
    if (PLACE / "dies").exists():
        told["state"] = "exited"
    if told["state"] == "running" or (PLACE / "port-goes-to-another").exists():
        pace = "0.1" if fast == "True" else "0.4"
        command = [sys.executable, "-m", "netctl.devchain", "--data", str(PLACE / "chain"), "--port", port]
        chain = subprocess.Popen(
            [*command, "--block-time", pace],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        told["pid"] = chain.pid
    if (PLACE / "port-goes-to-another").exists():
        _wait_for(int(port))
    (PLACE / "container.json").write_text(json.dumps(told))
    sys.stdout.write("0123456789ab\n")
    return 0


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return


def _remove(name: str) -> None:
    known = PLACE / "container.json"
    told = json.loads(known.read_text())
    assert told["name"] == name
    if told["pid"] is not None:
        os.kill(told["pid"], signal.SIGKILL)
    known.unlink()
    sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
