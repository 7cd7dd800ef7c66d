"""Rule 7 of others' bugs: restart loops bypass the stagger of a launch, and all processes hammer one endpoint."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Collection, Sequence

import pytest

from netctl.fleet import RestartPolicy, Supervision
from netctl.ports import SessionFacts
from netctl.supervisor import restarts
from tests.phases.fleets import fleet, neuron
from tests.ports import free_ports
from tests.sessions.conftest import Stage, wait_until
from tests.supervisor.conftest import Ward

NEURONS = 40
POLICY = RestartPolicy(backoff_s=1.0, most_s=60.0, tries=2)
BUDGET = Supervision(starts=12, per_s=0.6)
ROUNDED_S = 0.1
"""Labels tell starts in tenths of a second."""
TICKS_OF_ONE = 7


@pytest.mark.slow
def test_rule_7_restart_backoff_is_exponential_with_jitter_and_a_fleet_wide_start_budget(stage: Stage) -> None:
    names = [f"miner_{number}" for number in range(1, NEURONS + 1)]
    port = free_ports(1)[0]
    neurons = [neuron(name, hotkey=f"hot_{name}", restart=POLICY, axon_port=port) for name in names]
    ward = Ward(stage, fleet(*neurons, state=stage.host.state, supervision=BUDGET))
    specs = [stage.spec(name, "/bin/false") for name in names]
    for spec in specs:
        ward.render(spec)
    stage.host.launch(specs)
    wait_until(lambda: len(stage.host.ended()) == NEURONS, "all die at once")

    first = stage.host.ended()
    assert_no_lockstep(first.values())
    pauses = supervise_until_given_up(ward)

    last = stage.host.sessions()
    assert {found.restarts for found in last.values()} == {POLICY.tries}
    assert {restarts.verdict(POLICY, found).is_given_up for found in last.values()} == {True}
    assert sum("given up: it died 3 times" in line for line in ward.said) >= NEURONS
    starts = sorted(when for found in last.values() for when in restarts.times(found, restarts.STARTED))
    assert len(starts) == POLICY.tries * NEURONS
    assert most_in_a_window(starts, BUDGET.per_s - ROUNDED_S) <= BUDGET.starts
    for found in last.values():
        assert_started_after(found, pauses)
    for number in range(POLICY.tries):
        low, high = (POLICY.backoff_s * 2**number * (1 + way * restarts.JITTER) for way in (-1, 1))
        mine = [pause for (_, deaths), pause in pauses.items() if deaths == number + 1]
        assert len(mine) == NEURONS
        assert low - 0.01 <= min(mine) < max(mine) <= high + 0.01


Pauses = dict[tuple[str, int], float]
"""By a neuron's name and the number of its deaths, how long it is to stay down."""


def supervise_until_given_up(ward: Ward) -> Pauses:
    """Supervisors that live for some looks each, and leave their successors nothing but the sessions' labels."""
    deadline = time.monotonic() + 90
    pauses: Pauses = {}
    for look in itertools.count():
        if look % TICKS_OF_ONE == 0:
            supervisor = ward.supervisor()
            asyncio.run(supervisor.deaths.adopt())
        ended = ward.stage.host.ended()
        verdicts = {name: restarts.verdict(POLICY, found) for name, found in ended.items()}
        for name, verdict in verdicts.items():
            if verdict.at is not None:
                pauses[name, verdict.deaths] = verdict.at - (ended[name].ended_at or 0.0)
        if len(verdicts) == NEURONS and all(verdict.is_given_up for verdict in verdicts.values()):
            break
        ward.tick(supervisor)
        assert time.monotonic() < deadline, "\n".join(ward.said[-20:])
        time.sleep(0.1)
    for _ in range(3):  # an hour later nobody thinks better of it
        ward.clock.ahead += 1200
        ward.tick()
    return pauses


def assert_no_lockstep(dead: Collection[SessionFacts]) -> None:
    """Those that died in the same second are due at as many moments, spread over half a pause."""
    due = {(found.ended_at, restarts.verdict(POLICY, found).at) for found in dead}
    assert len(due) == NEURONS
    together = [at for died, at in due if died == max(died for died, _ in due)]
    spread = max(together) - min(together)
    assert len(together) < 10 or spread > 0.3 * POLICY.backoff_s


def assert_started_after(found: SessionFacts, pauses: Pauses) -> None:
    """Each start came after the pause that its death was worth."""
    deaths, starts = restarts.times(found, restarts.DEATHS), restarts.times(found, restarts.STARTED)
    for number, (died, started) in enumerate(zip(deaths, starts, strict=True), 1):
        assert started - died >= pauses[found.name, number] - ROUNDED_S


def most_in_a_window(moments: Sequence[float], seconds: float) -> int:
    """How many of these lie within any so many seconds."""
    return max(sum(1 for when in moments if begin <= when < begin + seconds) for begin in moments)
