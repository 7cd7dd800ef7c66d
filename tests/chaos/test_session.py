"""The proxy as a session: started before the neurons, left alone while all is well, led elsewhere, started again."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from netctl import packs
from netctl.adapters.clock import SystemClock
from netctl.adapters.tmux import TmuxHost
from netctl.chaos import session, wire
from netctl.chaos.session import StartProxy, step_for
from netctl.errors import SessionError
from netctl.fleet import Fleet, NeuronsCode, ProxyPorts
from netctl.phases import sessions
from netctl.ports import KeyFacts, SessionSpec
from netctl.render.behind import labels_of
from netctl.render.fleet import RenderedFleet, render_fleet
from tests.chaos.proxies import echo_server, order, says
from tests.files.conftest import a_fleet, a_neuron
from tests.ports import free_ports
from tests.sessions.conftest import wait_until


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """A miner behind a proxy, its program an echo server of the test: where it binds is filled in there."""
    announced, rpc = free_ports(2)
    miner = replace(a_neuron(), name="miner_1", axon_port=announced, axon_ip="127.0.0.1", proxied=ProxyPorts(rpc, 1))
    return a_fleet(tmp_path / "state", miner, code=NeuronsCode(None, Path(sys.executable), "rehearsal"))


@pytest.fixture
def host(fleet: Fleet) -> Iterator[TmuxHost]:
    found = TmuxHost(fleet.state, fleet.name)
    yield found
    assert found.shut_down(grace_s=3) == ()


def bound(fleet: Fleet, bind: int) -> Fleet:
    """The fleet whose miner's program listens there."""
    return replace(fleet, neurons=tuple(replace(n, proxied=replace(n.proxied, bind=bind)) for n in fleet.neurons))  # type: ignore[type-var]


def rendered(fleet: Fleet) -> RenderedFleet:
    return render_fleet(fleet, packs.load("rehearsal", fleet.state), {})


def step(fleet: Fleet, host: TmuxHost) -> StartProxy | None:
    return step_for(fleet, rendered(fleet), host.sessions())


async def taken(fleet: Fleet, host: TmuxHost) -> StartProxy:
    """Take the step that is due."""
    found = step(fleet, host)
    assert found is not None
    world: Any = SimpleNamespace(host=host, clock=SystemClock())
    await found.apply(world)
    return found


async def test_it_is_started_once_and_again_where_it_was_killed_and_orders_outlive_it(
    fleet: Fleet, host: TmuxHost
) -> None:
    with echo_server() as bind:
        fleet = bound(fleet, bind)
        announced = fleet.neurons[0].axon_port
        assert (await taken(fleet, host)).action == "start_proxy"
        assert says(announced, b"hello") == b"hello"
        assert step(fleet, host) is None
        place = fleet.state / "files" / "proxy"
        wire.put(place / wire.ORDERS, wire.orders_text([order("drop-axon")]))
        os.kill(host.sessions()["proxy"].pid or 0, signal.SIGKILL)
        wait_until(lambda: host.sessions()["proxy"].is_dead, "it is dead", 30)
        assert (await taken(fleet, host)).action == "start_proxy"
        wait_until(lambda: _is_reset(announced), "what was ordered holds again", 30)
        assert step(fleet, host) is None


def _is_reset(port: int) -> bool:
    try:
        return says(port, b"hello") != b"hello"
    except ConnectionResetError:
        return True


async def test_one_that_runs_is_led_elsewhere_and_not_started_again(fleet: Fleet, host: TmuxHost) -> None:
    with echo_server() as bind:
        fleet = bound(fleet, bind)
        await taken(fleet, host)
        pid = host.sessions()["proxy"].pid
        fleet = replace(fleet, network=replace(fleet.network, endpoint="ws://127.0.0.1:9/elsewhere"))
        assert (await taken(fleet, host)).action == "reroute_proxy"
        assert host.sessions()["proxy"].pid == pid
        (route,) = wire.routes_of((fleet.state / "files" / "proxy" / wire.ROUTES).read_bytes())
        assert (route.upstream, route.bind_port) == ("ws://127.0.0.1:9/elsewhere", bind)


async def test_a_port_that_a_stranger_holds_is_named(
    fleet: Fleet, host: TmuxHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "DEADLINE_S", 1.0)
    port = fleet.neurons[0].axon_port
    with socket.create_server(("127.0.0.1", port)), pytest.raises(SessionError, match=f"miner_1 axon {port}: Address"):
        await taken(bound(fleet, 4), host)


async def test_a_proxy_that_no_neuron_is_behind_any_more_is_ended_and_blocks_nobody(
    fleet: Fleet, host: TmuxHost
) -> None:
    """It holds the very ports that the neurons now want for themselves."""
    await taken(bound(fleet, 4), host)
    alone = replace(fleet, neurons=tuple(replace(n, proxied=None) for n in fleet.neurons))
    keys = SimpleNamespace(facts=lambda *_: KeyFacts("5Cold", "5Hot", has_coldkey_secret=True, coldkey_encrypted=False))
    world: Any = SimpleNamespace(host=host, clock=SystemClock(), keys=keys, environ={})
    found = sessions.diff(alone, await sessions.observe(alone, world))
    assert found.blocked == ()
    assert [(step.action, step.neuron) for step in found.steps] == [
        ("stop_session", "proxy"),
        ("launch_sessions", "miner_1"),
    ]


def test_a_fleet_without_chaos_has_no_proxy(fleet: Fleet, host: TmuxHost) -> None:
    alone = replace(fleet, neurons=tuple(replace(n, proxied=None) for n in fleet.neurons))
    assert step(alone, host) is None


def test_a_neuron_is_behind_the_proxy_as_far_as_its_pack_takes_the_addresses(fleet: Fleet) -> None:
    neuron = bound(fleet, 20_002).neurons[0]
    assert neuron.proxied is not None
    rpc = neuron.proxied.rpc
    both = {"proxied_rpc": str(rpc), "proxied_axon": "20002"}
    assert dict(labels_of(neuron, ["--axon.port", "20002", f"ws://127.0.0.1:{rpc}"])) == both
    assert dict(labels_of(neuron, [f"chain: ws://127.0.0.1:{rpc}", "120002", "20002.5"])) == {"proxied_rpc": str(rpc)}
    assert labels_of(neuron, ["--axon.port", "8091", "--subtensor.network", "test"]) == ()
    one = rendered(bound(fleet, 20_002)).of("miner_1")
    assert one is not None
    assert {name: text for name, text in one.session.labels if name.startswith("proxied")} == both


def test_a_session_spec_of_the_proxy_holds_no_route_and_no_order(fleet: Fleet) -> None:
    """So that neither starts it again."""
    spec: SessionSpec = session.session_spec(fleet)[0]
    elsewhere = replace(fleet, network=replace(fleet.network, endpoint="ws://127.0.0.1:9"))
    assert session.session_spec(elsewhere)[0] == spec
