"""The guards of conftest bite."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import uuid
from pathlib import Path

import pytest

from tests.survivors import MARK, end, survivors

pytestmark = pytest.mark.fast


def test_home_is_a_directory_of_the_test(own_home: Path) -> None:
    assert Path.home() == own_home
    assert list(own_home.iterdir()) == []


def test_the_users_tmux_and_netctl_variables_are_gone() -> None:
    assert [name for name in os.environ if name.startswith(("NETCTL_", "TMUX", "BT_"))] == ["TMUX_TMPDIR"]


def test_tmux_and_the_sdk_write_into_directories_of_the_test(tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in ("TMUX_TMPDIR", "BITTENSOR_RUNTIME_CACHE_DIR"):
        assert Path(os.environ[name]).is_relative_to(tmp_path_factory.getbasetemp())


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("entrypoint.example", 443)])
def test_a_connection_beyond_this_machine_is_refused(address: tuple[str, int]) -> None:
    with socket.socket() as plug, pytest.raises(AssertionError, match="tried to reach"):
        plug.connect(address)


@pytest.mark.parametrize("host", ["entrypoint.example", b"entrypoint.example", "192.0.2.1"])
async def test_a_name_beyond_this_machine_is_not_even_looked_up(host: str | bytes) -> None:
    with pytest.raises(AssertionError, match="tried to look up"):
        socket.getaddrinfo(host, 443)
    with pytest.raises(AssertionError, match="tried to"):
        await asyncio.open_connection(host, 443)


def test_loopback_is_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as plug:
        plug.connect(server.getsockname())


@pytest.mark.parametrize("trace", ["the run's mark", "a directory of the run"])
def test_a_process_that_outlives_the_run_is_found_and_ended(trace: str, tmp_path: Path) -> None:
    """Also one that has a session of its own and no parent that knows it."""
    run = uuid.uuid4().hex
    marked = trace == "the run's mark"
    environ = {"PATH": os.environ["PATH"], **({MARK: run} if marked else {})}
    place = tmp_path / "place"
    place.mkdir()
    subprocess.run(["sh", "-c", "setsid sleep 600 & exit 0"], env=environ, cwd="/" if marked else place, check=True)
    found = survivors(run, place, grace_s=0.1)
    assert ["sleep 600" in each.told for each in found] == [True]
    end(found)
    assert survivors(run, place) == []
