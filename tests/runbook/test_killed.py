"""A runner that is killed at any of its events goes on where it was, and ends the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netctl.adapters.clock import SystemClock
from netctl.runbook.progress import Progress
from netctl.runbook.record import Record
from tests.runbook.texts import sh, steps_of

DYING = """
import os, signal, sys
from netctl.cli import main
from netctl.cli.verbs import runbook as _warm
from netctl.cli import runbook_run as _warm_too
from netctl.runbook.record import Record

left = where = None

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

Record.append, Record.keep_copy, Record.tick = map(dying, (Record.append, Record.keep_copy, Record.tick))

def in_a_process(folder, after, how):
    global left, where
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        left, where = after, how
        os.chdir(folder)
        sink = os.open("out", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(sink, 1), os.dup2(sink, 2)
        os._exit(main(["runbook", "run", "book.md", "--rehearse", "--yes"]))
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)

for line in sys.stdin:
    folder, after, how = line.split()
    in_a_process(folder, int(after), how)
"""
TEXT = steps_of(
    sh("One", "export WORD=kept", "true", "echo one >> log"),
    "**Wait**\n\nWait: 3s a little.\n\n```sh\necho waited >> log\n```",
    "**By hand**",
    sh("Fails", "false").replace("**Fails**", "**Fails** `optional`"),
    sh("Last", "echo $WORD > word"),
)
Runner = Callable[[Path, int, str], int]


@pytest.fixture
def killed() -> Iterator[Runner]:
    """A run in a folder by a runner that dies at an event, before or after it; its exit code. 0 is never to die."""
    environ = {name: value for name, value in os.environ.items() if name != "NETCTL_HOME"}
    with subprocess.Popen(
        [sys.executable, "-c", DYING], env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        stdin, stdout = program.stdin, program.stdout

        def runs(folder: Path, after: int, where: str) -> int:
            stdin.write(f"{folder} {after} {where}\n")
            stdin.flush()
            return int(stdout.readline())

        yield runs


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("where", ["before", "after"])
def test_killed_at_each_event_and_gone_on_with_it_ends_the_same(tmp_path: Path, where: str, killed: Runner) -> None:
    for number in range(1, 200):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "book.md").write_text(TEXT)
        ended = killed(folder, number, where)
        if ended == 0:
            assert number > 20, "it was never killed"
            return
        assert ended == -signal.SIGKILL
        first = _progress(folder, "1")
        if first is None or not first.ended:
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
@pytest.mark.timeout(600)
def test_killed_again_and_again_at_the_same_place_it_comes_to_its_end(tmp_path: Path, killed: Runner) -> None:
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
