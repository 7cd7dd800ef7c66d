"""When a dead neuron is started again: the rule by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netctl.fleet import RestartPolicy, Supervision
from netctl.ports import FAULT, STOPPED, SessionFacts
from netctl.supervisor import restarts

pytestmark = pytest.mark.fast

POLICY = RestartPolicy(backoff_s=2, most_s=60, tries=5, window_s=600)
DIED = 1_000_000.0


def dead(name: str = "miner_1", **changes: Any) -> SessionFacts:
    """A session that exited with 1 at `DIED`."""
    fields: dict[str, Any] = {"exit_code": 1, "exit_signal": None, "labels": {}, "ended_at": DIED}
    return SessionFacts(name, "hash", None, None, restarts=0, **{**fields, **changes})


def after(deaths: int, **changes: Any) -> SessionFacts:
    """The same after so many earlier deaths, a second apart."""
    earlier = ",".join(str(DIED - deaths + number) for number in range(deaths))
    return dead(labels={restarts.DEATHS: earlier}, **changes)


def pause_s(session: SessionFacts, policy: RestartPolicy = POLICY) -> float:
    at = restarts.verdict(policy, session).at
    assert at is not None
    return at - DIED


@pytest.mark.parametrize(
    ("when", "ending", "again"),
    [
        ("never", {"exit_code": 1}, False),
        ("never", {"exit_code": None, "exit_signal": 9}, False),
        ("on-failure", {"exit_code": 0}, False),
        ("on-failure", {"exit_code": 1}, True),
        ("on-failure", {"exit_code": None, "exit_signal": 9}, True),
        ("on-failure", {"exit_code": 0, "labels": {FAULT: "hung: no line for 5m"}}, True),
        ("always", {"exit_code": 0}, True),
        ("always", {"exit_code": 0, "labels": {STOPPED: "netctl fleet down"}}, False),
    ],
)
def test_the_policy_and_the_ending_decide_together(when: Any, ending: dict[str, Any], again: bool) -> None:
    verdict = restarts.verdict(replace(POLICY, when=when), dead(**ending))
    assert (verdict.at is not None) is again
    assert bool(verdict.why_not) is not again


@pytest.mark.parametrize(("deaths", "middle"), [(0, 2), (1, 4), (2, 8), (3, 16), (4, 32)])
def test_the_pause_doubles_with_each_death_and_varies_by_a_quarter(deaths: int, middle: float) -> None:
    pauses = [pause_s(after(deaths, name=f"miner_{number}")) for number in range(200)]
    assert min(pauses) >= middle * 0.75
    assert max(pauses) <= middle * 1.25
    assert max(pauses) - min(pauses) > middle * 0.4


def test_the_pause_is_never_longer_than_the_longest() -> None:
    assert pause_s(after(50), replace(POLICY, tries=100)) <= 60 * 1.25


def test_deaths_before_the_window_do_not_count() -> None:
    old = ",".join(str(DIED - 700 - number) for number in range(20))
    assert pause_s(dead(labels={restarts.DEATHS: old})) <= 2 * 1.25


def test_it_is_given_up_after_as_many_deaths_as_the_policy_bears() -> None:
    assert restarts.verdict(POLICY, after(4)).at is not None
    verdict = restarts.verdict(POLICY, after(5))
    assert verdict.at is None
    assert verdict.is_given_up
    assert verdict.why_not == "given up: it died 6 times within 10m"


def test_a_successor_decides_as_the_supervisor_before_it() -> None:
    assert restarts.verdict(POLICY, after(3)) == restarts.verdict(POLICY, after(3))
    assert pause_s(after(3)) != pause_s(after(3, ended_at=DIED + 1)) - 1


def test_the_history_goes_on_over_starts_and_stays_short() -> None:
    session = dead()
    for number in range(200):
        labels = restarts.history(session, DIED + number)
        session = dead(labels=labels, ended_at=DIED + number)
    assert len(restarts.times(session, restarts.DEATHS)) == restarts.REMEMBERED
    assert restarts.times(session, restarts.DEATHS)[-1] == DIED + 198
    assert restarts.times(session, restarts.STARTED)[-1] == DIED + 199


def test_a_label_that_somebody_spoilt_is_no_history() -> None:
    assert restarts.times(dead(labels={restarts.DEATHS: "x,,-3,1e9,12.5"}), restarts.DEATHS) == [12.5]


@given(
    st.lists(st.tuples(st.floats(0, 200), st.text("abc", min_size=1)), max_size=60),
    st.lists(st.floats(0, 100), max_size=40),
)
def test_no_more_start_within_the_span_than_the_budget_has(due: list[tuple[float, str]], starts: list[float]) -> None:
    budget, now = Supervision(starts=10, per_s=60), 100.0
    names = restarts.within_budget(budget, due, starts, now)
    recent = sum(1 for when in starts if when > now - 60)
    assert len(names) + min(recent, 10) <= 10
    left_out = sorted((at, name) for at, name in due if at <= now)[len(names) :]
    assert not left_out or len(names) + recent >= 10


def test_who_waits_longest_is_started_first() -> None:
    due = [(30.0, "late"), (10.0, "early"), (20.0, "middle"), (200.0, "not yet")]
    assert restarts.within_budget(Supervision(starts=2, per_s=60), due, (), 100.0) == ["early", "middle"]
