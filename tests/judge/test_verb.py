"""`netctl check`, on a store as the supervisor leaves it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from netctl.store.database import FILE, opened
from netctl.store.feeding import Feeder
from netctl.store.sources import LogSource
from tests.cli.program import Ended, call
from tests.cli.schemas import CHECK
from tests.judge.booked import BAD, NONE, recorded
from tests.recorded import ADDRESSES, BEGIN, Book, spec_of
from tests.runs.made import ended_at, put, run

PROFILE = """\
name: two
network: test
netuid: 428
neurons: {pack: resi, path: ./checkout}
defaults: {env: {MINER_EVAL_PERIOD_MINUTES: 5}}
miners:
  - {name: "miner_{i}", count: 2, wallet: "w{i}", hotkey: h}
validators:
  - {name: validator_1, wallet: v1, hotkey: h, stake: 310}
rehearsal: {time_scale: 10}
"""
CRITERIA = """\
criteria:
  minimum:
    miners_responding: {target: all, says: all miners answer}
    api_success: {target: ">= 60%", with: {times: 4}}
  optimal:
    cadence: {metric: evaluation_interval, target: 0.9x to 2x, window: last 1h}
  stretch:
    validator_agreement: ">= 0.8"
"""
WALLETS = {"miner_1": "w1", "miner_2": "w2", "validator_1": "v1"}
Netctl = Callable[..., Ended]


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    """The store of a rehearsal with wallets, nothing in it yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NETCTL_HOME", str(tmp_path / "home"))
    Path("two.yaml").write_text(PROFILE + CRITERIA)
    state = tmp_path / "home" / "two-rehearsal"
    for name, wallet in WALLETS.items():
        public = state / "wallets" / wallet / "hotkeys" / "hpub.txt"
        public.parent.mkdir(parents=True)
        public.write_text(json.dumps({"ss58Address": ADDRESSES[name]}))
    return Book(state / FILE, pack="rehearsal")


@pytest.fixture
def netctl(book: Book, capsys: pytest.CaptureFixture[str]) -> Netctl:
    del book
    return lambda *words: call(capsys, "check", "-p", "two.yaml", "--rehearse", *words)


def test_it_reads_as_reviewed(book: Book, netctl: Netctl, golden: Callable[[str, str], None]) -> None:
    recorded(book, silent="miner_2", results=NONE)
    ended = netctl()
    assert ended.code == 1
    golden("check.txt", ended.out)


@pytest.mark.slow
def test_all_that_is_asked_for_and_true_ends_it_with_zero(book: Book, netctl: Netctl) -> None:
    recorded(book)
    assert netctl().code == 1, "one is not decided"
    assert netctl("--group", "minimum", "--group", "optimal").code == 0


def test_the_document_keeps_to_its_schema_and_has_the_evidence(book: Book, netctl: Netctl) -> None:
    recorded(book, silent="miner_2")
    ended = netctl("--json")
    document = ended.document
    jsonschema.validate(document, CHECK)
    assert (ended.code, ended.err, document["ok"], document["decided"]) == (1, "", False, False)
    responding, success, cadence, agreement = document["checks"]
    assert (responding["name"], responding["group"], responding["ok"]) == ("miners_responding", "minimum", False)
    assert (responding["measured"], responding["why"], responding["naive"]) == ("1 of 2", "silent: miner_2", 2)
    first = responding["evidence"][0]
    log = Path(first["log"]).read_bytes()
    assert log[first["offset"] :].startswith(b"\x1b[34m")
    assert "Miner failed to respond" in first["line"]
    assert "\x1b" not in first["line"]
    assert 100 <= first["block"] <= 230
    assert (success["ok"], success["value"]) == (True, 1)
    assert (cadence["ok"], cadence["metric"], cadence["window"]) == (True, "evaluation_interval", "last 1h")
    assert (agreement["ok"], agreement["measured"], agreement["why"]) == (None, None, "one validator only")


def test_junit_tells_what_is_false_and_what_is_open(book: Book, netctl: Netctl) -> None:
    recorded(book, results=BAD)
    assert netctl("--junit", "out.xml").code == 1
    root = ET.parse("out.xml").getroot()
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("4", "1", "1")
    failure = root.find(".//testcase[@name='api_success']/failure")
    assert failure is not None
    assert failure.get("message") == "api_success is 50 %, wanted >= 60%"
    assert root.find(".//testcase[@name='validator_agreement']/skipped") is not None


@pytest.mark.slow
def test_what_waiting_would_not_change_is_unknown_and_not_waited_for(book: Book, netctl: Netctl) -> None:
    recorded(book)
    ended = netctl("--wait", "1h", "--json")
    assert [(check["ok"], check["final"]) for check in ended.document["checks"]] == [(True, True)] * 3 + [(None, True)]
    assert "all is decided: 3 true, 1 unknown of 4" in ended.err


@pytest.mark.slow
def test_nobody_waits_for_a_run_that_is_over(book: Book, netctl: Netctl) -> None:
    put(book.path.parent, run("20251124-160000", began=BEGIN - 1, end=ended_at(BEGIN + 200)))
    recorded(book, rounds=1)
    document = netctl("--wait", "1h", "--json").document
    assert (document["ended"], document["decided"]) == (True, False)


def test_nothing_recorded_is_not_yet(netctl: Netctl) -> None:
    ended = netctl("--json")
    assert ended.code == 1
    assert {check["ok"] for check in ended.document["checks"]} == {None}
    assert netctl().out.splitlines()[:2] == [
        "two-rehearsal: 0 true, 4 not yet of 4",
        "all that is recorded: nothing is recorded",
    ]


@pytest.mark.slow
def test_the_last_run_is_judged_unless_another_is_named(book: Book, netctl: Netctl) -> None:
    state = book.path.parent
    first = run("20251124-160000", began=BEGIN - 1, end=ended_at(BEGIN + 200))
    put(state, first, run("20251124-170000", began=BEGIN + 1000))
    recorded(book, silent="miner_2")
    recorded(book, begin=1001.0)
    document = netctl("--json").document
    assert (document["run"], document["checks"][0]["measured"]) == ("20251124-170000", "2 of 2")
    document = netctl("--json", "--run", "last-1").document
    assert (document["run"], document["checks"][0]["measured"]) == ("20251124-160000", "1 of 2")
    refused = netctl("--run", "last", "--ingested")
    assert (refused.code, "--ingested" in refused.err) == (2, True)


@pytest.mark.slow
def test_what_judges_begins_with_the_neurons_and_not_with_the_command(book: Book, netctl: Netctl) -> None:
    put(book.path.parent, run("20251124-160000", began=BEGIN - 3600))
    recorded(book)
    since = netctl("--json").document["since"]
    assert since == "2025-11-24T16:00:01.000Z"


def ingested(book: Book) -> None:
    """The log of another experiment's validator_1, to whom miner_2 did not answer."""
    other = Book(book.path.with_name("elsewhere") / FILE, pack="rehearsal")
    other.path.parent.mkdir()
    recorded(other, begin=5000.0, silent="miner_2")
    spec = spec_of("rehearsal")
    with ExitStack() as stack:
        feeder = Feeder(stack.enter_context(opened(book.path)), {role: spec.signals_of(role) for role in spec.roles})
        log = other.path.with_name("validator_1.log")
        feeder.feed(LogSource("validator_1", "validator", "rehearsal", "stdout", log, foreign=True), now=BEGIN)


@pytest.mark.slow
def test_logs_from_elsewhere_are_judged_when_asked_for(
    book: Book, netctl: Netctl, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded(book)
    before = netctl("--json").document
    ingested(book)
    assert netctl("--json").document == before
    asked = netctl("--ingested", "--json").document
    assert (asked["ingested"], asked["checks"][0]["measured"]) == (True, "1 of 2")
    validators = call(capsys, "validators", "-p", "two.yaml", "--rehearse", "--json").document
    assert sum(one["count"] for one in validators["verdicts"]) == 10


@pytest.mark.slow
def test_logs_from_elsewhere_are_judged_where_there_are_no_others(book: Book, netctl: Netctl) -> None:
    book.path.parent.mkdir(exist_ok=True)
    ingested(book)
    assert netctl("--json").document["ingested"] is True


def test_a_profile_without_criteria_is_told_what_to_write(netctl: Netctl) -> None:
    Path("two.yaml").write_text(PROFILE)
    ended = netctl()
    assert ended.code == 2
    assert ended.err.splitlines()[0].endswith("has no criteria:, so there is nothing to check")
    Path("two.yaml").write_text(PROFILE + CRITERIA)
    assert netctl("--group", "optimal", "--wait", "soon").code == 2
