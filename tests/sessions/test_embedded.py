"""The embedded chain as a session of the fleet's tmux."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from netctl import embedded
from netctl.adapters.tmux import TmuxHost
from netctl.errors import PrerequisiteError, SessionError
from netctl.fleet import Fleet
from netctl.placement import Node, Swarm
from tests.files.conftest import a_fleet
from tests.ports import free_ports
from tests.sessions.conftest import wait_until


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Fleet, TmuxHost]]:
    """A fleet whose chain counts its ports from where no other fleet of this machine does."""
    ports = free_ports(8)
    monkeypatch.setattr(embedded, "FIRST_PORT", ports[0])
    monkeypatch.setattr(embedded, "LAST_PORT", ports[-1])
    fleet = a_fleet(tmp_path / "state")
    host = TmuxHost(fleet.state, fleet.name)
    yield fleet, host
    assert host.shut_down(grace_s=5) == ()


def test_it_is_started_once_and_keeps_its_port_over_a_restart(home: tuple[Fleet, TmuxHost]) -> None:
    fleet, host = home
    assert embedded.running_endpoint(host) is None
    endpoint = embedded.ensure_chain(fleet, host)
    pid = host.sessions()["chain"].pid
    assert embedded.ensure_chain(fleet, host) == embedded.running_endpoint(host) == endpoint
    assert host.sessions()["chain"].pid == pid
    os.kill(pid or 0, signal.SIGKILL)
    wait_until(lambda: embedded.running_endpoint(host) is None, "the chain is gone")
    assert embedded.ensure_chain(fleet, host) == endpoint
    assert embedded.stop_chain(host)
    assert embedded.running_endpoint(host) is None


def test_what_is_left_of_its_own_chain_does_not_take_its_port(home: tuple[Fleet, TmuxHost]) -> None:
    """Not even when tmux and the chain's guardian were killed, and the chain serves on, unowned."""
    fleet, host = home
    endpoint = embedded.ensure_chain(fleet, host)
    orphan = psutil.Process(host.sessions()["chain"].pid)
    for pid in (host.server.pid(), orphan.ppid()):
        os.kill(pid or 0, signal.SIGKILL)
    wait_until(lambda: not host.is_alive(), "tmux is gone")
    assert embedded.ensure_chain(fleet, host) == endpoint
    assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE


def test_two_fleets_have_a_chain_each(home: tuple[Fleet, TmuxHost], tmp_path: Path) -> None:
    fleet, host = home
    other = replace(fleet, state=tmp_path / "other")
    other_host = TmuxHost(other.state, other.name)
    try:
        assert embedded.ensure_chain(fleet, host) != embedded.ensure_chain(other, other_host)
    finally:
        assert other_host.shut_down(grace_s=5) == ()


def test_a_port_that_somebody_else_was_quicker_to_take_is_given_up(
    home: tuple[Fleet, TmuxHost], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two rehearsals that start at once choose one port: the slower must not take the other's chain for its own."""
    fleet, host = home
    choose = embedded.port_for
    with socket.create_server(("127.0.0.1", 0)) as rival:
        taken = rival.getsockname()[1]
        answers = iter([taken])
        monkeypatch.setattr(embedded, "port_for", lambda *given: next(answers, None) or choose(*given))
        monkeypatch.setattr(embedded, "answers", lambda *_: True)
        assert embedded.port_of(embedded.ensure_chain(fleet, host)) != taken


def test_an_answer_counts_only_when_our_chain_gives_it(
    home: tuple[Fleet, TmuxHost], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rival may take the port between two looks at it, and answer."""
    fleet, host = home
    monkeypatch.setattr(embedded, "answers", lambda *_: True)
    port = embedded.port_of(embedded.ensure_chain(fleet, host))
    assert host.listeners([port])[port].marker == f"{fleet.state}/chain"


def test_a_chain_that_ends_at_once_is_told_with_its_last_words(home: tuple[Fleet, TmuxHost]) -> None:
    fleet, host = home
    with pytest.raises(SessionError, match=r"ended at once: .*(No such file|not found)") as caught:
        embedded.ensure_chain(fleet, host, Path("/nowhere/python"))
    assert caught.value.hint == "netctl logs chain --err"


def test_for_a_swarm_it_answers_at_this_machines_address_too(home: tuple[Fleet, TmuxHost]) -> None:
    """127.0.0.2 stands for the address at which nodes reach this machine."""
    fleet, host = home
    swarm = Swarm("unix:///run/docker.sock", "127.0.0.2", (Node("nd1", "10.77.0.11"),))
    endpoint = embedded.ensure_chain(replace(fleet, swarm=swarm), host)
    port = embedded.port_of(endpoint)
    assert endpoint == f"ws://127.0.0.1:{port}"
    assert embedded.answers(endpoint)
    assert embedded.answers(f"ws://127.0.0.2:{port}")
    assert not embedded.answers(f"ws://127.0.0.3:{port}")
    moved = replace(swarm, here="127.0.0.3")
    with pytest.raises(PrerequisiteError, match=r"does not listen at 127\.0\.0\.3") as caught:
        embedded.ensure_chain(replace(fleet, swarm=moved), host)
    assert caught.value.hint.startswith("netctl chain down")
    assert embedded.ensure_chain(fleet, host) == endpoint


def test_on_one_machine_it_listens_on_loopback_alone(home: tuple[Fleet, TmuxHost]) -> None:
    fleet, host = home
    port = embedded.port_of(embedded.ensure_chain(fleet, host))
    assert not embedded.answers(f"ws://127.0.0.2:{port}")
    assert embedded.HERE not in host.sessions()["chain"].labels
