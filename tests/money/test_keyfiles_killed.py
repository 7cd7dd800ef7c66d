"""Key creation killed between any two of its effects: the next run converges, and no key is lost or replaced."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from netctl.adapters.keystore import SdkKeystore

PROGRAM = """
import os, shutil, signal, sys
from pathlib import Path
import bittensor_core
from netctl.adapters.keystore import SdkKeystore

left = int(sys.argv[2])

def dying(original):
    def effect(*args, **kwargs):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return original(*args, **kwargs)
    return effect

os.mkdir, os.open, os.fsync, os.link = map(dying, (os.mkdir, os.open, os.fsync, os.link))
os.unlink, os.rmdir = dying(os.unlink), dying(os.rmdir)
Path.mkdir = dying(Path.mkdir)

keys = SdkKeystore(Path(sys.argv[1]), password_for=lambda _wallet: None)
facts = keys.facts("alpha", "one")
if facts.missing or facts.unfinished:
    keys.repair("alpha", "one")
if keys.facts("alpha", "one").coldkey_ss58 is None:
    keys.create_coldkey("alpha", password=None)
if keys.facts("alpha", "one").hotkey_ss58 is None:
    keys.create_hotkey("alpha", "one")
if keys.facts("alpha", "one").missing:
    keys.repair("alpha", "one")
print("whole", left)
"""


def run(path: Path, effects: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), str(effects)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def effects_of_a_whole_run(tmp_path: Path) -> int:
    """How many times it touches the disk when nobody interferes."""
    ended = run(tmp_path / "counted", 1_000_000)
    assert ended.returncode == 0, ended.stderr
    return 1_000_000 - int(ended.stdout.split()[1])


def addresses(path: Path) -> dict[str, str]:
    """Every key that is visible under its final name, by file."""
    found = {}
    for file in path.glob("alpha/**/*"):
        if file.is_file() and ".netctl-" not in str(file):
            found[str(file.relative_to(path))] = json.loads(file.read_bytes())["ss58Address"]
    return found


def test_a_kill_between_any_two_effects_leaves_what_the_next_run_completes(tmp_path: Path) -> None:
    count = effects_of_a_whole_run(tmp_path)
    assert count > 20
    for killed_after in range(count):
        path = tmp_path / str(killed_after)
        died = run(path, killed_after)
        assert died.returncode == -signal.SIGKILL, (killed_after, died.stdout, died.stderr)
        seen = addresses(path)
        assert not {"alpha/coldkeypub.txt"} & set(seen) or "alpha/coldkey" in seen, killed_after
        finished = run(path, 1_000_000)
        assert finished.returncode == 0, (killed_after, finished.stderr)
        whole = addresses(path)
        assert {**whole, **seen} == whole, f"a key that was there after effect {killed_after} changed"
        assert set(whole) == {
            "alpha/coldkey",
            "alpha/coldkeypub.txt",
            "alpha/hotkeys/one",
            "alpha/hotkeys/onepub.txt",
        }
        assert whole["alpha/coldkey"] == whole["alpha/coldkeypub.txt"]
        assert [p for p in path.rglob("*") if p.name.startswith(".netctl-")] == [], killed_after


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


@pytest.mark.parametrize("racers", [4])
def test_processes_that_race_for_one_wallet_make_one_key(tmp_path: Path, racers: int) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "wallets"), "1000000"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(racers)]
    ended = [process.communicate(timeout=30) for process in running]
    assert any(process.returncode == 0 for process in running), ended
    found = addresses(tmp_path / "wallets")
    assert found["alpha/coldkey"] == found["alpha/coldkeypub.txt"]
    assert found["alpha/hotkeys/one"] == found["alpha/hotkeys/onepub.txt"]
