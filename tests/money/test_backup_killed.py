"""Backup and restore killed between any two of their effects: whole files or none, and the next run goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from netctl.adapters import key_shelf
from netctl.adapters.keystore import SdkKeystore
from netctl.backup import packed
from tests.killing import DYING

PROGRAM = (
    DYING
    + """
from netctl.adapters import key_shelf

archive = Path(sys.argv[1]).read_bytes()

def restore(root):
    key_shelf.put_back(root, key_shelf.keys_of_archive(root, archive))

def write(root):
    root.mkdir(exist_ok=True)
    if not (root / "backup").exists():
        key_shelf.write_new(root / "backup", archive)

def files(root):
    return {str(path.relative_to(root)): path.read_bytes().hex() for path in root.rglob("*") if path.is_file()}

act, root = {"restore": restore, "write": write}[sys.argv[2]], Path(sys.argv[3])
root.mkdir()
for killed_after in range(effects_of(act, root / "counted")):
    here = root / str(killed_after)
    died = in_a_process(act, here, killed_after)
    seen = files(here)
    ended = in_a_process(act, here, UNHARMED)
    print(json.dumps({"died": died, "seen": seen, "ended": ended, "whole": files(here)}))
"""
)
NO_LINKS = """
import errno, os

def refused(*_args, **_kwargs):
    raise OSError(errno.EPERM, "Operation not permitted")

os.link = refused
"""


def killed_everywhere(act: str, archive: bytes, place: Path, *, before: str = "") -> list[dict[str, Any]]:
    """What each run that died left behind, and what the next one made of it."""
    (place / "archive").write_bytes(archive)
    command = [sys.executable, "-c", before + PROGRAM, str(place / "archive"), act, str(place / "runs")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


@pytest.mark.slow
def test_a_restore_killed_between_any_two_effects_leaves_whole_files_and_the_next_one_goes_on(tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    keys = SdkKeystore(shelf)
    for wallet in ("alpha", "beta"):
        keys.create_coldkey(wallet, password=None)
        keys.create_hotkey(wallet, "one")
    kept = [key_shelf.kept_key(shelf, wallet, hotkey) for wallet in ("alpha", "beta") for hotkey in (None, "one")]
    whole = {str(path.relative_to(shelf)): path.read_bytes().hex() for path in shelf.rglob("*") if path.is_file()}
    runs = killed_everywhere("restore", packed(kept), tmp_path)
    assert len(runs) > 40
    for killed_after, run in enumerate(runs):
        assert (run["died"], run["ended"]) == (-9, 0), killed_after
        assert run["whole"] == whole, killed_after
        visible = {name: content for name, content in run["seen"].items() if ".netctl-" not in name}
        assert visible.items() <= whole.items(), killed_after
        for name in visible:
            assert name.removesuffix("pub.txt") in visible, f"{name} alone after effect {killed_after}"


@pytest.mark.parametrize("links", [True, False], ids=["with hard links", "without"])
def test_a_backup_killed_between_any_two_effects_is_there_whole_or_not_at_all(tmp_path: Path, links: bool) -> None:
    """Without links a kill can leave an empty file of that name, which the next backup asks to remove."""
    runs = killed_everywhere("write", b"sealed" * 1000, tmp_path, before="" if links else NO_LINKS)
    whole = (b"sealed" * 1000).hex()
    assert len(runs) > 4
    for killed_after, run in enumerate(runs):
        assert run["died"] == -9, killed_after
        assert run["seen"].get("backup", whole) in ({whole} if links else {whole, ""}), killed_after
        if run["seen"].get("backup") != "":
            assert run["whole"] == {"backup": whole, **scratch(run["whole"])}, killed_after


def scratch(files: Mapping[str, str]) -> dict[str, str]:
    """What a run left that was killed when the backup had its name already: the next backup clears it away."""
    return {name: content for name, content in files.items() if name.startswith(key_shelf.SCRATCH)}
