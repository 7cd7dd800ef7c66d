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
from tests.cli.screen import drawn
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
    added = capsys.readouterr().err.splitlines()
    assert added[0] == "fault 1: delay, for 60 s: an answer or a push comes late by 500 ms (only author_*)"
    assert added[1] == "fault 2: price-jump, until cleared: registration costs 10 times as much (subnet 1)"
    assert "a restart does not" in added[2]
    delay, jump = held(capsys)
    assert (delay["kind"], delay["ms"], delay["method"]) == ("delay", 500, "author_*")
    assert 50 < float(str(delay["left_s"])) <= 60
    assert (jump["kind"], jump["in_chain_state"]) == ("price-jump", True)
    assert main(["chain", "fault", "clear", str(delay["id"])]) == 0
    assert [each["kind"] for each in held(capsys)] == ["price-jump"]
    assert main(["chain", "fault", "list"]) == 0
    assert [line.split()[:3] for line in capsys.readouterr().out.splitlines()] == [
        ["id", "kind", "struck"],
        ["2", "price-jump", "-"],
    ]
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


@pytest.mark.parametrize(
    ("words", "error", "hint"),
    [
        ("delay", "delay: --delay is missing", "fault kinds"),
        ("delay --delay 99h", "delay: --delay 99h: at most ten minutes wanted", "fault kinds"),
        ("drop --for 0s", "drop: --for 0s: more than nothing and at most a week wanted", "fault kinds"),
        (
            "drop --factor 3 --netuid 1",
            "drop: --netuid is none of its options; --factor is none of its options",
            "kinds",
        ),
        ("dealy --delay 1s", "no fault 'dealy' (did you mean delay?)", "fault kinds"),
        ("rate-limit --rate nan", "--rate: nan is no number", "--help"),
        ("price-jump --factor inf", "--factor: inf is no number", "--help"),
        ("drop --method author_submitExtrinsics", "is called so (did you mean author_submitExtrinsic?)", "fault kinds"),
        ("drop --method dev_*", "drop: --method dev_*: no method or push is called so", "fault kinds"),
        ("full-subnet --netuid 77", "full-subnet: there is no subnet 77", "say which with --netuid: there are 0, 1"),
    ],
)
def test_what_is_wrong_is_called_as_it_was_typed(
    words: str, error: str, hint: str, program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["chain", "fault", "add", *words.split()]) == 2
    said, hinted = capsys.readouterr().err.splitlines()
    assert said.endswith(error)
    assert hint in hinted
    assert held(capsys) == []


def test_kinds_are_told_with_their_options_where_no_chain_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chain", "fault", "kinds", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {name: kind.summary for name, kind in KINDS.items()}
    assert main(["chain", "fault", "kinds"]) == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert [row.split()[0] for row in rows] == list(KINDS)
    (delay,) = [row for row in rows if row.startswith("delay ")]
    assert delay.split(maxsplit=2) == ["delay", "--delay", "an answer or a push comes late by --delay"]
    (refuse,) = [row for row in rows if row.startswith("refuse ")]
    assert "[--code] [--text]" in refuse


def test_nothing_is_wider_than_the_terminal() -> None:
    """Cells that can give way do so between words; kinds, ids and flags stay whole."""
    screen = drawn(80, "from netctl.__main__ import main; main(['chain', 'fault', 'kinds'])")
    lines = screen.splitlines()
    assert max(map(len, lines)) <= 80
    assert all(any(name in line.split() for line in lines) for name in KINDS)
    text = "a request is carried out and its answer is lost, " * 4
    hanging = drawn(80, f"from netctl.cli.output import show_hanging; show_hanging('faults        ', {text!r})")
    first, *rest = hanging.splitlines()
    assert first.startswith("faults        a request")
    assert rest
    assert all(line.startswith(" " * 14) and len(line) <= 80 for line in rest)
    assert hanging.split()[1:] == text.split()
    talk = drawn(80, f"from netctl.cli.output import say_hanging; say_hanging('fault ', {text!r})")
    assert talk.replace("\r\n      ", " ").split()[1:] == text.split()
    assert max(map(len, talk.splitlines())) <= 80
