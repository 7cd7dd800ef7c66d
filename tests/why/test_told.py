"""What `netctl why` makes of the word that others left: supervisor, chaos, chain, keyfile; and the command itself."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from netctl.adapters.clock import SystemClock
from netctl.capsules.capsule import Standing
from netctl.chaos.disturbance import BEGAN, Disturbance
from netctl.cli.selection import Words, load_fleet
from netctl.journal import FileJournal
from netctl.observation import Observation
from netctl.ports import FAULT, STOPPED, KeyFacts, Metagraph, MetagraphRow
from netctl.supervisor import samples
from tests.cli.program import call
from tests.why.conftest import PACK, Trial

TALK = "import sys; print('to the log'); print('ValueError: no luck', file=sys.stderr); sys.exit(3)"
PROFILE = """\
name: trial
network: test
netuid: 428
neurons: {pack: ./trial, path: .}
rehearsal: {neurons: {pack: ./trial, path: .}}
miners: [{name: miner_1, hotkey: h1}, {name: miner_2, hotkey: h2}]
"""


def test_an_end_that_the_supervisor_made_for_a_probe_is_told_by_the_probe(trial: Trial) -> None:
    session = trial.run("sh", "-c", "echo 'ValueError: long ago' >&2; kill -TERM $$")
    fault = replace(session, labels={**session.labels, FAULT: "no line for 30m (probe silent)"})
    found = trial.kept(fault)
    assert (found.probe, found.ended_by) == ("no line for 30m (probe silent)", None)
    why = trial.why()
    assert why.says == "the supervisor ended it, so that it starts anew: no line for 30m (probe silent)"
    assert (why.cause, why.well) == (None, False)


def test_a_probe_that_names_a_known_cause_is_told_by_the_cause(trial: Trial) -> None:
    session = trial.run("sh", "-c", "kill -TERM $$")
    fault = "its port 8091, which pid 12 holds (probe axon)"
    trial.kept(replace(session, labels={**session.labels, FAULT: fault}))
    assert trial.why().says.startswith("port 8091 belongs to another process, pid 12")


def test_a_stop_that_nobody_has_kept_yet_is_told_by_its_label(trial: Trial) -> None:
    session = trial.run("true")
    stopped = replace(session, labels={**session.labels, STOPPED: "netctl fleet down"})
    trial.witness().ended(stopped, on_purpose=False)
    assert trial.capsules()[0].ended_by == "netctl fleet down"


def _kill(trial: Trial, *, at: float) -> None:
    journal = FileJournal(trial.fleet.state / "journal.jsonl", clock=SystemClock(), command="netctl chaos")
    journal.append(BEGAN, **Disturbance("d1", "kill", "miner_1", at, signal="KILL").facts())


def test_a_kill_by_chaos_is_told_as_one(trial: Trial) -> None:
    trial.stage.launch("miner_1", "sleep", "600")
    time.sleep(1.1)  # tmux tells ends in whole seconds, and chaos may be no earlier than the run
    _kill(trial, at=time.time())
    os.kill(trial.stage.pid("miner_1"), signal.SIGKILL)
    trial.stage.ended("miner_1")
    assert trial.why().says.startswith("netctl chaos kill sent it SIGKILL at ")


def test_a_kill_of_the_run_before_explains_no_later_end(trial: Trial) -> None:
    _kill(trial, at=time.time() - 8)
    trial.python(TALK)
    assert trial.why().says == "nothing in its code caught this: ValueError: no luck"


def test_how_the_chain_had_it_is_kept_as_the_supervisor_last_saw_it(trial: Trial) -> None:
    row = MetagraphRow(7, "5Hot", "5Cold", 0, True, True, "1.2.3.4:8091", 0, 0.0, 0.0, 0, 0.0, 1_500_000_000)
    seen = Observation(
        at=1.0,
        netuid=428,
        block=812,
        metagraph=Metagraph(428, 812, (row,)),
        accounts={},
        keys={"miner_1": KeyFacts("5Cold", "5Hot", True, False), "miner_2": KeyFacts("5Cold", "5Other", True, False)},
        sessions={},
        ready={},
    )
    trial.fleet.state.mkdir(parents=True, exist_ok=True)
    samples.write(trial.fleet.state, samples.Samples(1, 1.0, 1.0, "ws://x", seen))
    there = Standing(812, True, 7, "1.2.3.4:8091", "1.500000000", True)
    assert trial.kept(trial.python(TALK)).standing == there


def test_a_hotkey_that_is_no_keyfile_keeps_nobody_from_the_answer(trial: Trial) -> None:
    neuron = trial.fleet.neurons[0]
    hotkey = trial.fleet.wallet_path / neuron.wallet / "hotkeys" / neuron.hotkey
    hotkey.parent.mkdir(parents=True)
    hotkey.write_bytes(b"no key")
    trial.python(TALK)
    assert trial.why().says == "nothing in its code caught this: ValueError: no luck"


def test_a_neuron_that_was_never_started_has_no_end(trial: Trial) -> None:
    why = trial.why()
    assert (why.says, why.well, why.end) == ("it was never started", False, None)
    assert why.next == "netctl fleet up --neuron miner_1"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trial]:
    """A profile in the working directory, whose miner_1 is up to the test."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trial.yaml").write_text(PROFILE)
    (tmp_path / "trial").mkdir()
    (tmp_path / "trial" / "pack.yaml").write_text(PACK)
    monkeypatch.setenv("NETCTL_PROFILE", "trial.yaml")
    path = Path("trial.yaml")
    found = Trial(load_fleet(path, Words(path, rehearse=True)))
    yield found
    assert found.host.shut_down(grace_s=3) == ()


def test_the_command_says_it_in_one_sentence_first(place: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    place.python(TALK)
    ended = call(capsys, "why", "miner_1", "--rehearse")
    assert ended.code == 1
    head, shown, then, *rest = ended.out.splitlines()
    assert head == "miner_1: nothing in its code caught this: ValueError: no luck"
    assert shown == "  shown by     the last line of standard error: ValueError: no luck"
    assert then == "  next         netctl logs miner_1 --err"
    assert "standard output, its last line:" in rest
    assert "  | to the log" in rest


def test_the_command_goes_back_over_ends(place: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    place.kept(place.python(TALK))
    place.kept(place.run("true"))
    listed = call(capsys, "why", "miner_1", "--rehearse", "--list")
    assert listed.code == 0
    _, last, first = listed.out.splitlines()
    assert last.split()[0] == "1"
    assert last.endswith("it ended by itself with exit code 0, as if its work were done")
    assert first.endswith("nothing in its code caught this: ValueError: no luck")
    older = call(capsys, "why", "miner_1", "--rehearse", "-n", "2")
    assert (older.code, older.out.splitlines()[0]) == (0, f"miner_1: {first.split(maxsplit=7)[7]}")
    beyond = call(capsys, "why", "miner_1", "--rehearse", "-n", "3")
    assert (beyond.code, beyond.err) == (
        2,
        "error: miner_1 -n 3: 2 ends of it kept\nhint: netctl why miner_1 --list\n",
    )


def test_the_document_has_all_that_is_known(place: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    place.python(TALK)
    ended = call(capsys, "why", "miner_1", "--rehearse", "--json")
    document = ended.document
    assert ended.code == 1
    assert document["says"] == "nothing in its code caught this: ValueError: no luck"
    assert (document["neuron"], document["role"], document["state"], document["well"]) == (
        *("miner_1", "miner", "exited"),
        False,
    )
    cause = document["cause"]
    assert (cause["name"], cause["known_by"], cause["confidence"]) == ("uncaught_error", "netctl", "sure")
    assert document["end"]["stdout"]["lines"] == ["to the log"]
    assert [end["how"] for end in document["ends"]] == ["exit 3"]
    listed = call(capsys, "why", "miner_1", "--rehearse", "--list", "--json").document
    assert listed[0]["says"] == document["says"]
    assert "stderr" in listed[0]


def test_the_command_knows_only_neurons_of_the_fleet(place: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys, "why", "miner_9", "--rehearse")
    assert (ended.code, ended.err.splitlines()[1]) == (2, "hint: it has miner_1, miner_2")
