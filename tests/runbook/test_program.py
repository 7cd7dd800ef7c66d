"""`netctl runbook` as the program it is, without a terminal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import call, run
from tests.runbook.test_processes import until
from tests.runbook.texts import WHOLE, sh, steps_of

RUNS = ".netctl/.runbooks/book"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NETCTL_HOME", raising=False)
    return tmp_path


def write(folder: Path, text: str) -> None:
    (folder / "book.md").write_text(text)


def listed(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_without_anybody_to_ask_nothing_runs(here: Path) -> None:
    write(here, steps_of(sh("A", "touch ran")))
    ended = run("runbook", "run", "book.md", "--rehearse", cwd=here)
    assert ended.code == 7
    assert ended.err.splitlines() == [
        "error: a runbook asks before every step, and nobody can be asked",
        "hint: nothing ran; add --yes, or --dry-run to see what would run",
    ]
    assert listed(here) == ["book.md"]


def test_a_dry_run_shows_each_line_and_writes_nothing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = steps_of(sh("A", "export N=miner_1", "netctl logs $N", "touch ran"), "**B**\n\nWait: 1h for it.")
    write(here, text)
    ended = call(capsys, "runbook", "run", "book.md", "--rehearse", "--yes", "--dry-run")
    assert (ended.code, ended.err) == (0, "")
    for line in ("$ export N=miner_1", "$ netctl logs miner_1 --rehearse", "$ touch ran", "wait 1m (the plan's 1h)"):
        assert f"  {line}" in ended.out
    shown = call(capsys, "runbook", "run", "book.md", "--rehearse", "--dry-run", "--json", "--from", "b").document
    assert [(step["id"], step["wait_s"], step["commands"]) for step in shown] == [("1.2", 60.0, [])]
    assert listed(here) == ["book.md"]


def test_a_run_ends_with_a_record_a_copy_and_json_lines(here: Path) -> None:
    write(here, steps_of(sh("A", "netctl --version"), sh("B", "echo $SECRET_KEY; exit 3")))
    ended = run("runbook", "run", "book.md", "--rehearse", "--yes", "--json", cwd=here, SECRET_KEY="hunter2")
    assert ended.code == 1
    events = [json.loads(line) for line in ended.out.splitlines()]
    kinds = ["begun", "step_begun", "command_begun", "command_started", "command_ended", "step_ended"]
    assert [event["kind"] for event in events] == [*kinds, *kinds[1:5], "step_failed", "halted"]
    assert (events[4]["code"], events[9]["code"]) == (0, 3)
    assert "\nnetctl 0." in ended.err
    assert "hunter2" in (here / RUNS / "1/b.txt").read_text() or "[redacted]" in (here / RUNS / "1/b.txt").read_text()
    assert "hunter2" not in "".join(p.read_text() for p in (here / RUNS / "1").iterdir())
    assert (here / RUNS / "1/runbook.md").read_text().count("- [x]") == 1
    assert (here / RUNS / "1").stat().st_mode & 0o777 == 0o700


def test_status_shows_the_runs_and_one_of_them(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "runbook", "status").err == "no runbook was run from this directory\n"
    write(here, steps_of(sh("A", "true"), sh("B", "test -e good", more="If this fails: touch it."), "**C** `public`"))
    assert call(capsys, "runbook", "run", "book.md", "--rehearse", "--yes").code == 1
    stopped = call(capsys, "runbook", "status", "--json").document
    assert [(run["run"], run["state"], run["at"]) for run in stopped] == [("book/1", "stopped", "1.2")]
    (here / "good").touch()
    went = call(capsys, "runbook", "run", "book.md", "--rehearse", "--yes")
    assert went.code == 0
    assert "run book/1, begun " in went.out
    assert "done: 2 of 2 steps, in " in went.out
    shown = call(capsys, "runbook", "status", "book").out
    assert "[x] 1.1  A" in shown
    assert "[x] 1.2  B" in shown
    assert "[-] 1.3  C  not for this kind of run" in shown
    assert "finished" in shown
    assert call(capsys, "runbook", "status", "book/1", "--json").document["steps"][0]["result"] == "done"
    assert call(capsys, "runbook", "status", "nook").code == 2
    assert call(capsys, "fleet", "list", "--json").document == []


def test_runbooks_are_listed_and_shown_with_their_faults(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "runbooks").mkdir()
    (here / "runbooks/day.md").write_text(WHOLE)
    (here / "runbooks/bad.md").write_text("# T\n")
    (here / "runbooks/wrong.md").write_text(steps_of(sh("A", "netctl statuss")))
    ended = call(capsys, "runbook", "list", "--json")
    own = {entry["name"]: entry for entry in ended.document if entry["path"].startswith("runbooks/")}
    assert ended.code == 1
    assert (own["day"]["title"], own["day"]["steps"], own["day"]["needs"]) == (
        "The day: four miners",
        3,
        "about 15 minutes",
    )
    assert own["bad"]["faults"] == ["runbooks/bad.md:1: no step"]
    shown = call(capsys, "runbook", "show", "day", "--json")
    assert [part["title"] for part in shown.document["parts"]] == ["Morning", "Evening"]
    assert "$ netctl fleet up $PROFILE" in call(capsys, "runbook", "show", "runbooks/day.md").out
    wrong = call(capsys, "runbook", "show", "wrong")
    assert wrong.code == 2
    assert "runbooks/wrong.md:6: step 1.1: `netctl statuss`: netctl has no command 'statuss'" in wrong.err
    assert call(capsys, "runbook", "show", "dya").err.endswith("hint: did you mean day?\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--rehearse", "--network", "test"], "--rehearse and --network were both given"),
        (["--budget", "much"], "--budget=much"),
        (["--from", "z"], "--from z: no such step"),
        (["--from", "a"], "--from a: 2 steps begin so"),
    ],
)
def test_words_that_do_not_name_one_thing(
    words: list[str], message: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(here, steps_of("**Ab**", "**Ac**"))
    ended = call(capsys, "runbook", "run", "book.md", "--yes", *words)
    assert ended.code == 2
    assert message in ended.err
    assert listed(here) == ["book.md"]


def test_the_profile_is_the_runbook_s_own_wherever_it_is_run_from(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "repository/.git").mkdir(parents=True)
    (here / "repository/profiles").mkdir()
    (here / "repository/profiles/x.yaml").write_text("name: x\n")
    text = "---\nprofile: profiles/x.yaml\n---\n" + steps_of(sh("A", "echo $NETCTL_PROFILE"))
    (here / "repository/book.md").write_text(text)
    ended = call(capsys, "runbook", "run", "repository/book.md", "--rehearse", "--yes", "--json")
    assert ended.code == 0
    assert (here / RUNS / "1/a.txt").read_text().splitlines()[1] == str(here / "repository/profiles/x.yaml")
    call(capsys, "runbook", "run", "repository/book.md", "--rehearse", "--yes", "-p", "other.yaml")
    assert (here / RUNS / "2/a.txt").read_text().splitlines()[1] == str(here / "other.yaml")


@pytest.mark.slow
def test_a_ctrl_c_ends_the_command_and_the_run_goes_on_later(here: Path) -> None:
    write(here, steps_of(sh("A", "echo x >> a"), sh("B", "test -e go || { touch waits; sleep 20; }")))
    program = [sys.executable, "-m", "netctl", "runbook", "run", "book.md", "--rehearse", "--yes"]
    with (here / "out").open("wb") as out:
        runner = subprocess.Popen(program, cwd=here, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=os.environ)
    until("", here / "waits")
    runner.send_signal(signal.SIGINT)
    assert runner.wait(20) == 130
    assert "go on with: netctl runbook run book.md --rehearse --yes" in (here / "out").read_text()
    assert "interrupted" in (here / RUNS / "1/events.jsonl").read_text()
    (here / "go").touch()
    assert run("runbook", "run", "book.md", "--rehearse", "--yes", cwd=here).code == 0
    assert (here / "a").read_text() == "x\n"
