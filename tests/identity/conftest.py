"""Processes that somebody started by hand: they name hotkeys, listen on ports and hold files open, for real."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.identity.scene import Scene, a_scene

Start = Callable[..., "subprocess.Popen[bytes]"]
WAIT = "import sys; print('here', flush=True); sys.stdin.read()"
LISTEN = f"import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); {WAIT}"


@pytest.fixture
def by_hand() -> Iterator[Start]:
    """Start a Python program and wait for its first line; ended with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(
        *words: str,
        argv: Sequence[str] = (),
        program: str = WAIT,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        **how: Any,
    ) -> subprocess.Popen[bytes]:
        argv = argv or [sys.executable, *(() if words and words[0].endswith(".py") else ("-c", program)), *words]
        one = subprocess.Popen(argv, cwd=cwd, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **how)
        started.append(one)
        assert one.stdout is not None
        one.first = one.stdout.readline().decode().strip()  # type: ignore[attr-defined]
        return one

    yield start
    for one in started:
        one.kill()
        one.communicate()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A fleet of two; nothing of it is left behind."""
    one = a_scene(tmp_path)
    yield one
    assert one.world.host.shut_down(grace_s=3) == ()


@pytest.fixture
def neighbour(tmp_path: Path) -> Iterator[Scene]:
    """Another fleet with the same code and wallets."""
    one = a_scene(tmp_path, "other")
    yield one
    assert one.world.host.shut_down(grace_s=3) == ()
