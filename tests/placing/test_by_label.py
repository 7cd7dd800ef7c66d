"""Nodes that are told by their labels: who is one, what each is allotted, and what a label that moves may not do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from netctl.fleet import Fleet
from netctl.hostsetup.wanted import machines_of
from netctl.identity.claims import of_profile, shared
from netctl.machines import seen_now
from netctl.placement import Labelled, Node, Placing, Swarm
from netctl.placing import addresses_of, as_found, moved
from netctl.ports.engines import MemberFacts
from netctl.supervisor import orders
from netctl.whereabouts import homeless, no_node_for
from tests.placing import conftest
from tests.placing.conftest import MINERS, VALIDATORS, FleetOf, places, running

pytestmark = pytest.mark.fast

NODES = """\
    - {name: nd1, address: 10.77.0.11, roles: [validator], labels: {disk: ssd}}
    - {labels: {gpu: a100}, roles: [miner], first_port: 9000, docker: "ssh://ops@{name}"}
    - {labels: {zone: "7"}}
"""
HEAD = conftest.HEAD.partition("    - {name: nd1")[0] + NODES


def member(name: str, labels: dict[str, str], *, state: str = "ready", availability: str = "active") -> MemberFacts:
    """A worker at 10.77.0.N."""
    address = f"10.77.0.1{name.removeprefix('nd')}"
    return MemberFacts(f"id-{name}", name, "worker", state, availability, address, labels=tuple(labels.items()))


THREE = (
    member("nd1", {"gpu": "a100"}),
    member("nd2", {"gpu": "a100", "netctl.address": "203.0.113.2", "netctl.may-run.ab": "yes"}),
    member("nd3", {"zone": "7", "gpu": "a100", "disk": "hdd"}),
    member("nd4", {"zone": "7"}),
    member("nd5", {"zone": "8"}),
)


def told(fleet_of: FleetOf, text: str, members: Sequence[MemberFacts], held: Collection[str] = ()) -> Fleet:
    """The fleet as a swarm of these makes it."""
    return fleet_of(text, head=HEAD, look=lambda _state, swarm: seen_now(swarm, members, held))


def test_every_node_with_the_labels_is_one_and_the_first_entry_that_fits_counts(fleet_of: FleetOf) -> None:
    swarm = told(fleet_of, MINERS + VALIDATORS, THREE).swarm
    assert swarm is not None
    assert swarm.is_seen
    assert swarm.nodes == (
        Node("nd1", "10.77.0.11", ("validator",), labels=(("disk", "ssd"),)),
        Node("nd2", "203.0.113.2", ("miner",), 9000, (("gpu", "a100"),), "ssh://ops@nd2", manager=False, by_label=True),
        Node(
            "nd3",
            "10.77.0.13",
            ("miner",),
            9000,
            (("disk", "hdd"), ("gpu", "a100"), ("zone", "7")),
            "ssh://ops@nd3",
            manager=False,
            by_label=True,
        ),
        Node("nd4", "10.77.0.14", labels=(("zone", "7"),), manager=False, by_label=True),
    )


def test_an_address_with_colons_is_put_in_brackets_where_an_engine_is_named_by_it() -> None:
    swarm = Swarm("ssh://nd1", "fd00::1", (), labelled=(Labelled((("gpu", "a"),), docker="ssh://ops@{address}"),))
    (node,) = seen_now(
        swarm, [MemberFacts("i", "x", "worker", "ready", "active", "fd00::2", labels=(("gpu", "a"),))], ()
    ).nodes
    assert node.docker == "ssh://ops@[fd00::2]"


def test_neurons_are_spread_over_them_as_over_those_with_a_name(fleet_of: FleetOf) -> None:
    assert places(told(fleet_of, MINERS + VALIDATORS, THREE)) == {
        "miner_1": "nd2:9000",
        "miner_2": "nd3:9000",
        "miner_3": "nd4:8091",
        "miner_4": "nd2:9001",
        "validator_1": "nd4:8092",
    }


def test_while_nobody_was_asked_no_neuron_is_allotted(fleet_of: FleetOf) -> None:
    fleet = fleet_of(MINERS + VALIDATORS.replace("validator_1", "validator_1, node: nd1"), head=HEAD)
    assert fleet.swarm is not None
    assert not fleet.swarm.knows_its_nodes
    assert set(places(fleet).values()) == {"None:8091", "nd1:8091"}
    found = as_found(fleet, {"miner_1": running("miner_1", "nd2", 9000)})
    assert places(found)["miner_1"] == "nd2:9000"


def test_a_neuron_may_ask_for_a_label_of_its_node(fleet_of: FleetOf) -> None:
    text = """\
defaults: {node: {zone: 7}}
miners:
  - {name: "miner_{i}", count: 3, node: {gpu: a100}}
  - {name: miner_4}
  - {name: miner_5, node: {gpu: a100, disk: hdd}}
  - {name: miner_6, node: nd2}
validators:
  - {name: validator_1}
  - {name: validator_2, node: {disk: ssd}}
"""
    fleet = told(fleet_of, text, THREE)
    assert {name: where.split(":")[0] for name, where in places(fleet).items()} == {
        "miner_1": "nd2",
        "miner_2": "nd3",
        "miner_3": "nd2",
        "miner_4": "nd4",
        "miner_5": "nd3",
        "miner_6": "nd2",
        "validator_1": "nd4",
        "validator_2": "nd1",
    }
    assert {n.name for n in fleet.neurons if n.placing and n.placing.is_fixed} == {"miner_6"}


def test_labels_need_no_swarm_that_answers_where_every_node_has_a_name(fleet_of: FleetOf) -> None:
    head = (
        HEAD.split("    - {labels")[0].replace("roles: [validator], ", "") + "    - {name: nd2, address: 10.77.0.12}\n"
    )
    fleet = fleet_of('miners:\n  - {name: "miner_{i}", count: 2, node: {disk: ssd}}\n', head=head)
    assert places(fleet) == {"miner_1": "nd1:8091", "miner_2": "nd1:8092"}


def test_with_failover_the_engine_chooses_among_those_with_the_label(fleet_of: FleetOf) -> None:
    text = """\
defaults: {failover: auto}
miners:
  - {name: miner_1}
  - {name: miner_2, node: {gpu: a100}}
  - {name: miner_3, node: {gpu: a100}, failover: off}
"""
    fleet = told(fleet_of, text, THREE)
    by_name = {n.name: tuple(name for name, _ in addresses_of(fleet, n)) for n in fleet.neurons}
    assert by_name == {"miner_1": ("nd2", "nd3", "nd4"), "miner_2": ("nd2", "nd3"), "miner_3": ("nd2",)}
    placing = fleet.neurons[1].placing
    assert placing == Placing(None, "auto", labels=(("gpu", "a100"),))


def test_one_that_is_down_or_drained_gets_no_neuron_and_is_no_stranger(fleet_of: FleetOf) -> None:
    members = [
        member("nd2", {"gpu": "a100"}, state="down"),
        member("nd3", {"gpu": "a100"}, availability="drain"),
        member("nd4", {"zone": "7"}),
    ]
    text = 'miners:\n  - {name: "miner_{i}", count: 2}\n  - {name: miner_3, node: {gpu: a100}}\n'
    fleet = told(fleet_of, text, members)
    assert {name: where.split(":")[0] for name, where in places(fleet).items()} == {
        "miner_1": "nd4",
        "miner_2": "nd4",
        "miner_3": "None",
    }
    lost = fleet.neurons[2]
    why = "no node with gpu=a100 takes a miner now: nd2, nd3 cannot be reached, or is drained"
    assert no_node_for(fleet, lost, runs=False) == why
    assert addresses_of(fleet, lost) == ()
    found = as_found(fleet, {"miner_3": running("miner_3", "nd2", 9000)})
    assert places(found)["miner_3"] == "nd2:9000"
    assert no_node_for(found, found.neurons[2], runs=True) is None


def test_a_node_that_loses_its_label_keeps_what_it_runs_and_gets_nothing(fleet_of: FleetOf) -> None:
    without = [member("nd2", {}), member("nd3", {"gpu": "a100"}), member("nd5", {})]
    fleet = told(fleet_of, MINERS, without, held={"nd2"})
    assert fleet.swarm is not None
    assert [node.name for node in fleet.swarm.nodes] == ["nd1", "nd2", "nd3"]
    assert {where.split(":")[0] for where in places(fleet).values()} == {"nd3"}
    sessions = {"miner_2": running("miner_2", "nd2", 9000), "miner_1": running("miner_1", "nd3", 9003)}
    found = as_found(fleet, sessions)
    assert places(found)["miner_2"] == "nd2:9000"
    assert all(no_node_for(found, n, runs=n.name in sessions) is None for n in found.neurons)


def test_neurons_stay_where_they_run_when_a_node_joins(fleet_of: FleetOf) -> None:
    before = told(fleet_of, MINERS, [member("nd3", {"gpu": "a100"})])
    sessions = {n.name: running(n.name, n.placing.node or "", n.axon_port) for n in before.neurons if n.placing}
    after = as_found(told(fleet_of, MINERS, THREE, held={"nd3"}), sessions)
    assert places(after) == places(before)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("- {name: miner_1}", "no node of the swarm is for a miner"),
        ("- {name: miner_1, failover: auto}", "no node of the swarm is for a miner"),
        ("- {name: miner_1, node: {gpu: h100}}", "no node with gpu=h100 is for a miner"),
        ("- {name: miner_1, node: nd9}", "the swarm has no node nd9 with the labels that `hosts:` asks for"),
    ],
)
def test_why_there_is_no_node_for_one(fleet_of: FleetOf, text: str, why: str) -> None:
    fleet = told(fleet_of, f"miners:\n  {text}\n", [member("nd5", {})])
    assert no_node_for(fleet, fleet.neurons[0], runs=False) == why


def test_who_has_no_node_is_stopped_before_anything_is_paid_for_it(fleet_of: FleetOf) -> None:
    text = "miners:\n  - {name: miner_1, node: {gpu: a100}}\n  - {name: miner_2}\n"
    fleet = told(fleet_of, text, [member("nd4", {"zone": "7"})])
    assert [(one.neuron, one.hint) for one in homeless(fleet, {})] == [
        ("miner_1", "docker node ls; docker node update --label-add")
    ]
    gone = as_found(fleet, {"miner_2": running("miner_2", "nd7", 8091)})
    move = "once it surely runs there no more: netctl fleet move miner_2 --node OTHER"
    assert [(one.neuron, one.hint) for one in homeless(gone, {"miner_2": running("miner_2", "nd7")})][1] == (
        "miner_2",
        move,
    )
    assert list(homeless(fleet_of(text, head=HEAD), {})) == [], "while nobody was asked, nobody knows"


def test_one_that_is_moved_is_started_where_it_was_sent_whoever_holds_what(fleet_of: FleetOf) -> None:
    three = [member(name, {"zone": "7"}) for name in ("nd4", "nd5", "nd6")]
    fleet = told(fleet_of, MINERS, three)
    sessions = {n.name: running(n.name, n.placing.node or "", n.axon_port) for n in fleet.neurons if n.placing}
    for node in ("nd4", "nd5", "nd6"):
        sent = moved(as_found(fleet, sessions), "miner_1", node)
        ended = {name: session for name, session in sessions.items() if name != "miner_1"}
        assert places(as_found(sent, ended))["miner_1"].split(":")[0] == node
        was = {n.name: n.axon_port for n in fleet.neurons[1:]}
        assert {n.name: n.axon_port for n in as_found(sent, ended).neurons[1:]} == was


def test_who_chose_a_node_is_no_order_to_the_supervisor(fleet_of: FleetOf) -> None:
    fleet = told(fleet_of, MINERS, THREE)
    node = fleet.neurons[0].placing
    assert node is not None
    assert orders.encoded(moved(fleet, "miner_1", node.node or "")) == orders.encoded(fleet)
    down = told(fleet_of, MINERS, [replace(one, state="down", labels=(*one.labels, ("rack", "1"))) for one in THREE])
    assert orders.encoded(replace(down, neurons=fleet.neurons)) == orders.encoded(fleet)
    more = told(fleet_of, MINERS, [*THREE, member("nd6", {"zone": "7"}), member("nd7", {})], held=["nd7"])
    assert orders.encoded(replace(more, neurons=fleet.neurons)) == orders.encoded(fleet)


def test_one_without_a_node_has_no_port_that_another_could_want(fleet_of: FleetOf) -> None:
    text = "miners:\n  - {name: miner_1, failover: auto}\n  - {name: miner_2, node: {gpu: a100}}\n"
    fleet = told(fleet_of, text, [member("nd4", {"zone": "7"})])
    assert fleet.neurons[0].axon_port == fleet.neurons[1].axon_port
    assert shared([of_profile(fleet, neuron) for neuron in fleet.neurons]) == ()


def test_a_fixed_port_goes_where_nobody_runs_at_it(fleet_of: FleetOf) -> None:
    text = "miners:\n  - {name: miner_1}\n  - {name: miner_2, port: 8091}\n"
    fleet = told(fleet_of, text, [member("nd4", {"zone": "7"})])
    found = as_found(fleet, {"miner_1": running("miner_1", "nd4", 8091)})
    assert places(found) == {"miner_1": "nd4:8091", "miner_2": "None:8091"}
    both = told(fleet_of, text, [member("nd4", {"zone": "7"}), member("nd6", {"zone": "7"})])
    assert places(as_found(both, {"miner_1": running("miner_1", "nd4", 8091)}))["miner_2"] == "nd6:8091"


def test_a_label_that_changes_hands_restarts_nobody(fleet_of: FleetOf) -> None:
    sessions = {"miner_1": running("miner_1", "nd4", 9000)}
    assert places(as_found(told(fleet_of, MINERS, [member("nd4", {"zone": "7"})]), sessions))["miner_1"] == "nd4:9000"


def test_an_address_stays_with_the_node_that_runs_something_at_it(fleet_of: FleetOf) -> None:
    copied = [member(name, {"zone": "7", "netctl.address": "203.0.113.9"}) for name in ("nd4", "nd5")]
    swarm = told(fleet_of, MINERS, copied, held={"nd5"}).swarm
    assert swarm is not None
    assert {node.name: node.address for node in swarm.nodes[1:]} == {"nd4": "", "nd5": "203.0.113.9"}
    lost = [member("nd5", {"zone": "7", "netctl.address": "gpu.example.com"})]
    fleet = as_found(told(fleet_of, MINERS, lost, held={"nd5"}), {"miner_1": running("miner_1", "nd5", 8091)})
    why = "node nd5 has no address of its own; label it netctl.address=IP"
    assert no_node_for(fleet, fleet.neurons[0], runs=True) == why


def test_one_that_names_a_node_that_is_down_is_not_paid_for(fleet_of: FleetOf) -> None:
    text = "miners:\n  - {name: miner_1, node: nd4}\n"
    fleet = told(fleet_of, text, [member("nd4", {"zone": "7"}, state="down")])
    assert no_node_for(fleet, fleet.neurons[0], runs=False) == "node nd4 cannot be reached, or is drained"
    assert no_node_for(fleet, fleet.neurons[0], runs=True) is None


def test_a_node_of_another_role_takes_only_who_is_there_already(fleet_of: FleetOf) -> None:
    fleet = told(fleet_of, f"{MINERS}validators:\n  - {{name: validator_1, node: nd2}}\n", THREE)
    validator = fleet.neurons[-1]
    assert no_node_for(fleet, validator, runs=False) == "node nd2 is not for a validator"
    assert no_node_for(fleet, validator, runs=True) is None


def test_one_for_which_no_port_is_left_goes_without_and_the_others_are_as_they_were(fleet_of: FleetOf) -> None:
    text = 'defaults: {first_port: 65533}\nminers:\n  - {name: "miner_{i}", count: 4}\n'
    fleet = told(fleet_of, text, [member("nd4", {"zone": "7"})])
    assert list(places(fleet).values())[:2] == ["nd4:65533", "nd4:65534"]
    assert [no_node_for(fleet, n, runs=False) for n in fleet.neurons[2:]] == ["no port is left on nd4"] * 2


def test_a_node_that_leaves_the_swarm_takes_its_neuron_out_of_every_plan_until_a_person_moves_it(
    fleet_of: FleetOf,
) -> None:
    fleet = told(fleet_of, MINERS, [member("nd4", {"zone": "7"})])
    found = as_found(fleet, {"miner_1": running("miner_1", "nd7", 8091)})
    assert places(found)["miner_1"] == "nd7:8091"
    why = "it ran on nd7, which is no node of the swarm any more, and may still run there"
    assert no_node_for(found, found.neurons[0], runs=True) == why
    assert no_node_for(found, found.neurons[1], runs=False) is None


def test_who_runs_keeps_its_port_whoever_joins_leaves_or_waits_for_a_node(fleet_of: FleetOf) -> None:
    text = """\
miners:
  - {name: g_1, node: {gpu: a100}}
  - {name: m_1}
  - {name: m_2}
  - {name: m_3, failover: auto}
"""
    few = [member("nd4", {"zone": "7"}), member("nd5", {"zone": "7"})]
    before = told(fleet_of, text, few)
    assert places(before) == {"g_1": "None:8091", "m_1": "nd4:8091", "m_2": "nd5:8091", "m_3": "None:8092"}
    sessions = {n.name: running(n.name, n.placing.node or "nd4", n.axon_port) for n in before.neurons[1:] if n.placing}
    joined = as_found(told(fleet_of, text, [*few, member("nd2", {"zone": "7", "gpu": "a100"})]), sessions)
    assert places(joined) == {**places(before), "g_1": "nd2:9000"}
    left = as_found(told(fleet_of, text, few[:1], held=["nd4"]), sessions)
    assert places(left) == {**places(before), "g_1": "None:8091"}


def test_a_first_port_that_has_changed_in_the_profile_counts_also_for_who_runs(fleet_of: FleetOf) -> None:
    fleet = told(fleet_of, "defaults: {first_port: 9500}\n" + MINERS, [member("nd4", {"zone": "7"})])
    assert places(as_found(fleet, {"miner_1": running("miner_1", "nd4", 8091)}))["miner_1"] == "nd4:9500"


def test_a_node_that_joins_gets_the_next_neurons(fleet_of: FleetOf) -> None:
    text = 'miners:\n  - {name: "miner_{i}", count: 3}\n'
    fleet = told(fleet_of, text, [member(name, {"zone": "7"}) for name in ("nd4", "nd5", "nd6")])
    sessions = {"miner_1": running("miner_1", "nd5", 8091), "miner_2": running("miner_2", "nd6", 8091)}
    assert places(as_found(fleet, sessions))["miner_3"] == "nd4:8091"


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1", "", "gpu.example.com", "10.77.0.11", "10.77.0.12"])
def test_one_that_others_cannot_reach_by_an_address_of_its_own_gets_nothing(fleet_of: FleetOf, address: str) -> None:
    fleet = told(
        fleet_of,
        'miners:\n  - {name: "miner_{i}", count: 2}\n',
        [member("nd2", {"zone": "7"}), member("nd4", {"zone": "7", "netctl.address": address or "x"})],
    )
    assert {where.split(":")[0] for where in places(fleet).values()} == {"nd2"}
    alone = told(
        fleet_of, "miners:\n  - {name: miner_1}\n", [member("nd4", {"zone": "7", "netctl.address": "0.0.0.0"})]
    )
    why = "no node of the swarm takes a miner now: nd4 has no address of its own; label it netctl.address=IP"
    assert no_node_for(alone, alone.neurons[0], runs=False) == why


@pytest.mark.parametrize("name", ["", "a b", "root@example.com", "x\x1b[31m"])
def test_a_machine_that_calls_itself_what_no_node_can_be_called_is_none(fleet_of: FleetOf, name: str) -> None:
    odd = MemberFacts("i", name, "worker", "ready", "active", "10.77.0.14", labels=(("zone", "7"),))
    swarm = told(fleet_of, MINERS, [odd]).swarm
    assert swarm is not None
    assert [node.name for node in swarm.nodes] == ["nd1"]


def test_the_neurons_number_stands_in_a_label_that_it_asks_for(fleet_of: FleetOf) -> None:
    text = 'miners:\n  - {name: "miner_{i}", count: 2, node: {slot: "s{i}", gpu: a100}}\n'
    seats = [member("nd2", {"gpu": "a100", "slot": "s2"}), member("nd3", {"gpu": "a100", "slot": "s1"})]
    assert {n: w.split(":")[0] for n, w in places(told(fleet_of, text, seats)).items()} == {
        "miner_1": "nd3",
        "miner_2": "nd2",
    }


def test_the_machines_of_a_swarm_have_those_by_label_and_choose_no_manager_among_them(fleet_of: FleetOf) -> None:
    manager = MemberFacts("i", "nd3", "manager", "ready", "active", "10.77.0.13", "reachable", labels=(("zone", "7"),))
    swarm = told(fleet_of, MINERS, [*THREE[:2], manager, THREE[3]]).swarm
    assert swarm is not None
    assert {m.name: (m.is_manager, m.engine) for m in machines_of(swarm)} == {
        "the manager": (True, "unix:///run/docker.sock"),
        "nd1": (False, None),
        "nd2": (False, "ssh://ops@nd2"),
        "nd3": (True, None),
        "nd4": (False, None),
    }


def test_the_look_is_not_taken_where_every_node_has_a_name(fleet_of: FleetOf) -> None:
    def look(_state: Path, _swarm: Swarm) -> Swarm:
        raise AssertionError("it was asked")

    assert fleet_of(look=look).swarm is not None
