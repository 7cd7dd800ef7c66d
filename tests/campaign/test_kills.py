"""`fleet up` killed at every boundary of its effects, and at random times: the next run converges, paying once."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.campaign.arena import Arena, Books, Runner

EFFECTS = {
    line.split()[0]: int(line.split()[1])
    for line in (Path(__file__).parent / "effects.txt").read_text(encoding="utf-8").splitlines()
}
BOUNDARIES = [
    f"{kind}#{ordinal}:{side}"
    for kind, count in EFFECTS.items()
    for ordinal in range(1, count + 1)
    for side in ("before", "after")
]
RANDOM_TIMES = 20
ONCE_EACH = {"miner_1": 1, "miner_2": 1, "validator_1": 1}

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    forking = Runner()
    yield forking
    forking.close()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, runner: Runner) -> tuple[list[str], Books]:
    """The boundaries that a run crosses, in order, and the books after it."""
    arena = Arena(tmp_path_factory.mktemp("undisturbed"), runner)
    try:
        assert arena.up(record=True) == {"status": 0, "signal": None}, arena.told()
        return arena.crossed(), arena.books()
    finally:
        arena.close()


@pytest.fixture
def arena(tmp_path: Path, runner: Runner) -> Iterator[Arena]:
    fleet = Arena(tmp_path, runner)
    yield fleet
    fleet.close()
    assert fleet.left_over() == []


def assert_converges(arena: Arena, books: Books) -> None:
    """The next run finishes what was begun: same events, same balances, one process a neuron, nothing left to do."""
    assert arena.up() == {"status": 0, "signal": None}, arena.told()
    found = arena.books()
    assert found.events == books.events
    assert found.before_refusals() == books.before_refusals()
    assert arena.processes() == ONCE_EACH
    assert arena.plan()["steps"] == []


@pytest.mark.slow
def test_the_boundaries_are_those_of_an_undisturbed_run(undisturbed: tuple[list[str], Books]) -> None:
    assert sorted(undisturbed[0]) == sorted(BOUNDARIES)


@pytest.mark.slow
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_run_killed_at_a_boundary_is_finished_by_the_next(
    boundary: str, arena: Arena, undisturbed: tuple[list[str], Books]
) -> None:
    assert arena.up(fatal=boundary) == {"status": None, "signal": signal.SIGKILL}, arena.told()
    assert_converges(arena, undisturbed[1])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(RANDOM_TIMES))
def test_a_run_killed_at_a_random_time_is_finished_by_the_next(
    seed: int, arena: Arena, undisturbed: tuple[list[str], Books]
) -> None:
    arena.up(after_s=random.Random(seed).uniform(0.2, 8.0))
    assert_converges(arena, undisturbed[1])
