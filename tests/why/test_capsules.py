"""One end, one capsule: whoever sees it, however often; what it holds, and what it never holds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from stat import S_IMODE

import pytest

from netctl.adapters.clock import SystemClock
from netctl.capsules import shelf
from netctl.capsules.capsule import Standing, capsule_from
from netctl.capsules.keeping import Ending, Keeping, capsule_of, keep
from netctl.capsules.orders import keepings_of
from netctl.capsules.witness import FleetWitness
from netctl.checkout import CodeVersion
from netctl.errors import SessionError
from netctl.fleet import Fleet
from netctl.packs import load
from netctl.provenance import code_now, label_of
from tests.why.conftest import Trial

SECRET = "sk-live/0f'9 e8\"d7"
TALK = "print('to the log'); import sys; print('to stderr', file=sys.stderr); sys.exit(3)"


def keeping(trial: Trial) -> Keeping:
    pack = load(trial.fleet.code.pack, trial.fleet.profile_path.parent)
    return keepings_of(trial.fleet, pack)["miner_1"]


def test_an_end_is_kept_with_how_when_and_its_last_words(trial: Trial) -> None:
    before = time.time()
    session = trial.python(TALK)
    found = trial.kept(session)
    assert (found.neuron, found.role, found.fleet) == ("miner_1", "miner", "trial")
    assert (found.exit_code, found.exit_signal, found.ended_by, found.how) == (3, None, None, "exit 3")
    assert (found.stdout.lines, found.stderr.lines) == (("to the log",), ("to stderr",))
    assert found.started_at is not None
    assert before - 1 < found.started_at <= time.time()
    assert found.ran_s is not None
    assert 0 <= found.ran_s < 60
    assert found.spec_hash == session.spec_hash
    assert found.code is not None
    assert found.code.startswith("netctl ")


def test_one_end_has_one_capsule_also_when_a_restart_comes_to_it(trial: Trial) -> None:
    session = trial.python(TALK)
    trial.witness().ended(session, on_purpose=False)
    trial.witness().ended(session, on_purpose=False)
    assert len(trial.capsules()) == 1
    second = trial.run("sh", "-c", "kill -TERM $$")
    assert len(trial.capsules()) == 1
    found = trial.kept(second)
    assert [one.how for one in trial.capsules()] == ["signal SIGTERM", "exit 3"]
    assert found.stdout.lines == ()
    assert (found.restarts, found.restarted_at) == (1, (trial.capsules()[1].started_at,))


def test_nobody_needs_to_see_an_end_before_the_host_replaces_it(trial: Trial) -> None:
    trial.python(TALK)
    trial.stage.launch("miner_1", "sleep", "600")
    assert [(one.how, one.ended_by) for one in trial.capsules()] == [("exit 3", None)]


def test_what_is_stopped_on_purpose_says_by_which_command(trial: Trial) -> None:
    trial.stage.launch("miner_1", "sleep", "600")
    assert trial.host.stop(["miner_1"], grace_s=3) == ()
    (found,) = trial.capsules()
    assert (found.ended_by, found.exit_signal) == ("netctl fleet down", signal.SIGTERM)
    why = trial.why()
    assert (why.says, why.well, why.cause) == ("it was stopped by netctl fleet down", True, None)


def test_what_had_ended_before_the_stop_was_not_ended_by_it(trial: Trial) -> None:
    trial.python(TALK)
    assert trial.host.shut_down(grace_s=3) == ()
    assert [(one.how, one.ended_by) for one in trial.capsules()] == [("exit 3", None)]


def test_a_restart_of_the_machine_is_told_as_one(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    trial.stage.launch("miner_1", "sh", "-c", "echo I live; sleep 600")
    trial.stage.says("miner_1", "I live")
    trial.host.server.run("kill-server")
    monkeypatch.setattr("netctl.why.asking.started_at", lambda: time.time() + 1)
    assert trial.why().says == "it ended with the whole machine, which was started again since"


def test_no_secret_is_kept_however_it_was_written(trial: Trial) -> None:
    trial.write_env(API_KEY=SECRET.replace("'", "\\'"), PUBLIC_WORD="plain-to-see")
    code = """
import base64, html, json, os, shlex, sys, urllib.parse as url
key = os.environ["API_KEY"]
forms = [key, repr(key), json.dumps(key), url.quote(key), url.quote_plus(key), url.quote(key).lower(), key * 3]
for form in (*forms, shlex.quote(key), html.escape(key), base64.b64encode(key.encode()).decode()):
    print("sent", form)
print(os.environ["PUBLIC_WORD"])
print("x" * 600_000 + key, file=sys.stderr)
raise SystemExit(key)
"""
    session = trial.python(code, environ={"API_KEY": SECRET, "PUBLIC_WORD": "plain-to-see"})
    trial.kept(session)
    (path,) = shelf.folder_of(trial.fleet.state, "miner_1").iterdir()
    text = path.read_text()
    assert "sent" in text
    for part in ("0f", "sk-live", "9 e8", "9%20e8", "9+e8", "c2stbGl2ZS8wZic5IGU4ImQ3"):
        assert part not in text.split('"stdout"')[1]
    assert text.count("********") == 14
    assert "plain-to-see" in text
    assert SECRET not in json.dumps(trial.why().document())


def test_a_secret_that_the_window_cuts_leaves_no_half(trial: Trial) -> None:
    trial.write_env(API_KEY="abcdefghijklmnopqrstuvwxyz0123456789")
    code = "print('abcdefghijklmnopqrstuvwxyz0123456789' * 40_000, end='')"
    found = trial.kept(trial.python(code))
    assert found.stdout.skipped_bytes > 500_000
    left = found.stdout.lines[0].replace("********", "")
    assert "abc" not in left
    assert "789" not in left


def test_a_capsule_is_bounded_and_plain(trial: Trial) -> None:
    code = """
import sys
print("\\n".join(f"line {n}" for n in range(1000)))
print("\\x1b[31mred\\x1b[0m \\x1b]0;title\\x07and \\x1b[2Kplain" + "y" * 230_000)
sys.stdout.write("10%\\r50%\\r100%\\r\\n" + "torn")
"""
    found = trial.kept(trial.python(code))
    lines = found.stdout.lines
    assert len(lines) == 200
    assert lines[-2:] == ("100%", "torn")
    assert lines[-3].startswith("red and plainyyy")
    assert "[... 228013 characters ...]" in lines[-3]
    assert lines[0] == "line 803"
    (path,) = shelf.folder_of(trial.fleet.state, "miner_1").iterdir()
    assert path.stat().st_size < 40_000
    assert S_IMODE(path.stat().st_mode) == 0o600
    assert S_IMODE(path.parent.stat().st_mode) == 0o700


def test_only_the_lines_of_this_run_are_kept_and_a_replaced_log_is_read_from_its_start(trial: Trial) -> None:
    trial.kept(trial.python("print('first')"))
    session = trial.python("print('second')")
    assert trial.kept(session).stdout.lines == ("second",)
    third = trial.python("print('third run')")
    log = trial.fleet.state / "logs" / "miner_1.log"
    log.write_text("new\n")
    assert capsule_of(keeping(trial), Ending(third, 0.0)).stdout.lines == ("new",)


def test_the_newest_twenty_are_kept_and_what_a_killed_writer_left_is_swept(trial: Trial) -> None:
    session = trial.python(TALK)
    orders = keeping(trial)
    folder = shelf.folder_of(trial.fleet.state, "miner_1")
    for number in range(25):
        labels = {**session.labels, "launched": f"{1000 + number}.5"}
        keep(orders, Ending(replace(session, labels=labels, restarts=number), 0.0))
    torn = folder / ".torn.new"
    torn.write_text("{")
    os.utime(torn, (1, 1))
    (folder / "notes.txt").write_text("mine")
    keep(orders, Ending(session, 0.0))
    found = trial.capsules()
    assert len(found) == 20
    assert [one.restarts for one in found] == [0, *range(24, 5, -1)]
    assert len(list(folder.glob("*.json"))) == 20
    assert not torn.exists()
    assert (folder / "notes.txt").exists()


def test_what_lies_there_and_is_no_capsule_is_passed_over(trial: Trial) -> None:
    trial.kept(trial.python(TALK))
    folder = shelf.folder_of(trial.fleet.state, "miner_1")
    (good,) = folder.iterdir()
    for number, content in enumerate(("", "{", "[]", '{"version": 99}', good.read_text().replace('"run"', '"ran"'))):
        (folder / shelf.name_of(2e9 + number, 0)).write_text(content)
    assert len(trial.capsules()) == 1
    assert trial.why().end == trial.capsules()[0]


def test_what_the_caller_knows_is_kept_and_read_back(trial: Trial) -> None:
    session = trial.python(TALK)
    there = Standing(812, registered=True, uid=0, axon="127.0.0.1:8091", stake_tao="1.0", validator_permit=False)
    ending = Ending(
        session,
        5.0,
        ended_by="the supervisor",
        probe="no log for 5m",
        standing=there,
        code="c",
        restarted_at=(1.0, 2.0),
    )
    path = keep(keeping(trial), ending)
    assert path is not None
    found = capsule_from(path.read_bytes())
    assert (found.ended_by, found.probe, found.standing) == ("the supervisor", "no log for 5m", there)
    assert (found.code, found.restarted_at) == ("c", (1.0, 2.0))


def test_a_session_without_the_label_of_its_launch_has_one_capsule_too(trial: Trial) -> None:
    session = trial.python(TALK)
    labels = {name: value for name, value in session.labels.items() if name != "launched"}
    older = replace(session, labels=labels, ended_at=None)
    assert keep(keeping(trial), Ending(older, 5.0)) is not None
    assert keep(keeping(trial), Ending(older, 6.0)) is None


def test_a_full_disk_holds_up_no_stop(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("netctl.capsules.shelf.put", full)
    trial.stage.launch("miner_1", "sleep", "600")
    assert trial.host.stop(["miner_1"], grace_s=3) == ()
    assert "miner_1" not in trial.host.sessions()


def test_a_pack_that_is_broken_holds_up_no_stop_and_shows_no_value(trial: Trial) -> None:
    trial.write_env(PUBLIC_WORD="plain-to-see")
    trial.write_pack("nonsense: [")
    session = trial.python("print('plain-to-see')")
    assert trial.kept(session).stdout.lines == ("********",)


def test_sessions_that_are_no_neurons_have_no_capsules(trial: Trial) -> None:
    trial.run("true", name="chain")
    assert trial.host.shut_down(grace_s=3) == ()
    assert not (trial.fleet.state / "capsules").exists()


def test_a_session_that_lives_is_no_end(trial: Trial) -> None:
    trial.stage.launch("miner_1", "sleep", "600")
    with pytest.raises(SessionError):
        trial.stage.launch("miner_1", "sleep", "601")
    assert trial.capsules() == ()


def test_the_code_is_what_was_started_and_what_the_checkout_holds_since_is_told_beside_it(
    trial: Trial, tmp_path: Path
) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    checkout = tmp_path / "subnet"
    checkout.mkdir()
    (checkout / "miner.py").write_text("\n")
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "first"]):
        subprocess.run(["git", "-C", str(checkout), *words], check=True)
    trial.fleet = replace(trial.fleet, code=replace(trial.fleet.code, path=checkout))
    session = trial.python(TALK)

    def told(number: int, label: Mapping[str, str]) -> tuple[str | None, str | None]:
        end = trial.kept(replace(session, restarts=number, labels={**session.labels, **label}))
        return end.code, end.code_since

    clean = code_now(trial.fleet)
    assert clean is not None
    commit = (clean.commit or "")[:12]
    assert told(1, label_of(clean)) == (commit, None)
    (checkout / "miner.py").write_text("changed\n")
    changed = f"{commit}, changed: miner.py"
    dirty = code_now(trial.fleet)
    assert told(2, label_of(clean)) == (commit, changed)
    assert told(3, label_of(dirty)) == (changed, None)
    assert told(4, {}) == (None, changed), "nothing was noted when it was started"
    (checkout / "miner.py").write_text("changed again\n")
    assert told(5, label_of(dirty)) == (f"{commit}, changed", changed)
    (checkout / ".git").rename(tmp_path / "away")
    assert told(6, label_of(clean)) == (commit, "unknown: it is not a git checkout")
    assert told(7, {}) == ("unknown: it is not a git checkout", None)


def test_two_hundred_ends_ask_for_the_code_once_and_an_end_much_later_again(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = trial.python(TALK)
    asked: list[float] = []

    class Clock(SystemClock):
        at = 1000.0

        def now(self) -> float:
            return self.at

    def code(_: Fleet) -> CodeVersion:
        asked.append(clock.at)
        return CodeVersion(None, why=f"version {len(asked)}")

    clock = Clock()
    monkeypatch.setattr("netctl.capsules.witness.code_now", code)
    witness = FleetWitness(trial.fleet, by="a test", clock=clock)
    for number in range(20):
        witness.ended(replace(session, restarts=number), on_purpose=False)
    clock.at += 6
    witness.ended(replace(session, restarts=20), on_purpose=False)
    assert asked == [1000.0, 1006.0]
    assert [one.code for one in trial.capsules()[:2]] == ["unknown: version 2", "unknown: version 1"]
