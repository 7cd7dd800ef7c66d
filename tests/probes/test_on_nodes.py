"""The port of a neuron on another machine: asked by a connection to its node, told in the same words."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from netctl import packs
from netctl.adapters.clock import SystemClock
from netctl.placement import NODE_ADDRESS, Node, Placing, Swarm
from netctl.ports import SessionFacts
from netctl.probes.expand import Unusable, spec_of, watched_of
from netctl.probes.looking import look
from netctl.probes.memory import Memory
from netctl.probes.model import Health, ProbeSpec, Watched, WrittenProbe
from tests.files.conftest import a_fleet, a_neuron
from tests.probes.conftest import Wards

FIRST, SECOND = ("nd1", "127.0.0.1"), ("nd2", "127.0.0.2")


@pytest.fixture
def port() -> Iterator[int]:
    """A port on which somebody listens at the first node's address, and nobody at the second's."""
    with socket.create_server((FIRST[1], 0)) as server:
        yield server.getsockname()[1]


def probe_at(port: int) -> ProbeSpec:
    return ProbeSpec("port", "port", every_s=10.0, readiness=True, liveness=True, port=port)


async def looked(watched: Watched, node: str, probe: ProbeSpec) -> Health:
    session = SessionFacts("miner_1", "hash", 4_000_000, 1.0, None, None, 0, {}, node=node)
    watched = replace(watched, probes=(probe,))
    found = await look([watched], {"miner_1": session}, Memory(), clock=SystemClock(), at_once=True)
    return found["miner_1"]


async def test_a_port_is_asked_at_the_node_where_the_neuron_runs(wards: Wards, port: int) -> None:
    watched = replace(wards.start("").watched, addresses=(FIRST, SECOND))
    assert await looked(watched, "nd1", probe_at(port)) == Health(ready=True)
    elsewhere = await looked(watched, "nd2", probe_at(port))
    assert (elsewhere.ready, elsewhere.waits_for) == (False, f"its port {port}")
    assert [failing.why for failing in elsewhere.failing] == [f"nobody listens on its port {port}"]


async def test_a_node_that_is_not_known_clears_nobody_and_blames_nobody(wards: Wards, port: int) -> None:
    watched = replace(wards.start("").watched, addresses=(FIRST,))
    health = await looked(watched, "nd7", probe_at(port))
    assert (health.ready, health.failing) == (False, ())
    assert health.waits_for == f"its port {port} on nd7, whose address is not known"


async def test_logs_are_read_here_as_ever(wards: Wards) -> None:
    ward = wards.start("print('Serving miner axon')")
    ward.says("Serving")
    watched = replace(ward.watched, addresses=(FIRST,))
    spec = ProbeSpec("log", "line", every_s=10.0, readiness=True, liveness=False, match="Serving")
    session = SessionFacts("miner_1", "hash", 4_000_000, ward.clock.now() - 60, None, None, 0, ward.labels, node="nd1")
    found = await look([replace(watched, probes=(spec,))], {"miner_1": session}, Memory(), clock=ward.clock)
    assert found["miner_1"].ready


def test_whoever_watches_is_told_the_addresses(tmp_path: Path) -> None:
    swarm = Swarm("unix:///s", "10.77.0.1", (Node("nd1", "10.77.0.11"), Node("nd2", "10.77.0.12", ("validator",))))
    pinned = a_neuron("miner_1", placing=Placing("nd1"), axon_ip="10.77.0.11")
    free = a_neuron("validator_1", placing=Placing(None, "auto"), axon_ip=NODE_ADDRESS)
    fleet = a_fleet(tmp_path, pinned, free, swarm=swarm)
    first, second = watched_of(fleet, packs.load(fleet.code.pack), {})
    assert (first.addresses, first.any_ip) == ((("nd1", "10.77.0.11"),), False)
    assert (second.addresses, second.any_ip) == ((("nd1", "10.77.0.11"), ("nd2", "10.77.0.12")), True)
    alone = a_fleet(tmp_path, a_neuron("miner_1"))
    assert watched_of(alone, packs.load(alone.code.pack), {})[0].addresses == ()


def test_a_page_of_this_machine_tells_nothing_of_a_neuron_on_a_node() -> None:
    page = WrittenProbe("page", "http", url="http://127.0.0.1:8000/")
    assert spec_of(page, {}, a_neuron("miner_1")).url == page.url
    with pytest.raises(Unusable, match="the neuron runs on a node"):
        spec_of(page, {}, a_neuron("miner_1", placing=Placing("nd1")))
