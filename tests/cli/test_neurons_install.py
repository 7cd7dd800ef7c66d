"""`netctl neurons install` runs the pack's recipe, and says what it lacks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.program import call

pytestmark = pytest.mark.fast

PROFILE = """\
name: small
network: test
netuid: 428
neurons: {pack: ./mine, path: .}
miners: [{name: miner_1}]
"""
PACK = """\
pack: mine
title: Mine
install:
  python: "3.11"
  note: takes long
  commands: [[TOOL, made]]
roles: {miner: {program: [/bin/true]}}
launch: {order: [miner]}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "small.yaml").write_text(PROFILE)
    (tmp_path / "mine").mkdir()
    return tmp_path


def recipe(here: Path, tool: str) -> None:
    (here / "mine" / "pack.yaml").write_text(PACK.replace("TOOL", tool))


@pytest.mark.parametrize(
    ("tool", "pip", "hint"),
    [
        ("uv", True, "PYTHON -m pip install uv"),
        ("uv", False, "install uv, then run this again"),
        ("no-such-tool", True, "install no-such-tool, then run this again"),
    ],
)
def test_a_tool_that_is_missing_is_named_with_the_line_to_type(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tool: str, hint: str, *, pip: bool
) -> None:
    monkeypatch.setattr(sys, "executable", str(here / "python"))
    # The environment of netctl has pip, or has none, as one that uv made.
    if pip:
        (here / "pip.py").touch()
        monkeypatch.syspath_prepend(here)
    else:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    recipe(here, tool)
    ended = call(capsys, "neurons", "install", "-p", "small.yaml")
    assert ended.code == 4
    assert ended.err.splitlines()[0] == "note: takes long"
    assert ended.err.splitlines()[-2] == f"error: {tool} is not installed"
    assert ended.err.splitlines()[-1] == f"hint: {hint.replace('PYTHON', sys.executable)}"


def test_a_tool_beside_netctl_is_found_though_it_is_not_on_the_path(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = here / "venv"
    beside.mkdir()
    (beside / "mktool").write_text('#!/bin/sh\n: > "$1"\n')
    (beside / "mktool").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(beside / "python"))
    recipe(here, "mktool")
    assert call(capsys, "neurons", "install", "-p", "small.yaml").code == 0
    assert (here / "made").exists()


def test_a_step_that_fails_ends_the_recipe(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe(here, "/bin/false")
    ended = call(capsys, "neurons", "install", "-p", "small.yaml")
    assert (ended.code, ended.err.splitlines()[-2]) == (4, "error: /bin/false made ended with 1")
