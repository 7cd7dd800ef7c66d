"""A runner that is killed at any of its events goes on where it was, and ends the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from netctl.adapters.clock import SystemClock
from netctl.runbook.progress import Progress
from netctl.runbook.record import Record
from tests.runbook.texts import sh, steps_of

DYING = """
import os, signal, sys
from netctl.cli import main
from netctl.runbook.record import Record

left, where = int(sys.argv[1]), sys.argv[2]
append, keep_copy = Record.append, Record.keep_copy

def dying(effect):
    def dies(*args, **facts):
        global left
        left -= 1
        if left == 0 and where == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        effect(*args, **facts)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return dies

Record.append, Record.keep_copy = dying(append), dying(keep_copy)
Record.tick = dying(Record.tick)
raise SystemExit(main(sys.argv[3:]))
"""
TEXT = steps_of(
    sh("One", "export WORD=kept", "netctl --version", "echo one >> log"),
    "**Wait**\n\nWait: 3s a little.\n\n```sh\necho waited >> log\n```",
    "**By hand**",
    sh("Fails", "false").replace("**Fails**", "**Fails** `optional`"),
    sh("Last", "echo $WORD > word"),
)
WORDS = ("runbook", "run", "book.md", "--rehearse", "--yes")


def killed(folder: Path, after: int, where: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", DYING, str(after), where, *WORDS],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "NETCTL_HOME"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=60,
    )
    return done.returncode


@pytest.mark.slow
@pytest.mark.parametrize("where", ["before", "after"])
def test_killed_at_each_event_and_gone_on_with_it_ends_the_same(tmp_path: Path, where: str) -> None:
    for number in range(1, 200):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "book.md").write_text(TEXT)
        ended = killed(folder, number, where)
        if ended == 0:
            assert number > 20, "it was never killed"
            return
        assert ended == -signal.SIGKILL
        assert killed(folder, 0, where) == 0
        runs = sorted(path.name for path in (folder / ".netctl/.runbooks/book").glob("[0-9]*"))
        finished = [found for name in runs if (found := _progress(folder, name)) is not None]
        assert len(finished) == 1, "a run that had begun was not gone on with"
        assert finished[0].ended
        assert finished[0].results == {
            "one": "done",
            "wait": "done",
            "by-hand": "done",
            "fails": "failed",
            "last": "done",
        }
        assert (folder / "word").read_text() == "kept\n"
        log = (folder / "log").read_text().split()
        assert log[0] == "one"
        assert log[-1] == "waited"
        assert len(log) <= 3, "more than the step that was killed was done again"
        copy = (folder / ".netctl/.runbooks/book" / runs[-1] / "runbook.md").read_text()
        assert [line[:5] for line in copy.splitlines() if line.startswith("- [")] == ["- [x]"] * 3 + ["- [ ]", "- [x]"]
    raise AssertionError("it never came to its end")


@pytest.mark.slow
def test_killed_again_and_again_at_the_same_place_it_comes_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "book.md").write_text(TEXT)
    kills = 0
    while killed(tmp_path, 13, "after") == -signal.SIGKILL:  # enough for one step each time
        kills += 1
        assert kills < 10
    assert kills > 1
    found = _progress(tmp_path, "1")
    assert found is not None
    assert found.ended


def _progress(folder: Path, name: str) -> Progress | None:
    return Record(folder / ".netctl/.runbooks/book" / name, clock=SystemClock()).progress()
