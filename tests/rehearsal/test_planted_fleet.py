"""Whole rehearsals by the real program: planted trouble shows in the store, and one seed gives one verdict."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import run
from tests.ports import free_ports

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
MINERS = """
  - name: miner_1
    strategy: {strategy: premium_focus, target_zipcodes: ["77494", "08701", "77449", "77084", "79936"]}
  - name: miner_2
    strategy: {strategy: east, target_zipcodes: ["10001", "07086", "33139", "02118", "19124"], scrape_frequency: 360}
  - name: miner_3
    strategy: {strategy: west, target_zipcodes: ["90250", "92154", "94110", "97206", "98052"], scrape_frequency: 360}
  - name: miner_4
    strategy: {strategy: rural, target_zipcodes: ["59901", "83843", "57701", "58501", "82001"], scrape_frequency: 600}
  - name: miner_5
    strategy: {strategy: everything}
"""
TROUBLE = """
  trouble:
    miner_2: {duplicates: miner_4}
    miner_3: lies
    miner_4: {stops_uploading: after 10m}
    miner_5: {slow: 60s}
    validator_2: copies_weights
    api: {errors: {from: 1h, for: 20m}}
"""


@dataclass(frozen=True)
class Store:
    """The store of a rehearsal, read by the names of signals."""

    path: Path

    def events(self, signal: str, of: str | None = None) -> list[dict[str, Any]]:
        """The fields of each event, with its `time`, its neuron as `by`, and whom it is about as `uid` and `hotkey`."""
        query = """
            SELECT sources.name, events.time, events.uid, events.hotkey, events.data FROM events
            JOIN signals ON signals.id = events.signal JOIN sources ON sources.id = events.source
            WHERE signals.name = ? ORDER BY events.time, events.source, events.offset, events.number
        """
        rows = self._rows(query, signal)
        told = [
            json.loads(data) | {"by": by, "time": at, "uid": uid, "hotkey": hotkey}
            for by, at, uid, hotkey, data in rows
        ]
        return [event for event in told if of in (None, event["by"])]

    def weights(self) -> dict[int, list[tuple[float, dict[str, float]]]]:
        """Each validator's weights by its uid, with the time at which they were seen first."""
        given: dict[int, list[tuple[float, dict[str, float]]]] = {}
        for uid, at, targets in self._rows("SELECT uid, time, targets FROM weights ORDER BY time"):
            given.setdefault(uid, []).append((at, json.loads(targets)))
        return given

    def _rows(self, query: str, *values: str) -> list[Any]:
        if not self.path.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            return connection.execute(query, values).fetchall()


def rehearsing(here: Path, *, scale: int, validators: int, more: str = "") -> AbstractContextManager[Store]:
    """A rehearsal of five miners, up while the block runs."""
    return playing(
        here,
        f"name: play\nnetwork: test\nnetuid: 428\nneurons: {{pack: resi}}\n"
        f"defaults: {{first_port: {free_ports(1)[0]}, env: {{MINER_EVAL_PERIOD_MINUTES: 5}}}}\n"
        f"miners:{MINERS}validators:\n  - {{name: 'validator_{{i}}', count: {validators}, stake: 310}}\n"
        f"registration: {{max_burn: 1}}\nrehearsal:\n  time_scale: {scale}{more or chr(10)}",
    )


@contextmanager
def playing(here: Path, profile: str) -> Iterator[Store]:
    """A rehearsal of a profile with the name `play`, as play.yaml, up while the block runs."""
    here.mkdir()
    (here / "home").mkdir()
    (here / "play.yaml").write_text(profile, encoding="utf-8")
    environment = {"HOME": str(here / "home")}
    try:
        up = run("fleet", "up", "play.yaml", "--rehearse", "--yes", cwd=here, timeout_s=180, **environment)
        assert up.code == 0, up.err
        yield Store(here / ".netctl" / "play-rehearsal" / "metrics.db")
    finally:
        run("fleet", "down", "play.yaml", "--rehearse", cwd=here, timeout_s=180, **environment)


def uid_of(store: Store, neuron: str) -> int:
    return int(store.events("own_uid", neuron)[0]["uid"])


def wait_for(what: str, found: Callable[[], bool], deadline_s: float) -> None:
    """Poll, not as often as it can: each look reads much of the store."""
    deadline = time.monotonic() + deadline_s
    while not found():
        assert time.monotonic() < deadline, f"not within {deadline_s:g} s: {what}"
        time.sleep(0.5)


def test_every_planted_trouble_shows_in_the_store_by_its_signal(tmp_path: Path) -> None:
    """At 150 the three hours after which nothing uploaded is recent are 72 seconds."""
    with rehearsing(tmp_path / "here", scale=150, validators=2, more=TROUBLE) as store:

        def no_data() -> bool:
            return any(event["outcome"] == "no_data" for event in store.events("s3_verdict"))

        wait_for("a verdict that nothing recent was uploaded", no_data, 150)
        uids = {uid_of(store, name): name for name in ("miner_1", "miner_2", "miner_3", "miner_4", "miner_5")}
        hotkeys = {event["hotkey"]: uids[event["uid"]] for event in store.events("s3_verdict")}
        evaluations = store.events("evaluated")
        outcomes: dict[str, set[str]] = {}
        for event in store.events("s3_verdict"):
            outcomes.setdefault(uids[event["uid"]], set()).add(event["outcome"])

        assert outcomes["miner_1"] == outcomes["miner_5"] == {"passed"}
        assert outcomes["miner_2"] == {"duplicates"}
        assert {hotkeys[event["hotkey"]] for event in store.events("duplicate")} == {"miner_2"}
        assert {hotkeys[event["hotkey"]] for event in store.events("s3_duplicates")} == {"miner_2"}

        assert "failed" in outcomes["miner_3"]
        refuted = [event for event in store.events("api_result") if event["outcome"] == "refuted"]
        assert {hotkeys[event["hotkey"]] for event in refuted} == {"miner_3"}
        assert store.events("content_refuted")

        assert outcomes["miner_4"] >= {"passed", "no_data"}
        last = {name: max(event["time"] for event in store.events("uploaded", name)) for name in uids.values()}
        assert last["miner_4"] < min(last[name] for name in ("miner_1", "miner_3", "miner_5")) - 50
        own = {event["by"]: event["hotkey"] for event in store.events("uploaded")}
        assert {name: hotkeys[hotkey] for name, hotkey in own.items()} == {name: name for name in own}

        waits = {name: waited(store, hotkey) for hotkey, name in hotkeys.items()}
        assert min(waits["miner_5"]) >= 60 / 150
        assert sorted(waits["miner_1"])[len(waits["miner_1"]) // 2] < 60 / 150

        assumed = [event for event in store.events("api_result") if event["outcome"] == "assumed"]
        assert {event["valid"] for event in assumed} == {True}
        assert {hotkeys[event["hotkey"]] for event in assumed} >= {"miner_1", "miner_3", "miner_5"}
        span_s = max(event["time"] for event in assumed) - min(event["time"] for event in assumed)
        assert span_s <= 20 * 60 / 150 + 2
        during = {event["time"] for event in store.events("scraped") if event["entities"] == 0}
        assert during
        assert {event["by"] for event in store.events("api_error")} >= {"validator_1", "miner_1"}
        assert store.events("scrape_failed")

        assert {event["by"] for event in evaluations} == {"validator_1"}
        first, second = (store.weights()[uid_of(store, name)] for name in ("validator_1", "validator_2"))
        assert all(any(targets == given for _, given in first) for _, targets in second[1:])
        assert len(second) > 1


def waited(store: Store, hotkey: str) -> list[float]:
    """How long a validator waited for a miner's index, evaluation by evaluation, in wall seconds."""
    begun = [event["time"] for event in store.events("evaluation_started") if event["hotkey"] == hotkey]
    answered = [event["time"] for event in store.events("index_received") if event["hotkey"] == hotkey]
    return [next(at for at in answered if at >= start) - start for start in begun if start <= max(answered)]


def test_two_runs_of_one_seed_come_to_the_same_scores(tmp_path: Path) -> None:
    """By the rules, not by races: to the last digit, evaluation by evaluation. At 60 a busy machine misses none."""
    cycles = 10
    played = []
    for name in ("first", "second"):
        with rehearsing(tmp_path / name, scale=60, validators=1) as store:
            wait_for("ten evaluations of each", lambda s=store: len(s.events("evaluated")) >= 5 * cycles, 150)  # type: ignore[misc]
            scores: dict[int, list[tuple[float, float]]] = {}
            for event in store.events("evaluated")[: 5 * cycles]:
                scores.setdefault(event["uid"], []).append((event["score"], event["credibility"]))
            played.append(scores)
    first, second = played
    assert {uid: len(each) for uid, each in first.items()} == dict.fromkeys(first, cycles)
    assert len(first) == 5
    assert first == second
    final = {uid: scores[-1][0] for uid, scores in first.items()}
    assert max(final, key=lambda uid: final[uid]) == min(final)
