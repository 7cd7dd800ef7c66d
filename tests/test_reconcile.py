"""The loop itself, with phases made for the test: who goes on, who is asked, what is told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from netctl import reconcile
from netctl.errors import ChainError, PolicyError, UsageError, WalletError
from netctl.fleet import Fleet
from netctl.money import Rao
from netctl.placement import Node, Placing, Swarm
from netctl.plan import Plan
from netctl.ports import SessionFacts, World
from netctl.probes.model import Health
from netctl.readiness import wait_until_ready
from netctl.standing import Outcome, Standing
from netctl.step import Blocked, Diff, PhaseName, Step
from tests.phases import fleets
from tests.phases.twin import Twin

pytestmark = pytest.mark.fast
THREE = fleets.fleet(*[fleets.neuron(f"miner_{i}") for i in (1, 2, 3)])


@dataclass(frozen=True)
class Mark:
    """Writes its neuron's name on the slate of its phase, or fails."""

    action: ClassVar[str] = "mark"
    phase: PhaseName
    neuron: str | None
    slate: set[str] = field(hash=False)
    cost: Rao = 0
    error: Exception | None = None
    lane: str = "one"

    def summary(self) -> str:
        return f"mark {self.neuron}"

    def spend(self) -> Rao:
        return self.cost

    async def apply(self, world: World) -> None:
        if self.error is not None:
            raise self.error
        self.slate.add(self.neuron or "fleet")


@dataclass(frozen=True)
class MarkWave(Mark):
    serves: tuple[str, ...] = ()

    def only(self, names: Collection[str]) -> MarkWave:
        return replace(self, serves=tuple(name for name in self.serves if name in names))

    async def apply(self, world: World) -> None:
        self.slate.update(self.serves)


class Slate:
    """A phase that wants every neuron marked once."""

    def __init__(self, name: PhaseName, *, cost: Rao = 0, fails: dict[str, Exception] | None = None) -> None:
        self.NAME: PhaseName = name
        self.marked: set[str] = set()
        self.cost = cost
        self.fails = fails or {}
        self.blocked: tuple[Blocked, ...] = ()
        self.extra: tuple[Step, ...] = ()
        self.observed: list[tuple[str, ...]] = []

    async def observe(self, fleet: Fleet, world: World) -> set[str]:
        self.observed.append(tuple(neuron.name for neuron in fleet.neurons))
        return set(self.marked)

    def diff(self, fleet: Fleet, facts: set[str]) -> Diff:
        held = {item.neuron for item in self.blocked}
        steps: list[Step] = [
            Mark(self.NAME, neuron.name, self.marked, self.cost, self.fails.get(neuron.name))
            for neuron in fleet.neurons
            if neuron.name not in facts and neuron.name not in held
        ]
        return Diff((*self.extra, *steps), self.blocked, (f"{self.NAME} was here",))


def agree(plan: Plan, cost_rao: Rao) -> None:
    """Yes to everything."""


async def up(*phases: Slate, fleet: Fleet = THREE, confirm: Any = agree, **options: Any) -> Outcome:
    return await reconcile.up(fleet, Twin().world(), confirm=confirm, phases=phases, **options)


async def test_a_neuron_that_fails_skips_later_phases_and_holds_nobody_up() -> None:
    early, late = Slate("wallets", fails={"miner_2": WalletError("no key", hint="make one")}), Slate("stake")
    outcome = await up(early, late)
    assert late.marked == {"miner_1", "miner_3"}
    failed = outcome.neurons[1]
    assert (failed.ending, failed.phase, failed.why, failed.hint) == ("failed", "wallets", "no key", "make one")
    assert outcome.failures == (("miner_2", "no key"),)
    assert not outcome.ok


async def test_a_blocked_neuron_is_told_apart_from_a_failed_one() -> None:
    early, late = Slate("funding"), Slate("stake")
    early.blocked = (Blocked("miner_1", "needs 4.2 TAO: fund 5F..."),)
    outcome = await up(early, late)
    assert [neuron.ending for neuron in outcome.neurons] == ["blocked", "ok", "ok"]
    assert late.marked == {"miner_2", "miner_3"}


@pytest.mark.parametrize("blocked", [True, False])
async def test_what_stops_the_whole_fleet_stops_every_neuron(blocked: bool) -> None:
    early, late = Slate("subnet"), Slate("stake")
    if blocked:
        early.blocked = (Blocked(None, "not started"),)
    else:
        early.extra = (Mark("subnet", None, early.marked, error=ChainError("refused")),)
    outcome = await up(early, late)
    assert late.marked == set()
    assert {neuron.ending for neuron in outcome.neurons} == {"blocked" if blocked else "failed"}


async def test_a_bug_is_not_taken_for_a_failed_neuron() -> None:
    with pytest.raises(ExceptionGroup, match="unhandled errors"):
        await up(Slate("wallets", fails={"miner_2": KeyError("bug")}))


async def test_only_the_phases_asked_for_run() -> None:
    first, second = Slate("wallets"), Slate("stake")
    await up(first, second, only=["stake"])
    assert (first.observed, second.marked) == ([], {"miner_1", "miner_2", "miner_3"})


async def test_only_the_neurons_asked_for_are_touched() -> None:
    money, files = Slate("wallets"), Slate("files")
    outcome = await up(money, files, neurons=["miner_2"])
    assert (money.marked, files.marked) == ({"miner_2"}, {"miner_2"})
    assert (money.observed[0], files.observed[0]) == (("miner_2",), ("miner_1", "miner_2", "miner_3"))
    assert [neuron.name for neuron in outcome.neurons] == ["miner_2"]


async def test_an_unknown_neuron_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="has no neuron miner_9") as caught:
        await up(Slate("wallets"), neurons=["miner_9"])
    assert caught.value.hint == "it has miner_1, miner_2, miner_3"


async def test_a_wave_goes_without_those_who_failed_before() -> None:
    early, late = Slate("wallets", fails={"miner_1": WalletError("no key")}), Slate("sessions")
    names = ("miner_1", "miner_2", "miner_3")
    wave = MarkWave("sessions", None, late.marked, serves=names)
    late.diff = lambda fleet, facts: Diff((wave,))  # type: ignore[method-assign]
    await up(early, late)
    assert late.marked == {"miner_2", "miner_3"}


async def test_the_whole_cost_is_confirmed_once_before_anything_is_made() -> None:
    asked: list[tuple[Rao, tuple[str, ...], set[str]]] = []
    free, paid, later = Slate("wallets"), Slate("registration", cost=5), Slate("stake", cost=7)

    def confirm(plan: Plan, cost_rao: Rao) -> None:
        asked.append((cost_rao, tuple(dict.fromkeys(step.phase for step in plan.steps)), set(free.marked)))

    await up(free, paid, later, confirm=confirm)
    assert asked == [(36, ("wallets", "registration", "stake"), set())]


async def test_nothing_is_asked_when_nothing_costs() -> None:
    def never(plan: Plan, cost_rao: Rao) -> None:
        raise AssertionError("asked")

    assert (await up(Slate("wallets"), confirm=never)).ok


async def test_a_refused_confirmation_leaves_everything_unpaid() -> None:
    def refuse(plan: Plan, cost_rao: Rao) -> None:
        raise PolicyError("not confirmed")

    paid = Slate("registration", cost=5)
    with pytest.raises(PolicyError, match="not confirmed"):
        await up(paid, confirm=refuse)
    assert paid.marked == set()


async def test_a_plan_above_the_budget_is_refused_before_anybody_is_asked() -> None:
    poor = fleets.fleet(*THREE.neurons, kind="test", budget_rao=14)
    with pytest.raises(PolicyError, match="budget"):
        await up(Slate("registration", cost=5), fleet=poor, confirm=lambda plan, cost: pytest.fail("asked"))


async def test_more_than_was_agreed_is_asked_for_again() -> None:
    asked: list[Rao] = []
    first, second = Slate("registration", cost=5), Slate("stake")

    def confirm(plan: Plan, cost_rao: Rao) -> None:
        asked.append(cost_rao)
        second.cost = 100

    await up(first, second, confirm=confirm)
    assert asked == [15, 300]


async def test_steps_of_a_plan_say_which_phase_they_wait_for() -> None:
    money = Slate("wallets"), Slate("registration", cost=5)
    plan = await reconcile.plan(THREE, Twin().world(), phases=money)
    assert [(step.phase, step.waits_on) for step in plan.steps[::3]] == [("wallets", None), ("registration", "wallets")]


async def test_the_plan_is_the_document_of_the_contract() -> None:
    paid = Slate("registration", cost=2_900_000)
    paid.blocked = (Blocked("miner_3", "needs 4.2 TAO: fund 5F...", "netctl fund"),)
    plan = await reconcile.plan(THREE, Twin().world(), neurons=["miner_1", "miner_3"], phases=[paid])
    assert plan.document() == {
        "fleet": "twin-fleet",
        "netuid": 428,
        "steps": [
            {
                "phase": "registration",
                "neuron": "miner_1",
                "action": "mark",
                "summary": "mark miner_1",
                "cost_tao": "0.002900000",
                "waits_on": None,
                "neurons": ["miner_1"],
                "why": [],
            }
        ],
        "cost_tao": "0.002900000",
        "blocked": [{"neuron": "miner_3", "why": "needs 4.2 TAO: fund 5F...", "hint": "netctl fund"}],
        "notes": ["registration was here"],
        "registration": None,
        "placement": [],
    }
    assert paid.marked == set()


async def test_waiting_for_readiness_tells_the_dead_from_the_slow() -> None:
    twin = Twin()
    world = twin.world()

    def session(name: str, pid: int | None, code: int | None) -> SessionFacts:
        return SessionFacts(name, "hash", pid, 0.0, code, None, 0, {})

    class Host:
        def sessions(self) -> dict[str, SessionFacts]:
            return {
                "miner_1": session("miner_1", 1, None),
                "miner_2": session("miner_2", None, 3),
                "miner_3": session("miner_3", 3, None),
            }

    async def probe(fleet: Fleet, sessions: Any) -> dict[str, Health]:
        return {"miner_1": Health(world.clock.now() > start + 5), "miner_3": Health(False, "its port 8093")}

    start = world.clock.now()
    host: Any = Host()
    names = ["miner_1", "miner_2", "miner_3"]
    late = await wait_until_ready(
        THREE, replace(world, host=host), names, probe=probe, within_s=dict.fromkeys(names, 30.0)
    )
    assert late == {
        "miner_2": "its process ended with exit code 3",
        "miner_3": "not ready within 30 s: waits for its port 8093",
    }


async def test_a_neuron_takes_no_further_step_of_the_phase_that_failed() -> None:
    phase = Slate("wallets")
    first = Mark("wallets", "miner_1", phase.marked, error=WalletError("no coldkey"))
    second = Mark("wallets", "miner_1", phase.marked)
    phase.diff = lambda fleet, facts: Diff((first, second))  # type: ignore[method-assign]
    assert (await up(phase)).neurons[0].why == "no coldkey"
    assert phase.marked == set()


def test_the_first_thing_that_stops_a_neuron_is_the_one_that_is_told() -> None:
    standing = Standing.of(THREE, None)
    standing.stop("wallets", ("miner_1",), "no coldkey")
    standing.stop("wallets", ("miner_1",), "no hotkey")
    assert standing.outcomes()[0].why == "no coldkey"


async def test_what_changed_while_the_question_stood_is_seen() -> None:
    paid = Slate("registration", cost=5)

    def confirm(plan: Plan, cost_rao: Rao) -> None:
        paid.marked.add("miner_1")

    assert [step.neuron for step in (await up(paid, confirm=confirm)).done] == ["miner_2", "miner_3"]


async def test_open_payments_are_settled_before_money_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    money = Slate("funding")

    async def settle(world: World, ss58s: list[str]) -> None:
        order.append(f"settle {len(ss58s)} with {len(money.observed)} looks")

    monkeypatch.setattr(reconcile.settling, "settle", settle)
    await up(money)
    of_the_journal, of_the_pool = "settle 0 with 0 looks", "settle 1 with 1 looks"
    assert order == [of_the_journal, of_the_pool]
    assert len(money.observed) == 4  # before and after settling, for the plan that is agreed to, and after that


async def test_a_plan_tells_where_neurons_run_and_moves_nobody() -> None:
    """And `up` works on the fleet as it runs: the phases are given the nodes where the sessions are."""
    swarm = Swarm("unix:///s", "10.77.0.1", (Node("nd1", "10.77.0.11"), Node("nd2", "10.77.0.12")))
    pinned = Placing("nd1", is_fixed=True)
    members = [fleets.neuron(f"miner_{i}", placing=pinned, axon_port=8090 + i, axon_ip="10.77.0.11") for i in (1, 2)]
    wanted = fleets.fleet(*members, swarm=swarm)
    there = SessionFacts("miner_2", "hash", 7, 1.0, None, None, 0, {"axon_port": "8095"}, node="nd2")
    world = replace(Twin().world(), host=SimpleNamespace(sessions=lambda: {"miner_2": there}))
    seen: list[Fleet] = []

    class Watching(Slate):
        async def observe(self, fleet: Fleet, world: World) -> Fleet:
            seen.append(fleet)
            return await super().observe(fleet, world)

    found = await reconcile.plan(wanted, world, phases=(Watching("wallets"),))
    assert [(p.neuron, p.node, p.address, p.port, p.is_stray) for p in found.placement] == [
        ("miner_1", "nd1", "10.77.0.11", 8091, False),
        ("miner_2", "nd2", "10.77.0.12", 8095, True),
    ]
    assert found.notes[1:] == ("miner_2: runs on nd2, the profile says nd1: netctl fleet move miner_2 --node nd1",)
    await reconcile.up(wanted, world, confirm=agree, phases=(Watching("wallets"),))
    assert {(n.name, n.axon_ip, n.axon_port) for fleet in seen for n in fleet.neurons} == {
        ("miner_1", "10.77.0.11", 8091),
        ("miner_2", "10.77.0.12", 8095),
    }
