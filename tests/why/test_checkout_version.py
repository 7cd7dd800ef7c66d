"""What version of its code a checkout holds, asked of real git; nothing that the checkout says is run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from netctl.checkout import code_version

WHO = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}


def git(place: Path, *words: str) -> str:
    environ = {**WHO, "PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", "-C", str(place), *words], env=environ, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """One commit of two files."""
    place = tmp_path / "a subnet"
    (place / "neurons").mkdir(parents=True)
    (place / "neurons" / "miner.py").write_text("print('mine')\n")
    (place / "total.json").write_text("{}\n")
    git(place, "init", "-q")
    git(place, "add", ".")
    git(place, "commit", "-q", "-m", "first")
    return place


def test_a_clean_checkout_is_its_commit(checkout: Path) -> None:
    found = code_version(checkout)
    assert (found.commit, found.dirty, found.changed) == (git(checkout, "rev-parse", "HEAD"), False, ())
    assert found.mark == found.commit
    assert str(found) == (found.commit or "")[:12]


def test_changed_staged_deleted_and_new_sources_are_dirt_and_other_new_files_are_not(checkout: Path) -> None:
    (checkout / "neurons" / "miner.py").write_text("print('other')\n")
    (checkout / "neurons" / "new one.py").write_text("\n")
    (checkout / "store.sqlite").write_text("data\n")
    git(checkout, "mv", "total.json", "sum.json")
    found = code_version(checkout)
    assert found.changed == ("neurons/miner.py", "neurons/new one.py", "sum.json", "total.json")
    assert str(found).endswith(", changed: neurons/miner.py and 3 more")


def test_two_states_of_one_commit_have_two_marks(checkout: Path) -> None:
    marks = set()
    for text in ("print('mine')\n", "print('one')\n", "print('two')\n", "print('one')\n"):
        (checkout / "neurons" / "miner.py").write_text(text)
        marks.add(code_version(checkout).mark)
    assert len(marks) == 3


def test_what_the_programs_write_themselves_can_be_passed_over(checkout: Path) -> None:
    (checkout / "total.json").write_text("[]\n")
    assert code_version(checkout).dirty is True
    assert code_version(checkout, ignoring=["total.json"]).dirty is False


def test_a_subdirectory_is_judged_by_itself(checkout: Path) -> None:
    (checkout / "total.json").write_text("[]\n")
    assert code_version(checkout / "neurons").dirty is False
    (checkout / "neurons" / "miner.py").unlink()
    assert code_version(checkout / "neurons").changed == ("miner.py",)


def test_a_directory_that_only_lies_in_somebody_elses_checkout_has_no_version(checkout: Path) -> None:
    (checkout / "unpacked").mkdir()
    (checkout / "unpacked" / "miner.py").write_text("\n")
    assert str(code_version(checkout / "unpacked")) == "unknown: it is not a git checkout"


def test_what_is_no_checkout_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert code_version(tmp_path).why == "it is not a git checkout"
    assert code_version(tmp_path / "gone").why == f"{tmp_path / 'gone'} is no directory"
    git(tmp_path, "init", "-q")
    assert code_version(tmp_path).why == "it has no commit yet"
    (tmp_path / ".git" / "HEAD").write_text("nonsense\n")
    found = code_version(tmp_path)
    assert found.commit is None
    assert found.dirty is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert code_version(tmp_path).why == "git is not installed"


def test_no_program_that_the_checkout_names_is_run(checkout: Path, tmp_path: Path) -> None:
    trap, sprung = tmp_path / "trap", tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\necho x >>{sprung}\ncat\n")
    trap.chmod(0o755)
    hook = checkout / ".git" / "hooks" / "post-index-change"
    hook.write_text(trap.read_text())
    hook.chmod(0o755)
    (checkout / ".gitattributes").write_text("*.py filter=trap\n")
    settings = {"core.fsmonitor": str(trap), "filter.trap.clean": str(trap), "filter.trap.required": "true"}
    for key, value in settings.items():
        git(checkout, "config", key, value)
    (checkout / "neurons" / "miner.py").write_text("print('mime')\n")
    git(checkout, "status", "--short")
    assert sprung.exists(), "the trap works"
    sprung.unlink()
    assert code_version(checkout).changed == ("neurons/miner.py",)
    assert not sprung.exists()


def test_looking_writes_nothing_into_the_checkout(checkout: Path) -> None:
    index = checkout / ".git" / "index"
    os.utime(checkout / "neurons" / "miner.py", (1, 1))  # a stat that git would like to refresh
    before = (index.read_bytes(), index.stat().st_mtime_ns)
    assert code_version(checkout).dirty is False
    assert (index.read_bytes(), index.stat().st_mtime_ns) == before
