"""The guards of conftest bite."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

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


def test_loopback_is_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as plug:
        plug.connect(server.getsockname())
