"""A rehearsal's axons get out of another process's way, as a block, and stay where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from netctl import axon_ports
from netctl.adapters import disk
from netctl.embedded import FIRST_PORT
from netctl.fleet import Fleet, Network
from netctl.placement import Node, Swarm
from netctl.ports import ProcessFacts, SessionFacts
from tests.files.conftest import a_fleet, a_neuron

pytestmark = pytest.mark.fast


class Machine:
    """Who listens on which port; everything else of a host is the disk."""

    def __init__(self, held: Mapping[int, ProcessFacts] | None = None, alive: Sequence[str] = ()) -> None:
        self.held, self.alive = held or {}, alive

    def listeners(self, ports: Sequence[int]) -> Mapping[int, ProcessFacts]:
        return {port: self.held[port] for port in ports if port in self.held}

    def sessions(self) -> Mapping[str, SessionFacts]:
        return {name: SessionFacts(name, "x", 7, 0.0, None, None, 0, {}) for name in self.alive}

    def replace(self, path: Path, content: bytes, mode: int) -> None:
        disk.replace(path, content, mode)


def two_miners(state: Path, **changes: Any) -> Fleet:
    return a_fleet(state, a_neuron("miner_1", axon_port=8091), a_neuron("miner_2", axon_port=8092), **changes)


def placed(fleet: Fleet, machine: Machine, chain_port: int = FIRST_PORT) -> list[int]:
    host: Any = machine
    found = axon_ports.on_free_ports(fleet, host, chain_port=chain_port)
    axon_ports.remember(found, fleet, host)
    return [neuron.axon_port for neuron in found.neurons]


def last_time(fleet: Fleet) -> list[int]:
    return [neuron.axon_port for neuron in axon_ports.as_last_time(fleet).neurons]


STRANGER = ProcessFacts(77, ("python",), "/home", "/elsewhere/trial-rehearsal/miner_1")


def test_alone_on_the_machine_it_has_the_profiles_ports(tmp_path: Path) -> None:
    fleet = two_miners(tmp_path)
    assert placed(fleet, Machine()) == last_time(fleet) == [8091, 8092]
    assert list(tmp_path.iterdir()) == []


def test_the_whole_block_moves_where_a_stranger_listens_and_stays_there(tmp_path: Path) -> None:
    fleet = two_miners(tmp_path)
    moved = placed(fleet, Machine({8092: STRANGER}))
    assert moved == last_time(fleet) == [13691, 13692]
    assert placed(axon_ports.as_last_time(fleet), Machine()) == moved


def test_its_own_neurons_are_no_strangers(tmp_path: Path) -> None:
    fleet = two_miners(tmp_path)
    for holder in ("miner_1", "miner_9"):
        own = {8091: ProcessFacts(5, marker=f"{tmp_path}/{holder}")}
        assert placed(fleet, Machine(own)) == [8091, 8092]
    assert placed(fleet, Machine({8091: ProcessFacts(0)}, alive=["miner_1"])) == [8091, 8092]
    assert placed(fleet, Machine({8091: ProcessFacts(0)})) != [8091, 8092]


def test_chains_side_by_side_give_blocks_that_never_meet(tmp_path: Path) -> None:
    """Also before anybody listens: two rehearsals that start at once see nobody."""
    blocks = [placed(two_miners(tmp_path / str(slot)), Machine(), FIRST_PORT + slot) for slot in range(56)]
    assert blocks[:2] == [[8091, 8092], [8191, 8192]]
    ports = [port for block in blocks for port in block]
    assert len(set(ports)) == len(ports)
    assert not {port for port in ports if FIRST_PORT <= port < FIRST_PORT + 56}


def test_a_port_that_the_profile_names_stays(tmp_path: Path) -> None:
    fleet = a_fleet(tmp_path, a_neuron("miner_1", axon_port=8091, port_fixed=True), a_neuron("miner_2", axon_port=8092))
    assert placed(fleet, Machine({8091: STRANGER, 8092: STRANGER})) == [8091, 13692]


def test_where_no_block_is_free_it_stays(tmp_path: Path) -> None:
    everywhere = dict.fromkeys(range(1, 65536), STRANGER)
    assert placed(two_miners(tmp_path), Machine(everywhere)) == [8091, 8092]


def test_a_real_fleet_is_where_its_profile_says(tmp_path: Path) -> None:
    rehearsal = two_miners(tmp_path)
    assert placed(rehearsal, Machine({8091: STRANGER})) != [8091, 8092]
    assert last_time(two_miners(tmp_path, network=Network("test", "wss://t"))) == [8091, 8092]


def test_a_swarms_axons_are_not_moved_for_what_listens_here(tmp_path: Path) -> None:
    swarm = Swarm("unix:///s", "10.77.0.1", (Node("nd1", "10.77.0.11"),))
    fleet = two_miners(tmp_path, swarm=swarm)
    machine = Machine({8091: ProcessFacts(7)})
    assert placed(fleet, machine) == [8091, 8092]
    assert placed(two_miners(tmp_path), machine) != [8091, 8092]
    assert axon_ports.as_last_time(fleet) is fleet
    assert axon_ports.as_last_time(two_miners(tmp_path)).neurons[0].axon_port != 8091
