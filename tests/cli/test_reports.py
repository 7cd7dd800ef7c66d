"""Plans and reports as people read them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from netctl.cli.output import Cell, LiveTalk, PlainTalk, console, paused, plain_table, progress_of, show_table
from netctl.cli.reports import Result, gathered, plan_lines, show_result
from netctl.cli.status_report import duration_text, show_status
from netctl.plan import Plan, PlannedStep
from netctl.standing import NeuronOutcome, Outcome
from netctl.status import report_of
from netctl.step import Blocked
from netctl.whereabouts import Place
from tests.cli.fleet_values import FLEET
from tests.cli.test_status_report import GOOD

pytestmark = pytest.mark.fast

REPORT = report_of(FLEET, GOOD)
STEPS = (
    PlannedStep("wallets", "miner_3", "create_hotkey", "create hotkey hotkey_3 in wallet testnet_miner_3", None),
    PlannedStep("registration", "miner_3", "register", "register it", 100_500_000, "wallets"),
    *(
        PlannedStep("files", f"miner_{i}", "write_file", f"rewrite {path}", None, path=path)
        for i in range(1, 257)
        for path in (f"env/miner_{i}.env", f"files/miner_{i}/launch.sh", *(["files/miner_7/a.json"] if i == 7 else []))
    ),
    PlannedStep("files", "miner_1", "make_directory", "make directory cache", None, "registration", path="cache"),
    *(
        PlannedStep("files", who, "remove_file", f"remove {path}, which the profile has no use for", None, path=path)
        for who, path in (
            ("miner_2", "files/miner_2/b"),
            ("miner_3", "files/miner_3/b"),
            (None, "env/x.env"),
            (None, "env/y.env"),
        )
    ),
    PlannedStep("sessions", None, "launch", "launch miner_3", None, "registration"),
    *(
        PlannedStep(
            *("sessions", f"miner_{i}", "restart_sessions", f"restart miner_{i}", None, "files"),
            why=("variable WAIT 5 → 10", *(("argument --fast added",) if i == 6 else ())),
        )
        for i in (4, 5, 6)
    ),
    PlannedStep(
        "sessions", "validator_1", "restart_sessions", "restart validator_1", None, why=("file a.json changed",)
    ),
)


class Terminal(io.StringIO):
    """A stream with a person before it."""

    def isatty(self) -> bool:
        return True


def test_the_plan_reads_as_reviewed(golden: Callable[[str, str], None]) -> None:
    blocked = (Blocked("miner_5", "needs 4.2 TAO: fund 5F...", "netctl fund --watch"),)
    plan = Plan("day2", 428, STEPS, blocked, ("miner_3: KEY is left out", "miner_4: KEY is left out"))
    golden("plan.txt", "\n".join(plan_lines(plan)) + "\n")


def test_an_empty_plan_says_so() -> None:
    assert plan_lines(Plan("day2", 428)) == ["nothing to do"]


def test_the_status_reads_as_reviewed(golden: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]) -> None:
    show_status(REPORT)
    golden("status.txt", capsys.readouterr().out)


def test_what_was_done_reads_as_reviewed(
    golden: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    failed = NeuronOutcome("miner_3", "failed", "registration", "not enough TAO", "netctl fund")
    show_result(Result(Outcome(FLEET, (failed,), STEPS[:1], 0, ()), REPORT, {"miner_3": 166_253}))
    golden("result.txt", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (0.4, "0s"),
        (59.9, "59s"),
        (61, "1m 1s"),
        (3600, "1h 0m"),
        (90_061, "1d 1h"),
        (86_400 * 40, "40d 0h"),
    ],
)
def test_a_duration_shows_its_two_largest_units(seconds: float | None, text: str) -> None:
    assert duration_text(seconds) == text


def test_notes_that_say_the_same_are_gathered() -> None:
    notes = ["miner_1: KEY is left out", "miner_2: KEY is left out", "the subnet is young"]
    assert gathered(notes) == ["miner_1, miner_2: KEY is left out", "the subnet is young"]


def test_a_plain_table_cuts_nothing() -> None:
    assert plain_table(["name", "problem"], [["miner_1", "x" * 150], ["m", "-"]]) == [
        "name     problem",
        f"miner_1  {'x' * 150}",
        "m        -",
    ]


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_a_table_has_colours_on_a_terminal_but_not_with_no_color(
    monkeypatch: pytest.MonkeyPatch, no_color: str, *, coloured: bool
) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("TERM", "xterm-256color")
    show_table(["state"], [[Cell("running", "green")]])
    assert ("\x1b[32m" in screen.getvalue()) == coloured
    assert "running" in screen.getvalue()


def test_progress_is_plain_lines_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_of(["miner_1"]) as talk:
        assert isinstance(talk, PlainTalk)
        talk.progress("miner_1", "wallets", "made hotkey")
        talk.progress("miner_1", "wallets", "made hotkey")
        talk.progress("miner_1", "sessions", "at most 47 blocks")
        talk.progress("miner_1", "sessions", "at most 46 blocks")
        talk.progress(None, "subnet", "made")
    assert capsys.readouterr().err == (
        "miner_1: wallets: made hotkey\nminer_1: sessions: at most 47 blocks\nfleet: subnet: made\n"
    )


def test_progress_is_one_live_line_for_each_neuron_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("sys.stderr", screen)
    with progress_of(["miner_1", "miner_2"]) as talk:
        assert isinstance(talk, LiveTalk)
        talk.progress("miner_2", "wallets", "made hotkey")
        with paused(talk):
            before = len(screen.getvalue())
        # What was printed above while the lines were off the screen is not theirs to erase.
        assert "\x1b[1A" not in screen.getvalue()[before:]
    assert "miner_1" in screen.getvalue()
    assert "made hotkey" in screen.getvalue()


def test_a_console_wraps_nothing_off_a_terminal() -> None:
    stream = io.StringIO()
    console(stream).print("word " * 60)
    assert stream.getvalue().count("\n") == 1


def test_scripts_hold_no_bashism_and_can_be_run() -> None:
    for path in [*(Path(__file__).parents[2] / "scripts").glob("[a-z]*"), Path(__file__).parents[2] / ".ci" / "run"]:
        if path.suffix != ".py" and path.is_file():
            assert path.stat().st_mode & 0o111
            assert path.read_text().startswith("#!/bin/sh\n")


def test_a_plan_for_many_machines_says_who_is_where() -> None:
    places = (
        *(Place(f"miner_{i}", "nd1", "10.77.0.11", 8090 + i, "off", "", runs=False) for i in (1, 2, 3)),
        Place("miner_4", "", "", 8099, "auto", "", runs=False),
        Place("validator_1", "nd2", "10.77.0.12", 8091, "off", "nd1", runs=True),
    )
    assert plan_lines(Plan("trial", 428, placement=places)) == [
        "placement:",
        "  nd1 (10.77.0.11): miner_1 to miner_3",
        "  nd2 (10.77.0.12): validator_1",
        "  any node of its role: miner_4",
        "nothing to do",
    ]
