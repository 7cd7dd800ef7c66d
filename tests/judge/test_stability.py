"""Metrics of what broke, and of what the neurons used."""

from __future__ import annotations

import pytest

from netctl.store.histories import Look
from netctl.store.lives import Use, Was
from tests.judge.made import Scene

pytestmark = pytest.mark.fast


def states(*rows: tuple[float, str, int], name: str = "miner_1") -> list[Was]:
    return [Was(name, at, state, None, restarts, None) for at, state, restarts in rows]


def test_a_death_counts_once_whether_it_was_seen_dead_or_running_again() -> None:
    scene = Scene()
    scene.states = states((0.0, "running", 0), (300.0, "killed", 0), (310.0, "running", 1), (500.0, "running", 2))
    found = scene.measured("crashes")
    assert (found.value, found.why) == (2, "miner_1 2 times")
    scene.states += states((900.0, "exited", 2))
    assert scene.measured("crashes").value == 3


def test_what_was_stopped_on_purpose_is_no_crash() -> None:
    scene = Scene()
    scene.states = states((0.0, "running", 1), (300.0, "stopped", 1))
    assert scene.measured("crashes").value == 0
    assert scene.measured("uptime").value == 1.0


def test_a_thread_that_died_is_a_crash_and_one_evaluation_is_none() -> None:
    scene = Scene()
    scene.states = states((0.0, "running", 0))
    scene.say("miner_2", "thread_died", 10.0, thread="Thread-1", target="run")
    scene.say("validator_1", "thread_died", 20.0, thread="Thread-2", target="eval_miner_sync")
    found = scene.measured("crashes")
    assert (found.value, found.why) == (1, "miner_2 once")
    assert Scene().measured("crashes").value is None


def test_uptime_is_of_the_neuron_that_had_least() -> None:
    scene = Scene()
    scene.states = states((0.0, "running", 0)) + states(
        (100.0, "starting", 0), (200.0, "running", 0), (550.0, "killed", 0), name="miner_2"
    )
    found = scene.measured("uptime")
    assert (found.value, found.why) == (pytest.approx(0.5), "least of miner_2")
    assert found.figures["miner_1"] == 1.0


def test_failed_looks_at_the_chain_are_a_part_of_all_looks() -> None:
    scene = Scene()
    for at in range(8):
        scene.say("validator_1", "step", float(at))
    for at in range(2):
        scene.say("validator_1", "metagraph_failed", 10.0 + at)
    scene.say("miner_1", "resynced", 5.0)
    found = scene.measured("network_errors")
    assert (found.value, found.why) == (pytest.approx(2 / 11), "most of validator_1")


def test_processor_time_is_told_over_every_process_that_a_neuron_was() -> None:
    scene = Scene()
    scene.uses = [
        Use("miner_1", 0.0, 7, 0.0, 1.0, 100, 3),
        Use("miner_1", 100.0, 7, 0.0, 51.0, 300, 9),
        Use("miner_1", 200.0, 8, 0.0, 0.0, 50, 1),
        Use("miner_1", 300.0, 8, 0.0, 10.0, 60, 2),
        Use("miner_2", 0.0, 9, 0.0, 0.0, 400, None),
        Use("miner_2", 100.0, 9, 0.0, 100.0, 500, None),
    ]
    found = scene.measured("processor_use")
    assert (found.value, found.figures["miner_1"]) == (pytest.approx(1.3), pytest.approx(0.3))
    assert found.evidence[0].what == "most processor: miner_2"
    assert scene.measured("memory_use").value == 800
    assert scene.measured("connections").value == 9


def test_time_that_nobody_watched_is_told() -> None:
    scene = Scene()
    scene.looks = [Look(at, 1, 0) for at in (0.0, 50.0, 100.0, 460.0, 500.0, 940.0, 1000.0)]
    found = scene.measured("observed")
    assert (found.value, found.figures["longest gap"]) == (pytest.approx(1 - (300 + 380) / 1000), 440.0)
