"""The status by the supervisor's sample: what it may load, and that it is the same answer as the verb's."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from netctl.cli import quick
from netctl.cli.selection import Words, fleet_meant, remember_fleet
from netctl.cli.watch import looking, program
from netctl.observation import Observation
from netctl.ports import KeyFacts, Metagraph, MetagraphRow
from netctl.supervisor import orders, samples
from tests.cli.program import call, small_profile
from tests.cli.schemas import STATUS

HEAVY = ("asyncio", "bittensor", "netctl.packs", "netctl.profile", "pydantic", "rich", "textual", "yaml")


def test_a_status_by_the_sample_loads_neither_what_reads_profiles_nor_what_waits() -> None:
    asked = f"import sys, netctl.cli.quick; print(*({{*sys.modules}} & {{*{HEAVY!r}}}))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_to_know_which_fleet_is_meant_loads_no_host() -> None:
    asked = "import sys, netctl.cli.selection; print(*({*sys.modules} & {'netctl.adapters.tmux', 'psutil', 'docker'}))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.fixture
def sampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory from where a fleet was brought up, with a sample that is fresh; no tmux runs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(small_profile())
    words = Words(Path("small.yaml"), network="ws://127.0.0.1:1")
    fleet = fleet_meant(words)
    remember_fleet(fleet, words)
    orders.path_in(fleet.state).parent.mkdir(parents=True)
    orders.path_in(fleet.state).write_bytes(orders.encoded(fleet))
    keys = {n.name: KeyFacts("5c", "5h", has_coldkey_secret=True, coldkey_encrypted=False) for n in fleet.neurons}
    at = time.time() - 1
    seen = Observation(at, 428, 99, None, None, keys, {}, {}, asked_at=at)
    samples.write(fleet.state, samples.Samples(1, at, 100.0, fleet.network.endpoint, seen))
    return tmp_path


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_the_quick_answer_is_the_verbs_own(
    sampled: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    taken = []
    monkeypatch.setattr(
        quick, "quick_status", lambda *a, before=quick.quick_status: taken.append(before(*a)) or taken[-1]
    )
    quickly = call(capsys, "status", *words)
    assert taken == [1]
    monkeypatch.setattr(quick, "quick_status", lambda *_: None)
    slowly = call(capsys, "status", *words)
    assert quickly == slowly
    assert "99" in quickly.out


@pytest.mark.parametrize("closed", ["stdout", "stdin", "stderr"])
def test_a_watch_without_a_terminal_is_refused(
    closed: str, sampled: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in {"stdout", "stdin", "stderr"} - {closed}:
        monkeypatch.setattr(getattr(sys, name), "isatty", lambda: True, raising=False)
    ended = call(capsys, "status", "--watch")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        f"error: --watch draws on a terminal, and {closed} is none\nhint: netctl status, or --watch --json\n"
    )


def test_a_watch_in_json_is_a_document_a_look_until_it_is_interrupted(
    sampled: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    def pause(took_s: float, period_s: float) -> float:
        pauses.append(looking.pause_after(took_s, period_s))
        if len(pauses) == 3:
            raise KeyboardInterrupt
        return 0.0

    monkeypatch.setattr(program, "pause_after", pause)
    ended = call(capsys, "status", "--watch", "--json")
    assert (ended.code, ended.err) == (130, "")
    documents = [json.loads(line) for line in ended.out.splitlines()]
    assert len(documents) == 3
    for document in documents:
        jsonschema.validate(document, STATUS)
    assert all(0 < seconds <= 2 for seconds in pauses), "by the sample: no chain is asked"


def test_the_first_picture_is_there_before_the_store_is_read_and_then_says_that_there_is_none(sampled: Path) -> None:
    found = looking.Looking(Words(Path("small.yaml"), network="ws://127.0.0.1:1"))
    first = found.picture()
    assert ([each.name for each in first.rows], first.report.block) == (["miner_1", "validator_1"], 99)
    assert (found.period_s, [each for each in first.problems if "metrics.db" in each]) == (0.0, [])
    second = found.picture()
    assert ["metrics.db is not there" in each for each in second.problems] == [True]
    assert [source.path.name for source in second.rows[0].logs] == ["miner_1.log", "miner_1.err.log"]


def test_a_profile_named_by_the_environment_is_the_verbs_to_read(
    sampled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert quick.quick_status([], {}) == 1
    assert quick.quick_status([], {"NETCTL_PROFILE": "small.yaml"}) is None
    assert quick.quick_status(["--live"], {}) is None


def test_the_metagraph_is_the_sample_s_with_its_age_while_that_is_fresh(
    sampled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The chain of this fleet does not answer: what is shown was sampled, or the command fails."""
    assert call(capsys, "metagraph").code == 6, "a sample without a metagraph holds nothing to show"
    state = sampled / ".netctl" / "small-local"
    found = samples.last(state)
    assert found is not None
    row = MetagraphRow(3, "5h", "5c", 0, True, True, None, 0, 0.5, 0.25, 0, 0.5, 7_000_000_000)
    seen = replace(found.seen, metagraph=Metagraph(428, 99, (row,)))
    samples.write(state, replace(found, seen=seen))
    shown = call(capsys, "metagraph")
    assert shown.code == 0, shown.err
    assert re.search(r"subnet 428 at block 99, 1 neurons, asked \d+(\.\d)?s ago by the supervisor", shown.err)
    assert "7.0000" in shown.out
    document = call(capsys, "metagraph", "--json").document
    assert 1 <= document["sample_age_s"] < 300
    assert document["neurons"][0]["name"] in found.seen.keys
    assert call(capsys, "metagraph", "--live").code == 6
    samples.write(state, replace(found, seen=seen, at=found.at - 10_000))
    assert call(capsys, "metagraph").code == 6
