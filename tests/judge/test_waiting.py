"""`netctl check --wait`, and the periods and orders that judging stands on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from netctl import packs, profile, resolve
from netctl.cli.checking import until_decided
from netctl.fleet import Fleet
from netctl.judge.criterion import Criterion
from netctl.judge.judging import EVER, Case, judge
from netctl.judge.measured import Measured
from netctl.judge.periods import periods_of
from netctl.judge.registry import METRICS
from netctl.judge.target import target_of
from netctl.judge.verdicts import Judgement, Verdict
from netctl.supervisor import orders

pytestmark = pytest.mark.fast
ROOT = Path(__file__).parents[2]


def judgement(ok: bool | None) -> Judgement:
    criterion = Criterion("crashes", "minimum", "crashes", target_of("none", "count", has_whole=False))
    return Judgement("fleet", True, (Verdict(criterion, METRICS["crashes"], Measured(0), ok, None),))


@dataclass
class Stopped:
    """A clock that goes only while somebody sleeps."""

    at: float = 0.0
    naps: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.at += seconds


def test_waiting_ends_when_all_is_decided() -> None:
    looks = iter([judgement(None), judgement(None), judgement(False)])
    clock, told = Stopped(), []
    found = asyncio.run(until_decided(lambda: next(looks), 1800.0, clock, told.append))
    assert (found.decided, found.ok, clock.at) == (True, False, 10.0)
    assert told == [
        "waiting until all is decided: 0 true, 1 not yet of 1",
        "waiting until all is decided: 0 true, 1 false of 1",
    ]


def test_waiting_ends_when_the_time_is_over() -> None:
    clock, told = Stopped(), []
    found = asyncio.run(until_decided(lambda: judgement(None), 12.0, clock, told.append))
    assert (found.decided, clock.at, clock.naps) == (False, 12.0, [5.0, 5.0, 2.0])
    assert told[-1] == "not all is decided after 12s"


def fleet_of(text: str, place: Path) -> Fleet:
    path = place / "p.yaml"
    path.write_text(text)
    return resolve.resolve(
        profile.load(path), profile_path=path, state_home=place / "state", python=Path("/python"), rehearse=True
    )


WRITTEN = """\
name: some
network: test
netuid: 428
neurons: {pack: resi}
miners:
  - {name: said, env: {MINER_EVAL_PERIOD_MINUTES: 5}}
  - {name: named, env: {MINER_EVAL_PERIOD_MINUTES: $MINUTES}}
  - {name: unset, env: {MINER_EVAL_PERIOD_MINUTES: $NOBODY_SETS_THIS}}
  - {name: filed, env_file: period.env}
  - {name: silent}
  - {name: wordy, env: {MINER_EVAL_PERIOD_MINUTES: soon}}
validators:
  - {name: validator_1, env_file: period.env, stake: 310}
rehearsal: {time_scale: 60}
"""


def test_a_period_is_what_the_neuron_itself_is_told(tmp_path: Path) -> None:
    (tmp_path / "period.env").write_text("MINER_EVAL_PERIOD_MINUTES=7\n")
    fleet = fleet_of(WRITTEN, tmp_path)
    found = periods_of(fleet, packs.load("rehearsal"), {"MINUTES": "10"})
    assert found == {"said": 5.0, "named": 10.0, "filed": 7.0, "silent": 60.0, "validator_1": 7.0}


def test_without_a_period_in_the_pack_nobody_has_one(tmp_path: Path) -> None:
    (tmp_path / "period.env").write_text("")
    pack = packs.load("rehearsal")
    bare = replace(pack, spec=pack.spec.model_copy(update={"evaluation_period": None}))
    assert periods_of(fleet_of(WRITTEN, tmp_path), bare, {}) == {}


def test_a_fleet_that_never_ran_has_everything_open(tmp_path: Path) -> None:
    (tmp_path / "period.env").write_text("")
    text = WRITTEN + "criteria: {minimum: {crashes: none}}\n"
    found = judge(Case(fleet_of(text, tmp_path), packs.load("rehearsal"), {}, {}, window=EVER))
    assert (found.window, [verdict.ok for verdict in found.verdicts]) == (None, [None])


@pytest.mark.parametrize("name", ["day2.yaml", "day2-geo.yaml"])
def test_a_supervisor_can_go_by_a_fleet_with_criteria(name: str, tmp_path: Path) -> None:
    """Infinity has no word in JSON: a supervisor that could not read its orders recorded nothing."""
    path = ROOT / "profiles" / name
    fleet = resolve.resolve(
        profile.load(path), profile_path=path, state_home=tmp_path, python=Path("/python"), rehearse=True
    )
    kept = tmp_path / "orders.json"
    kept.write_bytes(orders.encoded(fleet))
    assert orders.read(kept).criteria == fleet.criteria
