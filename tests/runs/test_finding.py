"""How long runs were, and which one a word means."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl.errors import UsageError
from netctl.runs.finding import meant, past_of
from netctl.runs.shelf import path_of
from netctl.store.database import change, opened
from tests.runs.made import ended_at, put, run

pytestmark = pytest.mark.fast

FIRST, SECOND, THIRD = "20261128-120000", "20261128-130000", "20261129-090000"


def none_open(_state: Path) -> None:
    return None


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Three runs: one ended by hand, one that nobody ended, one that is open."""
    state = tmp_path / "day2-rehearsal"
    put(state, run(THIRD, began=3000.0), run(FIRST, end=ended_at(1500.0, 140)), run(SECOND, began=2000.0))
    with opened(state / "metrics.db") as store, change(store):
        looks = [(1100.0, 110), (2100.0, 210), (2600.0, 260), (3100.0, 310)]
        store.executemany("INSERT INTO looks (time, block, last_epoch) VALUES (?, ?, 0)", looks)
        store.execute("INSERT INTO processes VALUES ('miner_1', 2650.0, 7, 1.0, 1.0, 1, 1, 1, 1, 1, 1, 1)")
    return state


def test_a_run_ends_when_it_was_ended_or_when_it_was_last_sampled_or_not_yet(state: Path) -> None:
    past = past_of(state, lambda _: THIRD, 3500.0)
    assert [(kept.run.id, kept.until, kept.last_block, kept.running) for kept in past.runs] == [
        (FIRST, 1500.0, 140, False),
        (SECOND, 2650.0, 260, False),
        (THIRD, 3500.0, 310, True),
    ]


def test_an_end_that_was_written_down_does_not_count_for_a_run_that_goes_on(state: Path) -> None:
    kept = past_of(state, lambda _: FIRST, 1600.0).runs[0]
    assert (kept.until, kept.last_block, kept.running) == (1600.0, 110, True)


def test_runs_are_told_without_metrics_db_too(state: Path) -> None:
    (state / "metrics.db").unlink()
    assert [(kept.until, kept.last_block) for kept in past_of(state, none_open, 9.0).runs] == [
        (1500.0, 140),
        (2000.0, None),
        (3000.0, None),
    ]


def test_a_damaged_record_is_told_and_hides_no_other(state: Path) -> None:
    path_of(state, SECOND).write_text('{"id": 3}')
    later = path_of(state, THIRD)
    later.write_text(later.read_text().replace('"format": 1', '"format": 2'))
    past = past_of(state, none_open, 9.0)
    assert [kept.run.id for kept in past.runs] == [FIRST]
    assert [one.id for one in past.damaged] == [SECOND, THIRD]
    assert "is no record of a run" in past.damaged[0].why
    assert "of a later netctl (format 2)" in past.damaged[1].why


@pytest.mark.parametrize(
    ("word", "found"),
    [(FIRST, FIRST), ("20261129", THIRD), ("20261128-13", SECOND), ("last", THIRD), ("last-2", FIRST)],
)
def test_a_word_means_a_run_of_the_fleet(state: Path, word: str, found: str) -> None:
    assert meant(word, lambda: state, none_open, 9000.0).run.id == found


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("20261128", "2 runs of day2-rehearsal begin so"),
        ("2025", "day2-rehearsal has no such run"),
        ("last-3", "day2-rehearsal has no such run"),
    ],
)
def test_a_word_that_means_no_single_run_is_refused_with_those_that_there_are(
    state: Path, word: str, told: str
) -> None:
    with pytest.raises(UsageError, match=told) as refused:
        meant(word, lambda: state, none_open, 9000.0)
    assert FIRST in refused.value.hint


def test_a_path_means_a_run_wherever_it_lies_and_no_fleet_is_asked_for(state: Path) -> None:
    def nobody() -> Path:
        raise AssertionError("a path needs no fleet")

    for path in (path_of(state, SECOND), path_of(state, SECOND).parent):
        kept = meant(str(path), nobody, none_open, 9000.0)
        assert (kept.run.id, kept.until, kept.store) == (SECOND, 2650.0, state / "metrics.db")
    assert meant(str(state), nobody, none_open, 9000.0).run.id == THIRD
    with pytest.raises(UsageError, match="no run lies there"):
        meant(str(state.parent), nobody, none_open, 9000.0)


def test_a_record_that_was_carried_elsewhere_is_read_alone(state: Path, tmp_path: Path) -> None:
    alone = tmp_path / "mail" / "attached.json"
    alone.parent.mkdir()
    alone.write_bytes(path_of(state, FIRST).read_bytes())
    kept = meant(str(alone), lambda: state, none_open, 9000.0)
    assert (kept.run.id, kept.until, kept.last_block, kept.store.exists()) == (FIRST, 1500.0, 140, False)
