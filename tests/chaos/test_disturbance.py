"""What the journal says of disturbances: which hold, which are overdue, what one explains. Nothing is disturbed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netctl.chaos.disturbance import BEGAN, ENDED, Disturbance, explains, holding, of_journal, open_in, overdue

pytestmark = pytest.mark.fast

NOW = 1_790_000_000.0
CUT = Disturbance("a", "cut-rpc", "miner_1", NOW, NOW + 60)
STOP = Disturbance("b", "stop", "miner_2", NOW, NOW + 60, process=4242, birth="ticks 7")
KILL = Disturbance("c", "kill", "miner_3", NOW, process=4243, birth="ticks 8", signal="KILL")
SLOW = Disturbance("d", "slow-rpc", "miner_1", NOW, NOW + 5, delay_s=2.0, jitter_s=0.5)


def began(*made: Disturbance) -> list[dict[str, Any]]:
    """The journal's lines, with the context that the journal adds: netctl's own pid among it."""
    return [{"kind": BEGAN, "time": "t", "pid": 1, "host": "h", "run": "r", "command": "c", **m.facts()} for m in made]


def ended(one: Disturbance) -> dict[str, Any]:
    return {"kind": ENDED, "id": one.id, "neuron": one.neuron, "by": "time"}


def test_a_disturbance_comes_back_from_its_line() -> None:
    assert of_journal(began(CUT, STOP, KILL, SLOW)) == (CUT, STOP, KILL, SLOW)


def test_lines_of_payments_and_of_later_versions_are_passed_over() -> None:
    strange = [{"kind": "intent", "id": "x"}, {**began(CUT)[0], "what": "freeze-disk"}, {"kind": BEGAN, "what": "stop"}]
    without_process = {name: value for name, value in began(STOP)[0].items() if name != "process"}
    assert of_journal([*strange, without_process]) == ()


def test_what_is_closed_or_has_no_end_is_not_open() -> None:
    assert open_in([*began(CUT, KILL, STOP), ended(CUT)]) == (STOP,)


def test_a_cut_holds_until_its_time_and_a_stop_while_the_process_is_stopped() -> None:
    entries = began(CUT, STOP)
    assert holding(entries, NOW + 59, lambda _: True) == (CUT, STOP)
    assert holding(entries, NOW + 61, lambda _: True) == (STOP,)
    assert holding(entries, NOW + 1, lambda _: False) == (CUT,)


def test_overdue_is_what_its_enforcer_had_time_to_end_and_nobody_closed() -> None:
    entries = began(CUT, SLOW, KILL)
    assert overdue(entries, NOW + 6) == ()
    assert overdue(entries, NOW + 30) == (SLOW,)
    assert overdue([*entries, ended(SLOW)], NOW + 30) == ()


@pytest.mark.parametrize(("late_s", "explained"), [(0.2, True), (14.0, True), (16.0, False), (-5.0, False)])
def test_a_kill_explains_an_end_that_followed_it(late_s: float, explained: bool) -> None:
    said = explains(began(CUT, KILL), "miner_3", NOW + late_s)
    assert (said == "netctl chaos kill sent it SIGKILL at 14:13:20 UTC") is explained
    assert (said is None) is not explained


def test_a_kill_explains_no_other_neurons_end_and_a_cut_none_at_all() -> None:
    entries = began(CUT, KILL)
    assert explains(entries, "miner_2", NOW + 0.2) is None
    assert explains(entries, "miner_1", NOW + 0.2) is None


def test_the_latest_kill_is_the_one_that_explains() -> None:
    later = replace(KILL, id="e", since=NOW + 10, signal="TERM")
    assert "SIGTERM" in (explains(began(KILL, later), "miner_3", NOW + 11) or "")
    assert "SIGKILL" in (explains(began(KILL, later), "miner_3", NOW + 2) or "")


def test_people_read_what_holds_and_until_when() -> None:
    assert SLOW.told() == "slow-rpc by 2 s (+-0.5 s) until 14:13:25 UTC"
    assert replace(CUT, hang=True).told() == "cut-rpc (hangs) until 14:14:20 UTC"
    assert STOP.document()["until"] == "2026-09-21T14:14:20Z"
