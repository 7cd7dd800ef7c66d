"""One clock for all, and rounds that depend on their number alone."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from netctl.rehearsal.day import LEAD_S, Day, await_day, find_day, open_day
from netctl.rehearsal.pace import EnvironmentFault, Pace, read_surroundings

pytestmark = pytest.mark.fast
FIVE = Pace(scale=75.0, eval_period_s=300.0)


def test_the_day_begins_at_nine_a_little_after_the_first_validator_and_once(tmp_path: Path) -> None:
    assert find_day(tmp_path, 75.0, 0.0) is None
    day = open_day(tmp_path, 75.0, 1_000.0)
    assert day == Day(75.0, 1_000.0 + LEAD_S)
    assert open_day(tmp_path, 75.0, 2_000.0) == day
    assert find_day(tmp_path, 75.0, 3_000.0) == day
    assert (day.hour(0.0), day.hour(3_600.0)) == (488_193, 488_194)
    assert day.elapsed(day.wall(36_000.0)) == pytest.approx(36_000.0)
    assert day.wall(36_000.0) - day.opened_s == pytest.approx(480.0)


@pytest.mark.parametrize(("scale", "wall_s"), [(1.0, 10.0), (10.0, 10.0), (60.0, 5.5)])
def test_nobody_waits_long_for_the_first_evaluation_of_a_slow_day(tmp_path: Path, scale: float, wall_s: float) -> None:
    day = open_day(tmp_path, scale, 1_000.0, first_look_s=FIVE.evaluation(0))
    assert day.wall(FIVE.evaluation(0)) == pytest.approx(1_000.0 + wall_s)


def test_another_pace_goes_on_from_the_same_moment(tmp_path: Path) -> None:
    day = open_day(tmp_path, 75.0, 1_000.0)
    slower = find_day(tmp_path, 1.0, 1_100.0)
    assert slower is not None
    assert slower.elapsed(1_100.0) == pytest.approx(day.elapsed(1_100.0))
    assert find_day(tmp_path, 1.0, 1_200.0) == slower
    assert json.loads((tmp_path / "day.json").read_text())["scale"] == 1.0


def test_a_miner_that_no_validator_joins_opens_the_day_itself(tmp_path: Path) -> None:
    day = asyncio.run(await_day(tmp_path, 75.0, patience_s=0.0))
    assert find_day(tmp_path, 75.0, 0.0) == day


def test_evaluations_come_in_the_middle_of_a_round() -> None:
    assert [FIVE.evaluation(cycle) for cycle in range(3)] == [150.0, 450.0, 750.0]
    assert [FIVE.cycle_at(moment) for moment in (-300.0, 0.0, 449.0, 450.0, 751.0)] == [0, 0, 0, 1, 2]
    hourly = Pace(eval_period_s=3_600.0)
    assert (hourly.round_s, hourly.evaluation(1)) == (300.0, 3_750.0)
    assert Pace(eval_period_s=60.0).evaluation(1) == 90.0


def test_an_organic_miner_learns_once_between_two_settings_of_weights() -> None:
    weights = [FIVE.evaluation(cycle) for cycle in range(0, 16, FIVE.cycles_per_weights)]
    lesson, lessons = 0.0, []
    for _ in weights:
        lesson = FIVE.lesson_after(lesson)
        lessons.append(lesson)
    assert all(set_at < lesson < set_at + 1_200 for set_at, lesson in zip(weights, lessons, strict=True))
    assert FIVE.lesson_after(-10.0) == lessons[0]


def test_planted_trouble_is_read_and_what_is_none_is_refused_by_name() -> None:
    text = '{"lies": true, "slow_s": 20.0, "api": {"errors": [120.0, 720.0], "limit": [400, 300.0]}}'
    found = read_surroundings({"REHEARSAL_TROUBLE": text, "REHEARSAL_PLACE": "/p", "RAPIDAPI_KEY": "k3y"})
    assert (found.trouble.lies, found.trouble.slow_s, found.trouble.duplicates) == (True, 20.0, None)
    assert (found.trouble.api.errors, found.trouble.api.limit) == ((120.0, 720.0), (400, 300.0))
    assert [found.trouble.api.fails_at(moment) for moment in (119.0, 120.0, 719.0, 720.0)] == [False, True, True, False]
    assert "k3y" not in repr(found)
    assert found.key != read_surroundings({}).key
    for wrong in ("{", '{"sulks": true}', '{"api": 3}', '{"api": {"errors": [1]}}', "[]"):
        with pytest.raises(EnvironmentFault, match="REHEARSAL_TROUBLE"):
            read_surroundings({"REHEARSAL_TROUBLE": wrong})
