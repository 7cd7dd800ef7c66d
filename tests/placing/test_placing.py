"""Which node and which port each neuron gets, and that it stays where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl.fleet import Fleet
from netctl.placement import NODE_ADDRESS, Node, Placing, Resources, Swarm
from netctl.placing import as_found, moved, strays
from netctl.whereabouts import moves_to_make, places_of
from tests.placing.conftest import HEAD, MINERS, VALIDATORS, FleetOf, places, running

pytestmark = pytest.mark.fast


def test_a_profile_of_many_machines_is_resolved_with_them(fleet_of: FleetOf) -> None:
    image = f"sha256:{'a' * 64}"
    head = HEAD.replace("  here:", f"  image: {image}\n  mounts: [/opt/models]\n  here:")
    fleet = fleet_of(head=head)
    assert fleet.swarm == Swarm(
        "unix:///run/docker.sock",
        "10.77.0.1",
        (Node("nd1", "10.77.0.11"), Node("nd2", "10.77.0.12", first_port=9000), Node("nd3", "10.77.0.13")),
        image,
        (Path("/opt/models"),),
    )


def test_neurons_are_spread_over_the_nodes_and_ports_are_counted_on_each(fleet_of: FleetOf) -> None:
    fleet = fleet_of()
    assert places(fleet) == {
        "miner_1": "nd1:8091",
        "miner_2": "nd2:9000",
        "miner_3": "nd3:8091",
        "miner_4": "nd1:8092",
        "validator_1": "nd3:8092",
    }
    assert {n.axon_ip for n in fleet.neurons} == {"10.77.0.11", "10.77.0.12", "10.77.0.13"}
    assert {n.placing for n in fleet.neurons if n.placing and n.placing.is_fixed} == set()


@pytest.mark.parametrize("how", [{"rehearse": True}, {"rehearse": False}, {"rehearse": False, "network": "local"}])
def test_an_axon_is_announced_at_its_nodes_address_on_every_network(
    fleet_of: FleetOf, how: dict[str, str | bool]
) -> None:
    assert [n.axon_ip for n in fleet_of(**how).miners[:2]] == ["10.77.0.11", "10.77.0.12"]


@pytest.mark.parametrize("count", range(1, 12))
def test_a_miner_that_is_added_moves_nobody_to_another_node(fleet_of: FleetOf, count: int) -> None:
    def nodes(number: int) -> dict[str, str]:
        miners = f'miners:\n  - {{name: "miner_{{i}}", count: {number}}}\n'
        found = fleet_of(f"{miners}{VALIDATORS}  - {{name: validator_2}}\n")
        return {n.name: n.placing.node or "" for n in found.neurons if n.placing}

    before, after = nodes(count), nodes(count + 1)
    assert before.items() < after.items()
    held = [sum(node == name for who, node in after.items() if "miner" in who) for name in ("nd1", "nd2", "nd3")]
    assert max(held) - min(held) <= 1


def test_only_nodes_of_its_role_are_taken_and_what_is_fixed_counts(fleet_of: FleetOf) -> None:
    head = HEAD.replace("first_port: 9000", "roles: [validator]")
    miners = "miners:\n  - {name: miner_1, node: nd1}\n  - {name: miner_2}\n  - {name: miner_3}\n"
    assert places(fleet_of(miners + VALIDATORS, head=head)) == {
        "miner_1": "nd1:8091",
        "miner_2": "nd3:8091",
        "miner_3": "nd1:8092",
        "validator_1": "nd3:8092",
    }


def test_ports_that_are_enough_on_each_node_need_not_be_enough_for_all_at_once(fleet_of: FleetOf) -> None:
    head = HEAD.replace(", first_port: 9000", "")
    assert {n.axon_port for n in fleet_of(f"defaults: {{first_port: 65533}}\n{MINERS}", head=head).neurons} == {
        65533,
        65534,
    }


def test_the_port_of_one_that_may_run_anywhere_is_free_on_every_node(fleet_of: FleetOf) -> None:
    miners = """\
miners:
  - {name: miner_1, failover: auto}
  - {name: miner_2}
  - {name: miner_3, node: nd1, port: 8093}
  - {name: miner_4, failover: auto}
  - {name: "miner_{i}", count: 3, from: 5, node: nd1}
"""
    fleet = fleet_of(miners)
    assert places(fleet) == {
        "miner_1": "None:8091",
        "miner_2": "nd1:8092",
        "miner_3": "nd1:8093",
        "miner_4": "None:8094",
        "miner_5": "nd1:8095",
        "miner_6": "nd1:8096",
        "miner_7": "nd1:8097",
    }
    assert fleet.neurons[0].axon_ip == NODE_ADDRESS
    assert fleet.neurons[0].placing == Placing(None, "auto")


@pytest.mark.parametrize(
    ("shared", "own", "expected"),
    [
        ("failover: auto", "node: nd2", Placing("nd2", "off", is_fixed=True)),
        ("failover: auto", "failover: off", Placing("nd1", "off")),
        ("failover: auto", "failover: false", Placing("nd1", "off")),
        ("node: nd3", "failover: auto", Placing(None, "auto")),
        ("node: nd3", "failover: off", Placing("nd3", "off", is_fixed=True)),
        ("node: nd3", "node: nd2", Placing("nd2", "off", is_fixed=True)),
        ("failover: off", "failover: auto", Placing(None, "auto")),
        (
            "resources: {cpus: 0.5, memory: 4GB}",
            "resources: {cpus: 2, gpus: 1}",
            Placing("nd1", "off", Resources(2.0, 4_000_000_000, 1)),
        ),
    ],
)
def test_what_a_member_says_lies_over_the_defaults(fleet_of: FleetOf, shared: str, own: str, expected: Placing) -> None:
    fleet = fleet_of(f"defaults: {{{shared}}}\nminers:\n  - {{name: miner_1, {own}}}\n")
    assert fleet.neurons[0].placing == expected


def test_counted_neurons_may_each_name_a_node(fleet_of: FleetOf) -> None:
    fleet = fleet_of('miners:\n  - {name: "miner_{i}", count: 3, node: "nd{i}"}\n')
    assert [n.placing.node for n in fleet.neurons if n.placing] == ["nd1", "nd2", "nd3"]


def test_tmux_has_no_use_for_nodes_that_are_listed(fleet_of: FleetOf) -> None:
    fleet = fleet_of(head=HEAD.replace("host: swarm\n", ""))
    assert fleet.swarm is None
    assert [n.axon_port for n in fleet.neurons] == [8091, 8092, 8093, 8094, 8095]
    assert {(n.placing, n.axon_ip) for n in fleet.neurons} == {(None, "127.0.0.1")}


def _is_without_collisions(fleet: Fleet) -> bool:
    found = [(n.placing.node, n.axon_port) for n in fleet.neurons if n.placing]
    anywhere = {port for node, port in found if node is None}
    return len(set(found)) == len(found) and not any(port in anywhere for node, port in found if node is not None)


def test_one_that_was_moved_stays_and_gets_a_port_that_is_free_there(fleet_of: FleetOf) -> None:
    wanted = fleet_of()
    found = as_found(wanted, {"miner_2": running("miner_2", "nd1", 9000)})
    assert places(found) == {**places(wanted), "miner_2": "nd1:9000"}
    assert found.neurons[1].axon_ip == "10.77.0.11"
    assert places(as_found(wanted, {"miner_2": running("miner_2", "nd1")}))["miner_2"] == "nd1:8093"
    taken = as_found(wanted, {"miner_2": running("miner_2", "nd1", 8092), "miner_4": running("miner_4", "nd1", 8092)})
    assert _is_without_collisions(taken)
    assert places(taken)["miner_4"] == "nd1:8092"


def test_a_move_keeps_everybody_elses_place_and_is_found_again(fleet_of: FleetOf) -> None:
    wanted = fleet_of()
    after = moved(wanted, "miner_3", "nd1")
    assert places(after) == {**places(wanted), "miner_3": "nd1:8093"}
    sessions = {n.name: running(n.name, n.placing.node or "", n.axon_port) for n in after.neurons if n.placing}
    assert places(as_found(wanted, sessions)) == places(after)
    again = moved(as_found(wanted, sessions), "miner_2", "nd1")
    assert places(again) == {**places(after), "miner_2": "nd1:8094"}
    sessions["miner_2"] = running("miner_2", "nd1", 8094)
    assert places(as_found(wanted, sessions)) == places(again)


def test_a_port_that_an_arrival_holds_is_not_taken_from_it_by_a_newcomer(fleet_of: FleetOf) -> None:
    after = moved(fleet_of(), "miner_3", "nd1")
    sessions = {n.name: running(n.name, n.placing.node or "", n.axon_port) for n in after.neurons if n.placing}
    more = fleet_of('miners:\n  - {name: "miner_{i}", count: 7}\n' + VALIDATORS)
    found = as_found(more, sessions)
    assert places(found)["miner_3"] == "nd1:8093"
    assert _is_without_collisions(found)


def test_one_that_the_engine_places_is_left_to_it(fleet_of: FleetOf) -> None:
    wanted = fleet_of("miners:\n  - {name: miner_1, failover: auto}\n  - {name: miner_2}\n")
    assert as_found(wanted, {"miner_1": running("miner_1", "nd3", 8091)}) == wanted


def test_a_node_that_the_profile_no_longer_has_keeps_nobody(fleet_of: FleetOf) -> None:
    wanted = fleet_of()
    assert as_found(wanted, {"miner_1": running("miner_1", "nd9", 8091)}) == wanted


def test_one_that_runs_elsewhere_than_the_profile_says_is_told_and_not_moved(fleet_of: FleetOf) -> None:
    wanted = fleet_of("miners:\n  - {name: miner_1, node: nd1}\n  - {name: miner_2, node: nd2}\n")
    sessions = {"miner_1": running("miner_1", "nd2", 9001), "miner_2": running("miner_2", "nd2", 9000)}
    found = as_found(wanted, sessions)
    assert places(found) == {"miner_1": "nd2:9001", "miner_2": "nd2:9000"}
    assert strays(wanted, sessions) == [("miner_1", "nd2", "nd1")]
    assert moves_to_make(wanted, sessions) == [
        "miner_1: runs on nd2, the profile says nd1: netctl fleet move miner_1 --node nd1"
    ]
    assert places_of(wanted, found, sessions)[0].document() == {
        "neuron": "miner_1",
        "node": "nd2",
        "address": "10.77.0.12",
        "port": 9001,
        "failover": "off",
        "profile_node": "nd1",
        "runs": True,
    }


def test_a_fixed_port_is_never_moved(fleet_of: FleetOf) -> None:
    wanted = fleet_of("miners:\n  - {name: miner_1, port: 8500}\n  - {name: miner_2}\n")
    assert places(moved(wanted, "miner_1", "nd3"))["miner_1"] == "nd3:8500"


def test_a_fleet_of_one_machine_is_as_it_was(fleet_of: FleetOf) -> None:
    fleet = fleet_of(head=HEAD.replace("host: swarm\n", ""))
    assert as_found(fleet, {"miner_1": running("miner_1", "")}) is fleet
    assert places_of(fleet, fleet, {}) == ()
    assert moved(fleet, "miner_1", "nd2") is fleet
