"""Key creation killed between any two of its effects: the next run converges, and no key is lost or replaced."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from netctl.adapters.keystore import SdkKeystore
from tests.killing import DYING

PROGRAM = (
    DYING
    + """
from netctl.adapters.keystore import SdkKeystore

def make(root):
    keys = SdkKeystore(root)
    facts = keys.facts("alpha", "one")
    if facts.missing or facts.unfinished:
        keys.repair("alpha", "one")
    if keys.facts("alpha", "one").coldkey_ss58 is None:
        keys.create_coldkey("alpha", password=None)
    if keys.facts("alpha", "one").hotkey_ss58 is None:
        keys.create_hotkey("alpha", "one")

def addresses(root):
    files = [path for path in root.glob("alpha/**/*") if path.is_file() and ".netctl-" not in str(path)]
    return {str(path.relative_to(root)): json.loads(path.read_bytes())["ss58Address"] for path in files}

root = Path(sys.argv[1])
effects = effects_of(make, root / "counted")
for killed_after in range(effects) if sys.argv[2] == "every" else ():
    here = root / str(killed_after)
    died = in_a_process(make, here, killed_after)
    seen = addresses(here)
    ended = in_a_process(make, here, UNHARMED)
    print(json.dumps({"died": died, "seen": seen, "ended": ended, "whole": addresses(here),
                      "left": [str(path) for path in here.rglob(".netctl-*")]}))
"""
)
WHOLE = {"alpha/coldkey", "alpha/coldkeypub.txt", "alpha/hotkeys/one", "alpha/hotkeys/onepub.txt"}


def addresses(path: Path) -> dict[str, str]:
    """Every key that is visible under its final name, by file."""
    files = [file for file in path.glob("alpha/**/*") if file.is_file() and ".netctl-" not in str(file)]
    return {str(file.relative_to(path)): json.loads(file.read_bytes())["ss58Address"] for file in files}


def test_a_kill_between_any_two_effects_leaves_what_the_next_run_completes(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), "every"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stderr
    runs = [json.loads(line) for line in ended.stdout.splitlines()]
    assert len(runs) > 20
    for killed_after, run in enumerate(runs):
        assert run["died"] == -signal.SIGKILL, killed_after
        assert run["ended"] == 0, killed_after
        assert run["left"] == [], killed_after
        whole, seen = run["whole"], run["seen"]
        assert set(whole) == WHOLE
        assert {**whole, **seen} == whole, f"a key that was there after effect {killed_after} changed"
        assert "alpha/coldkey" in seen or "alpha/coldkeypub.txt" not in seen, killed_after
        assert whole["alpha/coldkey"] == whole["alpha/coldkeypub.txt"]
        assert whole["alpha/hotkeys/one"] == whole["alpha/hotkeys/onepub.txt"]


def test_a_locked_coldkey_killed_between_its_halves_is_finished_without_its_password(tmp_path: Path) -> None:
    from netctl.adapters import keyfiles

    home = tmp_path / "wallets" / "alpha"
    keyfiles.make_private(home)
    public = b'{"ss58Address":"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"}'
    staged = keyfiles.stage(home, {"coldkey": b"$NACL locked", "coldkeypub.txt": public})
    keyfiles.link(staged / "coldkey", home / "coldkey")
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    staged.rename(staged.with_name(f"{keyfiles.STAGE}{int(dead.stdout)}-0badcafe-1"))
    keys = SdkKeystore(tmp_path / "wallets")
    assert keys.facts("alpha", "one").missing == ("coldkeypub",)
    keys.repair("alpha", "one")
    assert (home / "coldkeypub.txt").read_bytes() == public
    assert sorted(path.name for path in home.iterdir()) == ["coldkey", "coldkeypub.txt", "hotkeys"]


def test_a_stage_of_a_process_at_work_is_left_alone(tmp_path: Path) -> None:
    from netctl.adapters import keyfiles

    keyfiles.make_private(tmp_path / "w")
    mine = keyfiles.stage(tmp_path / "w", {"coldkey": b"x", "coldkeypub.txt": b"y"})
    other = tmp_path / "w" / f"{keyfiles.STAGE}{os.getppid()}-0badcafe-1"
    other.mkdir()
    keyfiles.sweep(tmp_path / "w")
    assert mine.is_dir()
    assert other.is_dir()


def test_processes_that_race_for_one_wallet_make_one_key(tmp_path: Path) -> None:
    program = PROGRAM.replace('root / "counted"', "root")
    command = [sys.executable, "-c", program, str(tmp_path / "wallets"), "none"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
    ended = [process.communicate(timeout=30) for process in running]
    assert any(process.returncode == 0 for process in running), ended
    found = addresses(tmp_path / "wallets")
    assert found["alpha/coldkey"] == found["alpha/coldkeypub.txt"]
    assert found["alpha/hotkeys/one"] == found["alpha/hotkeys/onepub.txt"]
