"""What is to be done to machines that are to be one swarm: pure, from what was seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netctl.errors import NetctlError, SessionError
from netctl.hostsetup.difference import Difference, diff
from netctl.hostsetup.observing import Seen, observe
from netctl.hostsetup.running import apply
from netctl.hostsetup.steps import Begin, Hands, Join, Step
from netctl.hostsetup.wanted import machines_of
from netctl.placement import Node, Swarm
from netctl.ports.engines import EngineFacts
from tests.hostsetup.fields import BARE, bare, joined, swarm, with_engine

pytestmark = pytest.mark.fast

THREE = machines_of(swarm())


def told(found: Difference) -> list[str]:
    return [f"{step.machine}: {step.summary.split(',')[0].split(':')[0]}" for step in found.steps]


def test_from_nothing_managers_come_before_workers_and_one_after_the_other() -> None:
    machines = machines_of(swarm(5))
    assert told(diff(machines, bare(machines))) == [
        "nd1: begin a swarm at 10.0.0.1",
        ": put the key that unlocks managers after a restart into a file of the state directory",
        "nd2: join the swarm as a manager",
        "nd3: join the swarm as a manager",
        "nd4: join the swarm as a worker",
        "nd5: join the swarm as a worker",
        *(f"nd{n}: load netctl's own image" for n in range(1, 6)),
    ]


def test_what_is_done_is_not_done_again() -> None:
    assert diff(THREE, joined(THREE)) == Difference()


@pytest.mark.parametrize(("count", "managers"), [(1, 1), (2, 1), (3, 3), (6, 3)])
def test_so_many_manage_where_the_profile_says_nothing(count: int, managers: int) -> None:
    assert sum(m.is_manager for m in machines_of(swarm(count))) == managers


def test_the_profile_says_who_manages_and_an_even_number_is_warned_of() -> None:
    wanted = swarm(4)
    nodes = tuple(replace(node, manager=node.name == "nd3" or None) for node in wanted.nodes)
    machines = machines_of(replace(wanted, nodes=nodes))
    assert [m.name for m in machines if m.is_manager] == ["nd1", "nd3"]
    assert "odd number" in diff(machines, joined(machines)).warnings[0].next


def test_nodes_that_were_found_by_their_labels_are_left_as_they_are_but_for_the_image() -> None:
    """No profile says that one shall be in the swarm, or manage it; and without its label it keeps what it runs."""
    wanted = swarm(1)
    found = [
        Node(f"nd{n}", f"10.0.0.{n}", roles, None, (("gpu", "a"),), f"ssh://ops@10.0.0.{n}", manager, by_label=True)
        for n, roles, manager in ((2, (), True), (3, ("miner",), False), (4, ("miner",), False))
    ]
    machines = machines_of(replace(wanted, nodes=(*wanted.nodes, *found)))
    assert [m.name for m in machines if m.is_manager] == ["nd1", "nd2"]
    seen = joined(machines, members={"nd2": {"availability": "active"}, "nd4": {"state": "down", "labels": ()}})
    seen = with_engine(seen, "nd4", node_id="", membership="inactive", has_image=False)
    assert told(diff(machines, seen)) == ["nd4: load netctl's own image"]


def test_a_manager_that_is_no_node_of_the_profile_is_drained() -> None:
    nodes = tuple(Node(f"nd{n}", f"10.0.0.{n}") for n in (1, 2))
    machines = machines_of(Swarm("ssh://ops@boss.example", "10.0.0.9", nodes))
    assert [(m.name, m.engine, m.is_manager) for m in machines] == [
        ("boss.example", "ssh://ops@boss.example", True),
        ("nd1", "ssh://ops@10.0.0.1", True),
        ("nd2", "ssh://ops@10.0.0.2", True),
    ]
    assert "boss.example: drain it" in told(diff(machines, bare(machines)))
    assert told(diff(machines, joined(machines))) == []


def test_a_node_that_only_manages_is_drained_and_gets_no_image() -> None:
    machines = machines_of(swarm(roles=(), manager=True))
    found = told(diff(machines, bare(machines)))
    assert "nd1: drain it" in found
    assert "nd1: load netctl's own image" not in found


def test_another_swarm_refuses_everything() -> None:
    seen = with_engine(bare(THREE), "nd3", membership="active", node_id="else")
    found = diff(THREE, seen)
    assert (found.steps, [one.found for one in found.refused]) == ((), ["it is in another swarm"])


def test_a_worker_of_an_unknown_swarm_in_the_managers_place_is_refused_too() -> None:
    seen = with_engine(bare(THREE), "nd1", membership="active", node_id="else")
    assert diff(THREE, seen).refused[0].machine == "nd1"


def test_without_the_first_machine_nothing_can_be_begun() -> None:
    found = diff(THREE, with_engine(bare(THREE), "nd1", trouble="no answer"))
    assert (found.steps, found.refused[0].found) == ((), "no answer")


def test_one_that_does_not_answer_holds_nobody_else_up() -> None:
    found = diff(THREE, with_engine(bare(THREE), "nd2", trouble="no answer"))
    assert [one.machine for one in found.blocked] == ["nd2"]
    assert "nd3: join the swarm as a manager" in told(found)
    assert not any(step.machine == "nd2" for step in found.steps)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"api": (1, 40), "version": "19.03"}, "docker 19.03 is too old: its API is 1.40, 1.41 is the least"),
        ({"name": "other"}, "its engine calls itself other"),
        ({"membership": "locked"}, "its engine is locked"),
        ({"membership": "error"}, "its engine could not join a swarm"),
        ({"membership": "pending"}, "its engine still joins a swarm"),
    ],
)
def test_what_holds_one_machine_up_is_named_with_what_to_type(fields: dict[str, object], found: str) -> None:
    blocked = diff(THREE, with_engine(bare(THREE), "nd3", **fields)).blocked
    assert [one.found for one in blocked] == [found]
    assert blocked[0].next


def test_a_missing_engine_is_installed_only_where_that_was_asked_for_and_may_be() -> None:
    lacking = bare(THREE, nd2=EngineFacts(missing=True, can_install=True), nd3=EngineFacts(missing=True))
    unasked = diff(THREE, lacking)
    assert [one.machine for one in unasked.blocked] == ["nd2", "nd3"]
    assert "sudo apt-get update; sudo apt-get install -y docker.io" in unasked.blocked[0].next
    asked = diff(THREE, lacking, install=True)
    assert told(asked)[0] == "nd2: install docker.io"
    assert "nd2: join the swarm as a manager" in told(asked)
    assert [one.machine for one in asked.blocked] == ["nd3"]


@pytest.mark.parametrize(
    ("fields", "steps"),
    [
        ({"autolock": False, "key_mark": ""}, 2),
        ({"history": 0}, 1),
        ({"key_mark": "rotated"}, 1),
    ],
)
def test_autolock_history_and_the_key_are_mended(fields: dict[str, object], steps: int) -> None:
    assert len(diff(THREE, joined(THREE, **fields)).steps) == steps


def test_labels_that_are_missing_or_other_are_set_and_others_left() -> None:
    machines = machines_of(swarm(labels=(("disk", "ssd"), ("zone", "a"))))
    seen = joined(machines, members={"nd1": {"labels": (("disk", "hdd"), ("mine", "1"), ("zone", "a"))}})
    assert told(diff(machines, seen)) == ["nd1: set labels disk=ssd"]


def test_an_own_image_comes_from_a_machine_that_has_it() -> None:
    image = "sha256:" + "0" * 64
    seen = with_engine(joined(THREE), "nd2", has_image=False)
    assert diff(THREE, seen, image=image).steps[0].summary == f"bring image {image} from nd1"
    nowhere = replace(seen, engines={name: replace(one, has_image=False) for name, one in seen.engines.items()})
    assert {one.machine for one in diff(THREE, nowhere, image=image).blocked} == {"nd1", "nd2", "nd3"}
    by_digest = diff(THREE, nowhere, image=f"registry.example/miner@{image}")
    assert by_digest.blocked == ()
    assert by_digest.steps[0].summary.endswith("by its digest")


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"open_tcp": "http://0.0.0.0:2375 without encryption"}, "its docker API listens on the network"),
        ({"skew_s": -7.2, "skew_error_s": 0.1}, "its clock is 7.2 s behind this machine's"),
        ({"free_bytes": 10**9}, "0.9 GiB free"),
    ],
)
def test_what_may_bite_one_day_is_warned_of(fields: dict[str, object], found: str) -> None:
    warned = diff(THREE, with_engine(joined(THREE), "nd2", **fields))
    assert warned.steps == ()
    assert next(one.found for one in warned.warnings).startswith(found)


def test_a_clock_that_may_be_right_is_not_warned_of() -> None:
    assert diff(THREE, with_engine(joined(THREE), "nd2", skew_s=3.0, skew_error_s=1.5)).warnings == ()


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"role": "worker", "reachability": ""}, "it is a worker, and the profile wants a manager"),
        ({"availability": "pause"}, "no neuron is started there: its availability is pause"),
        ({"state": "down"}, "the swarm says that it is down"),
    ],
)
def test_what_nobody_else_may_change_is_left_and_named(fields: dict[str, object], found: str) -> None:
    warned = diff(THREE, joined(THREE, members={"nd2": fields}))
    assert (warned.steps, [one.found for one in warned.warnings]) == ((), [found])


class Engines:
    """Answers as given; joins that are told to fail do."""

    def __init__(self, seen: Seen, failing: str = "") -> None:
        self.seen, self.failing, self.done = seen, failing, list[str]()

    def look(self, addresses: list[str], image: str | None) -> dict[str, EngineFacts]:
        return {at: self.seen.engines[f"nd{at.rpartition('.')[2]}"] for at in addresses}

    def swarm(self, manager: str) -> object:
        if self.seen.swarm is None:
            raise SessionError(f"{manager}: no leader")
        return self.seen.swarm

    def identity(self, address: str) -> tuple[str, str]:
        facts = self.look([address], None)[address]
        return facts.name, facts.node_id

    def init(self, address: str, **_: object) -> None:
        self.done.append(address)

    def join(self, address: str, **_: object) -> None:
        if address == self.failing:
            raise SessionError("it did not become reachable")
        self.done.append(address)


class Shelf:
    def mark_of(self, swarm_id: str) -> str:
        return "mark"


def test_after_a_manager_that_does_not_join_no_other_one_is_tried() -> None:
    machines = machines_of(swarm(4))
    engines = Engines(bare(machines), failing="ssh://ops@10.0.0.2")
    steps: list[Step] = [s for s in diff(machines, bare(machines)).steps if isinstance(s, Begin | Join)]
    failed: list[tuple[str, NetctlError]] = apply(steps, Hands(engines, Shelf(), "ssh://ops@10.0.0.1"), lambda *_: None)  # type: ignore[arg-type]
    assert [name for name, _ in failed] == ["nd2"]
    assert engines.done == ["ssh://ops@10.0.0.1", "ssh://ops@10.0.0.4"]


@pytest.mark.parametrize(("name", "blocked"), [("nd3", True), ("nd4", False)])
def test_what_a_machine_was_before_it_was_made_anew_is_named_with_its_id(name: str, blocked: bool) -> None:
    machines = machines_of(swarm(4))
    gone = {"state": "down", **({"reachability": "unreachable"} if blocked else {})}
    anew = with_engine(joined(machines, members={name: gone}), name, membership="inactive", node_id="")
    found = diff(machines, anew)
    assert [one.machine for one in found.blocked] == ([name] if blocked else [])
    assert f"id-{name}" in (found.blocked if blocked else found.warnings)[0].next
    assert told(found) == ([] if blocked else ["nd4: join the swarm as a worker"])


def test_a_first_machine_made_anew_comes_back_into_its_swarm() -> None:
    seen = joined(THREE)
    lost = with_engine(seen, "nd1", membership="inactive", node_id="", is_manager=False)
    found = observe(THREE, Engines(lost), Shelf(), None)  # type: ignore[arg-type]
    assert found.manager == "ssh://ops@10.0.0.2"
    assert told(diff(THREE, found)) == ["nd1: join the swarm as a manager"]


def test_a_manager_without_a_leader_refuses_everything() -> None:
    seen = replace(bare(THREE, nd1=replace(BARE, name="nd1", membership="active", node_id="a", is_manager=True)))
    found = diff(THREE, observe(THREE, Engines(seen), Shelf(), None))  # type: ignore[arg-type]
    assert found.refused[0].found == "ssh://ops@10.0.0.1: no leader"
