"""Logs of real sessions, rotated while these run and before they are launched again."""

from __future__ import annotations

import sys
from pathlib import Path

from netctl.logs import LogFile, LogPolicy, last_words, rotate_due
from tests.files.conftest import a_fleet
from tests.logs.test_rotation import has_line
from tests.logs.writing import lines
from tests.sessions.conftest import Stage, wait_until

ROOT = Path(__file__).parents[2]
COUNT = 4_900


def test_a_sessions_label_means_its_runs_beginning_also_after_rotation(stage: Stage) -> None:
    said = f"sys.path.insert(0, {str(ROOT)!r}); from tests.logs.writing import lines; "
    said += f"[os.write(1, line) for line in lines({COUNT})]; print('ready', flush=True); time.sleep(60)"
    spec = stage.launch("miner_1", sys.executable, "-c", f"import os, sys, time; {said}")
    written = b"".join(lines(COUNT)) + b"ready\n"
    log = LogFile(spec.stdout)
    wait_until(lambda: log.end() == len(written), "it has written all")
    assert rotate_due([spec.stdout, spec.stderr], LogPolicy(500_000, 5))
    assert spec.stdout.stat().st_size < 100_000
    assert log.read(0, 10**9) == written
    assert has_line(spec.stdout, "^ready|\nready", int(stage.host.sessions()["miner_1"].labels["log_offset"]))

    stage.host.stop(["miner_1"], grace_s=3)
    stage.launch("miner_1", "/bin/sh", "-c", "echo its end; exit 3")
    ended = stage.ended("miner_1")
    assert ended.labels["log_offset"] == str(len(written))
    assert not has_line(spec.stdout, "ready", int(ended.labels["log_offset"]))
    assert last_words(a_fleet(stage.host.state), ended) == "its end"
