"""What the store tells of neurons: read bit by bit, it is what it would be read at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl.live.reading import Reading
from netctl.live.recorded import KEPT_S, Recorded
from netctl.store.database import FILE, opened
from tests.store.written import chain_row, event, look, process

pytestmark = pytest.mark.fast

NOW = 1_800_000_000.0
NAMES = {"5H1": "miner_1", "5H2": "miner_2", "5V1": "validator_1"}


def _early(state: Path) -> None:
    with opened(state / FILE) as store:
        look(store, NOW - 400, block=100)
        chain_row(store, 1, NOW - 400, "5H1", incentive=0.25, emission_rao=5)
        chain_row(store, 2, NOW - 400, "5Stranger", incentive=0.5)
        process(store, "miner_1", NOW - 400, pid=7, started=NOW - 500, cpu_s=50, memory=80, written=0)
        process(store, "miner_1", NOW - 300, pid=7, started=NOW - 500, cpu_s=60, memory=81, written=0)
        event(store, "validator_1", "evaluated", NOW - 350, uid=1, score=5.0, credibility=0.25)
        event(store, "validator_2", "evaluated", NOW - 340, uid=1, score=7.0, credibility=0.5)
        event(store, "validator_1", "evaluated", NOW - 330, uid=2, score=9.0)
        event(store, "validator_1", "evaluated", NOW + 90_000, uid=1, score=99.0)


def _late(state: Path) -> None:
    with opened(state / FILE) as store:
        look(store, NOW - 100, block=200)
        chain_row(store, 2, NOW - 100, "5H2", incentive=0.75, emission_rao=6)
        process(store, "miner_1", NOW - 90, pid=9, started=NOW - 100, cpu_s=2, memory=90, written=0)
        event(store, "validator_1", "evaluated", NOW - 80, uid=1, score=6.0, credibility=0.5)
        event(store, "validator_1", "evaluated", NOW - 70, uid=2, score=2.26e-38)
        event(store, "elsewhere", "evaluated", NOW - 60, uid=1, score=1000.0, foreign=True)


def _without_slots(found: Recorded) -> tuple[object, ...]:
    return found.verdicts, found.judged_at, found.used, found.earned


def test_verdicts_use_and_pay_are_by_neuron_and_those_of_others_are_nobodys(tmp_path: Path) -> None:
    _early(tmp_path)
    _late(tmp_path)
    found = Reading(tmp_path).look(NAMES, NOW)
    assert found.problem is None
    told = {miner: [(v.validator, v.score, v.credibility) for v in each] for miner, each in found.verdicts.items()}
    assert told["miner_1"] == [("validator_1", 6.0, 0.5), ("validator_2", 7.0, 0.5)]
    assert told["miner_2"] == [("validator_1", 2.26e-38, None)], "the verdict on who held the uid before is not its own"
    assert found.judged_at == {"validator_1": NOW - 70, "validator_2": NOW - 340}
    assert [value for _, value in found.over_time["score", "miner_1"]] == [5.0, 7.0, 6.0]
    assert {name: paid.incentive for name, paid in found.earned.items()} == {"miner_1": 0.25, "miner_2": 0.75}
    assert found.first == NOW - 400


def test_a_share_of_a_core_is_between_two_samples_of_one_process(tmp_path: Path) -> None:
    _early(tmp_path)
    reading = Reading(tmp_path)
    assert reading.look(NAMES, NOW).used["miner_1"].cpu == pytest.approx(0.1)
    _late(tmp_path)
    used = reading.look(NAMES, NOW).used["miner_1"]
    assert (used.pid, used.cpu, used.memory_bytes) == (9, pytest.approx(0.2), 90), "a new one since it was started"


def test_read_bit_by_bit_it_is_what_it_is_at_once(tmp_path: Path) -> None:
    _early(tmp_path)
    reading = Reading(tmp_path)
    first = reading.look(NAMES, NOW)
    assert reading.look(NAMES, NOW) is first, "nothing new, nothing read"
    _late(tmp_path)
    bit_by_bit, at_once = reading.look(NAMES, NOW), Reading(tmp_path).look(NAMES, NOW)
    assert _without_slots(bit_by_bit) == _without_slots(at_once) != _without_slots(first)
    assert [value for _, value in bit_by_bit.over_time["memory", "miner_1"]] == [80, 81, 90]
    assert [value for _, value in bit_by_bit.over_time["incentive", "miner_1"]] == [0.25], "told once"


def test_what_held_when_the_day_began_is_told(tmp_path: Path) -> None:
    with opened(tmp_path / FILE) as store:
        look(store, NOW - 1, block=100)
        chain_row(store, 1, NOW - 2 * KEPT_S, "5H1", incentive=0.125)
    assert Reading(tmp_path).look(NAMES, NOW).earned["miner_1"].incentive == 0.125


def test_without_a_store_it_is_said_and_one_that_comes_is_read(tmp_path: Path) -> None:
    reading = Reading(tmp_path)
    found = reading.look(NAMES, NOW)
    assert (found.verdicts, "is not there" in str(found.problem)) == ({}, True)
    _early(tmp_path)
    assert reading.look(NAMES, NOW).verdicts.keys() == {"miner_1", "5Strange…"}


def test_a_store_that_goes_leaves_what_was_read_and_another_is_read_anew(tmp_path: Path) -> None:
    _early(tmp_path)
    reading = Reading(tmp_path)
    before = reading.look(NAMES, NOW)
    for path in tmp_path.glob(f"{FILE}*"):
        path.rename(tmp_path / f"away-{path.name}")
    gone = reading.look(NAMES, NOW)
    assert (gone.verdicts, gone.problem is None) == (before.verdicts, False)
    _late(tmp_path)
    assert reading.look(NAMES, NOW).verdicts.keys() == {"miner_2", "uid 1"}, "who had uid 1, the new one does not say"


def test_a_neuron_with_another_hotkey_is_read_anew(tmp_path: Path) -> None:
    _early(tmp_path)
    reading = Reading(tmp_path)
    reading.look({"5H2": "miner_1"}, NOW)
    assert reading.look(NAMES, NOW).verdicts["miner_1"]


def test_what_is_no_store_is_said_and_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no store" * 1000)
    assert "cannot be used" in str(Reading(tmp_path).look(NAMES, NOW).problem)
