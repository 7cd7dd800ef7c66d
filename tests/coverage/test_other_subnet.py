"""Another subnet, told by its pack alone: its list, its databases, and what its validator's log says it asked for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from netctl import packs
from netctl.store.database import opened
from netctl.store.feeding import Feeder, LogSource
from tests.cli.program import Ended, call

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
PACK = """\
pack: weather
title: Weather by zipcode
zipcodes:
  path: stations.csv
  zipcode: code
  rank: people
  largest_first: true
  tiers: [{name: big, first_rank: 100}, {name: small}]
holdings:
  owned: archive
  table: Reading
  label: station
  validation: {asked: [looked], passed: [fine]}
roles:
  miner:
    program: [run]
    options: {--archive: "{{ paths.work }}/archive.db"}
    owns: [{what: archive, option: --archive}]
  validator:
    program: [run]
    signals:
      - name: looked
        match: '(?P<who>5[A-Za-z0-9]{47}) looked at (?P<code>[0-9]{5})'
        means: m
        fields: {who: hotkey, code: zipcode}
        examples: [5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY looked at 08701]
      - name: fine
        match: 'uid (?P<uid>[0-9]+) fine at (?P<code>[0-9]{5})'
        means: m
        fields: {uid: uid, code: zipcode}
        examples: [uid 3 fine at 08701]
"""
PROFILE = """\
name: skies
network: local
netuid: 7
neurons: {pack: ./weather, path: ./checkout}
miners: [{name: "miner_{i}", count: 3, wallet: "w{i}", hotkey: h}]
validators: [{name: validator_1, wallet: v, hotkey: v, stake: 310}]
"""
LOG = f"""\
{ALICE} looked at 08701
{ALICE} looked at 77494
{BOB} looked at 10001
uid 3 fine at 08701
uid 4 fine at 77494
"""


@pytest.fixture
def netctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """`netctl coverage WORDS` on that subnet; the third miner has no hotkey."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NETCTL_HOME", str(tmp_path / "home"))
    state = tmp_path / "home" / "skies-local"
    for folder in ("weather", "checkout"):
        Path(folder).mkdir()
    Path("weather/pack.yaml").write_text(PACK)
    Path("skies.yaml").write_text(PROFILE)
    Path("checkout/stations.csv").write_text("code,people\n10001,50\n08701,200\n77494,100\n")
    for number in (1, 2, 3):
        work = state / "work" / f"miner_{number}"
        work.mkdir(parents=True)
        with closing(sqlite3.connect(work / "archive.db")) as connection, connection:
            connection.execute("CREATE TABLE Reading (station TEXT)")
            connection.executemany("INSERT INTO Reading VALUES (?)", [("08701",)] * number)
    for number, address in ((1, ALICE), (2, BOB)):
        keys = state / "wallets" / f"w{number}" / "hotkeys"
        keys.mkdir(parents=True)
        (keys / "hpub.txt").write_text(json.dumps({"ss58Address": address}))
    (tmp_path / "v.log").write_text(LOG)
    pack = packs.load("./weather", tmp_path)
    with opened(state / "metrics.db") as store:
        feeder = Feeder(store, {"validator": pack.spec.signals_of("validator")})
        feeder.feed(LogSource("validator_1", "validator", "weather", "stdout", tmp_path / "v.log"), now=1.0)
        store.execute("INSERT INTO uids (uid, time, block, hotkey) VALUES (3, 1.0, 1, ?)", (ALICE,))
    return lambda *words: call(capsys, "coverage", "-p", "skies.yaml", *words)


def test_a_subnet_of_another_kind_needs_no_python(netctl: Callable[..., Ended]) -> None:
    found = netctl("--json")
    assert (found.code, found.err) == (0, "")
    assert found.document["universe"]["tiers"] == {"big": 2, "small": 1}
    assert [miner["entities"] for miner in found.document["miners"]] == [1, 2, 3]
    assert [gap["zipcode"] for gap in found.document["gaps"]] == ["77494", "10001"]


def test_what_its_validator_asked_for_is_told_of_each_miner_that_has_a_key(netctl: Callable[..., Ended]) -> None:
    told = [miner["validated"] for miner in netctl("--json").document["miners"]]
    assert [(one["asked"], one["passed"]) for one in told[:2]] == [(2, 1), (1, 0)]
    assert told[0]["zipcodes"]["08701"] == {
        "asked": 1,
        "passed": 1,
        "refused": 0,
        "validators": ["validator_1"],
        "last_at": "1970-01-01T00:00:01Z",
    }
    assert told[2] is None
    shown = netctl().out.splitlines()
    assert [line.split()[-3:] for line in shown[2:4]] == [["1", "of", "2"], ["0", "of", "1"]]
    assert shown[4].endswith("not known")
