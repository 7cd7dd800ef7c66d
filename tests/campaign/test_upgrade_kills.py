"""An upgrade of a running fleet, killed at boundaries of its effects: the next `up` finishes it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.campaign.arena import Arena, Runner
from tests.campaign.test_kills import ONCE_EACH

BOUNDARIES = (
    "replace#1:after",
    "replace#6:after",
    *(f"launch#{n}:{side}" for n in (1, 2, 3) for side in ("before", "after")),
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass
class Upgrades:
    """A fleet that runs, and a variable of all its neurons that changes from one trial to the next."""

    arena: Arena
    number: int = 0

    def change(self) -> None:
        self.number += 1
        text = self.arena.profile.read_text(encoding="utf-8").partition("\ndefaults:")[0].rstrip("\n")
        self.arena.profile.write_text(f"{text}\ndefaults: {{env: {{WAIT: {self.number}}}}}\n", encoding="utf-8")

    def whys(self) -> dict[str, list[str]]:
        """Why each neuron would be restarted."""
        steps = self.arena.plan()["steps"]
        return {step["neuron"]: step["why"] for step in steps if step["action"] == "restart_sessions"}


@pytest.fixture(scope="module")
def upgrades(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgrades]:
    runner = Runner()
    found = Upgrades(Arena(tmp_path_factory.mktemp("upgrades"), runner))
    try:
        found.change()
        assert found.arena.up() == {"status": 0, "signal": None}, found.arena.told()
        yield found
    finally:
        found.arena.close()
        runner.close()
    assert found.arena.left_over() == []


def test_the_plan_says_why_and_an_upgrade_launches_one_by_one(upgrades: Upgrades) -> None:
    upgrades.change()
    changed = [f"variable WAIT {upgrades.number - 1} → {upgrades.number}"]
    assert upgrades.whys() == dict.fromkeys(ONCE_EACH, changed)
    assert upgrades.arena.up(record=True) == {"status": 0, "signal": None}, upgrades.arena.told()
    assert set(BOUNDARIES) <= set(upgrades.arena.crossed())
    (upgrades.arena.root / "crossed.txt").unlink()


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_an_upgrade_killed_at_a_boundary_is_finished_by_the_next(boundary: str, upgrades: Upgrades) -> None:
    arena = upgrades.arena
    upgrades.change()
    assert arena.up(fatal=boundary) == {"status": None, "signal": signal.SIGKILL}, arena.told()
    (arena.root / "crossed.txt").unlink()
    assert arena.up() == {"status": 0, "signal": None}, arena.told()
    assert arena.processes() == ONCE_EACH
    assert arena.plan()["steps"] == []
