"""The chain without a fleet beside a rehearsal's: each can be told from the other, and reached."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.cli.program import run, small_profile


@pytest.mark.slow
def test_the_chain_without_a_fleet_is_reached_beside_a_rehearsal(tmp_path: Path) -> None:
    profile = tmp_path / "small.yaml"
    profile.write_text(small_profile())
    try:
        rehearsals = run("chain", "up", "-p", "small.yaml", "--json", cwd=tmp_path).document["endpoint"]
        alone = run("chain", "up", "--json", cwd=tmp_path).document["endpoint"]
        several = run("chain", "mine", cwd=tmp_path)
        assert several.code == 2
        assert several.err.splitlines() == [
            f"error: 2 embedded chains run: small-rehearsal at {rehearsals}, chain at {alone}",
            "hint: say which with -p: a profile, or -p chain",
        ]
        for word, endpoint in (("small.yaml", rehearsals), ("chain", alone)):
            told = run("chain", "status", "--json", "-p", word, cwd=tmp_path)
            assert told.document["endpoint"] == endpoint
        assert run("chain", "export", "one.snapshot", "-p", "chain", cwd=tmp_path).code == 0
        assert run("chain", "import", "one.snapshot", "-p", "chain", cwd=tmp_path).code == 0
        assert f"at {alone} stopped" in run("chain", "down", "-p", "chain", cwd=tmp_path).err
        gone = run("chain", "mine", "-p", "chain", cwd=tmp_path)
        assert (gone.code, gone.err.splitlines()[0]) == (6, "error: no embedded chain runs from here")
        (tmp_path / "chain").write_text("a profile, if a bad one")
        assert run("chain", "mine", "-p", "chain", cwd=tmp_path).code == 2
    finally:
        for words in (["-p", "small.yaml"], []):
            run("chain", "down", *words, cwd=tmp_path)


@pytest.mark.slow
def test_down_ends_a_rehearsal_s_tmux_where_only_its_chain_was(tmp_path: Path) -> None:
    """Killed or not: with nothing but the chain in it, tmux is only in the way."""
    (tmp_path / "small.yaml").write_text(small_profile())
    for is_killed in (False, True):
        pid = run("chain", "up", "-p", "small.yaml", "--json", cwd=tmp_path).document["pid"]
        if is_killed:
            os.kill(pid, signal.SIGKILL)
            psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=10)
        assert run("chain", "down", "-p", "small.yaml", cwd=tmp_path).code == 0
        assert left_from(tmp_path) == []


def left_from(place: Path) -> list[str]:
    """Processes with that directory in their command line or as their own."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd", "status"]):
        about = [*(process.info["cmdline"] or []), process.info["cwd"] or ""]
        if process.info["status"] != psutil.STATUS_ZOMBIE and any(str(place) in word for word in about):
            found.append(" ".join(about))
    return found
