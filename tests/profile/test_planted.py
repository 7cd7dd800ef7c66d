"""Planted trouble, from the profile to what a stand-in reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netctl.errors import UsageError
from netctl.fleet import Fleet
from netctl.profile import load
from netctl.rehearsal.trouble import read_trouble
from netctl.resolve import resolve

pytestmark = pytest.mark.fast
PROFILE = """
name: planted
network: test
netuid: 428
neurons: {pack: resi}
miners:
  - {name: "miner_{i}", count: 5}
validators:
  - {name: "validator_{i}", count: 2, stake: 310}
rehearsal:
  time_scale: 75
  seed: 7
  trouble:
    miner_1: {lies: true, slow: 1m}
    miner_2: duplicates
    miner_3: {duplicates: miner_4}
    miner_4: {stops_uploading: after 3m}
    miner_5: stops_uploading
    validator_2: copies_weights
    api: {errors: {from: 2m, for: 10m}, limit: {calls: 400, per: 5m}}
"""


def resolved(tmp_path: Path, text: str = PROFILE, **how: Any) -> Fleet:
    path = tmp_path / "planted.yaml"
    path.write_text(text)
    return resolve(load(path), profile_path=path, state_home=tmp_path, python=Path("/python"), **how)


def test_what_the_profile_plants_is_what_each_stand_in_reads(tmp_path: Path) -> None:
    planted = resolved(tmp_path, rehearse=True).planted
    read = {
        name: read_trouble(planted.orders(name))
        for name in ("miner_1", "miner_2", "miner_3", "miner_4", "miner_5", "validator_1", "validator_2")
    }
    assert (read["miner_1"].lies, read["miner_1"].slow_s) == (True, 60.0)
    assert [read[name].duplicates for name in ("miner_1", "miner_2", "miner_3")] == [None, "miner_1", "miner_4"]
    assert [read[name].stops_uploading_s for name in ("miner_3", "miner_4", "miner_5")] == [None, 180.0, 0.0]
    assert [read[name].copies_weights for name in ("validator_1", "validator_2")] == [None, "validator_1"]
    assert {trouble.api.errors for trouble in read.values()} == {(120.0, 720.0)}
    assert {trouble.api.limit for trouble in read.values()} == {(400, 300.0)}


def test_nothing_planted_is_nothing_said(tmp_path: Path) -> None:
    fleet = resolved(tmp_path, PROFILE.split("  trouble:")[0], rehearse=True)
    assert not fleet.planted
    assert fleet.planted.orders("miner_1") == ""
    assert fleet.seed == 7


@pytest.mark.parametrize("how", [{}, {"network": "finney"}, {"network": "local"}, {"network": "ws://127.0.0.1:9"}])
def test_trouble_is_refused_outside_rehearsals(tmp_path: Path, how: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="plants trouble"):
        resolved(tmp_path, **how)
    assert not resolved(tmp_path, PROFILE.split("  trouble:")[0], **how).planted


@pytest.mark.parametrize(("scale", "block_time_s"), [(1, 0.25), (60, 0.25), (75, 0.2), (240, 0.0625), (10_000, 0.05)])
def test_the_chain_keeps_up_with_faster_neurons(tmp_path: Path, scale: int, block_time_s: float) -> None:
    text = PROFILE.replace("time_scale: 75", f"time_scale: {scale}")
    assert resolved(tmp_path, text, rehearse=True).block_time_s == pytest.approx(block_time_s)
    own = text.replace("seed: 7", "block_time: 1")
    assert resolved(tmp_path, own, rehearse=True).block_time_s == 1.0
