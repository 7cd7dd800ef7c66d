"""`netctl chain fault` on a running embedded chain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from netctl.__main__ import main
from netctl.cli import chains
from netctl.devchain.faults.kinds import KINDS
from netctl.fleet import Network
from tests.devchain.lab import Program


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """A chain of its own, which the commands take for the one that runs from here."""
    home = tmp_path / "home"
    home.mkdir()
    started = Program(tmp_path / "data", home).start()
    monkeypatch.chdir(tmp_path)
    meant = replace(chains.bare_chain(), network=Network("rehearsal", started.url))
    monkeypatch.setattr(chains, "chain_meant", lambda _: meant)
    yield started
    started.end()


def held(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main(["chain", "fault", "list", "--json"]) == 0
    return list(json.loads(capsys.readouterr().out)["faults"])


def test_faults_are_added_listed_and_cleared(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chain", "fault", "add", "delay", "--delay", "500ms", "--for", "1m", "--method", "author_*"]) == 0
    assert main(["chain", "fault", "add", "price-jump", "--factor", "10"]) == 0
    assert "clearing undoes it" in capsys.readouterr().err
    delay, jump = held(capsys)
    assert (delay["kind"], delay["ms"], delay["method"]) == ("delay", 500, "author_*")
    assert 50 < float(str(delay["left_s"])) <= 60
    assert (jump["kind"], jump["in_chain_state"]) == ("price-jump", True)
    assert main(["chain", "fault", "clear", str(delay["id"])]) == 0
    assert [each["kind"] for each in held(capsys)] == ["price-jump"]
    assert main(["chain", "fault", "list"]) == 0
    assert "[netuid=1 factor=10.0]" in capsys.readouterr().out
    assert main(["chain", "fault", "clear"]) == 0
    assert held(capsys) == []


def test_no_fault_keeps_its_own_commands_out(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["handshake-429"], ["hang", "--method", "*"], ["rate-limit", "--rate", "0.01"]):
        assert main(["chain", "fault", "add", *words]) == 0
    assert len(held(capsys)) == 3
    assert main(["chain", "fault", "clear"]) == 0


def test_what_makes_no_sense_is_said_in_two_lines(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    for words, hint in ((["add", "earthquake"], "kinds"), (["add", "delay"], "kinds"), (["clear", "99"], "list")):
        assert main(["chain", "fault", *words]) == 2
        error, hinted = capsys.readouterr().err.splitlines()
        assert error.startswith("error: ")
        assert "Invalid params" not in error
        assert hinted == f"hint: netctl chain fault {hint}"
    assert main(["chain", "fault", "add", "drop", "--for", "soon"]) == 2
    assert "'soon' is not a duration" in capsys.readouterr().err


def test_kinds_are_told_with_a_sentence_each(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chain", "fault", "kinds", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {name: kind.summary for name, kind in KINDS.items()}
