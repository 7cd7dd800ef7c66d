"""A run on a terminal: the questions, their answers, and commands that ask on their own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.terminal import on_a_terminal
from tests.runbook.texts import sh, steps_of

ASKED = "run, skip or stop?"
RUNS = ".netctl/.runbooks/book/1"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("NETCTL_HOME", raising=False)
    return tmp_path


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_steps_are_asked_for_and_a_command_asks_on_a_terminal_of_its_own(here: Path) -> None:
    asking = "test -t 0 && printf 'your name? ' && read name && echo hello $name"
    (here / "book.md").write_text(
        steps_of(
            sh("Greet", asking),
            sh("Skip me", "touch never"),
            "**By hand**",
            "**Go on** `decide`\n\nDecide: is it well?\n\n```sh\ntouch decided\n```",
        )
    )
    answers = [
        (ASKED, "x\n"),
        (ASKED, "\n"),
        ("your name?", "Ada\n"),
        (ASKED, "sk\n"),
        ("is it done?", "yes\n"),
        ("is it well?", "no\n"),
    ]
    ended = on_a_terminal("runbook", "run", "book.md", "--rehearse", answers=answers, cwd=here)
    assert ended.code == 0
    assert "one of run, skip, stop" in ended.out
    assert "hello Ada" in ended.out
    assert not (here / "never").exists()
    assert not (here / "decided").exists()
    assert "your name? Ada\nhello Ada\nended with 0" in (here / RUNS / "greet.txt").read_text()
    assert "2 of 4 steps" in plain(ended.out)


@pytest.mark.slow
def test_a_ctrl_c_is_the_command_s_and_one_at_the_question_ends_the_run(here: Path) -> None:
    (here / "book.md").write_text(steps_of(sh("Wait", "echo waits; sleep 30"), sh("Two", "true")))
    run = ("runbook", "run", "book.md", "--rehearse")
    ended = on_a_terminal(*run, answers=[(ASKED, "\n"), ("waits\r\n", "\x03")], cwd=here)
    assert ended.code == 130
    assert "go on with: netctl runbook run book.md --rehearse" in plain(ended.out)
    ended = on_a_terminal(*run, answers=[(ASKED, "skip\n"), (ASKED, "\x03")], cwd=here)
    assert ended.code == 130
    assert "goes on at step 1.1, Wait" in plain(ended.out)
    ended = on_a_terminal(*run, answers=[(ASKED, "\x04")], cwd=here)
    assert ended.code == 130
    assert "goes on at step 1.2, Two" in plain(ended.out)


@pytest.mark.slow
def test_after_a_failure_it_is_done_again(here: Path) -> None:
    (here / "book.md").write_text(
        steps_of(sh("A", "test -e x || { touch x; false; }", more="If this fails: once more."))
    )
    answers = [(ASKED, "run\n"), ("again, skip or stop?", "again\n")]
    ended = on_a_terminal("runbook", "run", "book.md", "--rehearse", answers=answers, cwd=here)
    assert ended.code == 0
    assert "once more." in ended.out


@pytest.mark.slow
def test_a_wait_is_counted_down(here: Path) -> None:
    (here / "book.md").write_text(steps_of("**A**\n\nWait: 30s for the tide."))
    ended = on_a_terminal("runbook", "run", "book.md", "--rehearse", "--yes", answers=[], cwd=here)
    assert ended.code == 0
    assert "waiting for the tide.: 0:00 left" in plain(ended.out)
