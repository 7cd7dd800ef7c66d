"""`netctl status --watch` on a terminal, over a fleet that runs: in a tmux of the test's own, as a person sees it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.program import Ended, run, small_profile

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PATIENCE_S = 90.0
CLEAN = ["alternate_on", "cursor_flag", "mouse_any_flag", "keypad_flag"]


def _netctl(here: Path, *argv: str) -> Ended:
    return run(*argv, cwd=here, timeout_s=240, HOME=str(here / "home"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with a fleet of one miner and one validator, up in a rehearsal; taken down afterwards."""
    here = tmp_path_factory.mktemp("place")
    (here / "small.yaml").write_text(small_profile())
    (here / "home").mkdir()
    try:
        up = _netctl(here, "fleet", "up", "small.yaml", "--rehearse", "--yes")
        assert up.code == 0, up.err
        yield here
    finally:
        _netctl(here, "fleet", "down", "small.yaml", "--rehearse")


@dataclass(frozen=True)
class Terminal:
    """A shell in a pane. Its tmux has nothing to do with the fleet's."""

    socket: Path

    def tmux(self, *argv: str) -> str:
        command = ["tmux", "-S", str(self.socket), "-f", os.devnull, *argv]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", "-t", "eye", *keys)

    @property
    def seen(self) -> str:
        return self.tmux("capture-pane", "-p", "-t", "eye")

    def until(self, holds: Callable[[str], bool], what: str) -> str:
        """What is on the screen once that holds of it."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds(seen := self.seen):
            assert time.monotonic() < deadline, f"{what}:\n{seen}"
            time.sleep(0.1)
        return seen

    def flags(self) -> list[str]:
        return self.tmux("display-message", "-p", "-t", "eye", " ".join(f"#{{{flag}}}" for flag in CLEAN)).split()

    def watch(self, *argv: str, before: str = "") -> None:
        words = " ".join([before, sys.executable, "-m", "netctl", "status", "--watch", *argv]).strip()
        after = 'echo left $? $([ "$was" = "$(stty -g)" ] && echo whole)'
        self.press(f"clear; was=$(stty -g); {words}; {after}", "Enter")
        self.until(lambda seen: "q Quit" in seen and "validator_1" in seen, "the screen is drawn")

    def left(self, code: int) -> None:
        """The screen was left with that code, and the terminal is as it was."""
        seen = self.until(lambda seen: "\nleft " in f"\n{seen}", f"it is left with {code}")
        assert f"left {code} whole" in seen
        assert self.flags() == ["0", "1", "0", "0"]


@pytest.fixture
def terminal(place: Path, tmp_path: Path) -> Iterator[Terminal]:
    found = Terminal(tmp_path / "eye")
    size = ["-x", "80", "-y", "24"]
    home = f"HOME={place / 'home'}"
    found.tmux("new-session", "-d", *size, "-s", "eye", "-c", str(place), "env", home, "PS1=$ ", "sh")
    try:
        yield found
    finally:
        found.tmux("kill-server")


def _pid(place: Path, name: str) -> int:
    found = _netctl(place, "status", "--json").document
    (pid,) = [neuron["pid"] for neuron in found["neurons"] if neuron["name"] == name]
    assert isinstance(pid, int)
    return pid


def test_a_person_looks_at_the_fleet_and_leaves_no_trace(place: Path, terminal: Terminal) -> None:
    terminal.watch()
    seen = terminal.until(lambda seen: seen.count(" running ") >= 2, "both run")
    assert seen.startswith(" small-rehearsal: subnet ")
    log = place / ".netctl" / "small-rehearsal" / "logs" / "miner_1.err.log"
    terminal.until(lambda seen: "─log of miner_1: both streams, followed" in seen, "the log's title")
    terminal.until(lambda seen: "MiB" not in seen and "bittensor" in seen, "lines of it")
    terminal.press("o", "o")  # its standard error, which is quiet
    terminal.until(lambda seen: "─log of miner_1: standard error" in seen, "the other stream")
    with log.open("a") as file:
        file.write("the line that was just written\n")
    terminal.until(lambda seen: "the line that was just written" in seen, "it is followed")
    terminal.press("z")
    terminal.until(lambda seen: "name▲" not in seen, "details and log are large")
    terminal.press("z", "o", "Down")
    terminal.until(lambda seen: "─log of validator_1" in seen and "─validator_1─" in seen, "the next one is selected")
    terminal.press("/", "m", "i", "n", "e", "r")
    terminal.until(lambda seen: "1 shown" in seen and "─log of miner_1" in seen, "the filter holds")
    terminal.press("Escape")
    terminal.until(lambda seen: "shown" not in seen, "all are shown again")
    terminal.press("?")
    terminal.until(lambda seen: "│ Keys" in seen and "─┐" in seen, "help lies over it")
    terminal.press("q")
    terminal.until(lambda seen: "│ Keys" not in seen, "and is gone")
    terminal.tmux("resize-window", "-t", "eye", "-x", "200", "-y", "50")
    wide = terminal.until(lambda seen: "problem" in seen and "supervisor: running" in seen, "all columns")
    assert "hotkey h1" in wide
    terminal.until(lambda seen: "MiB" not in seen and "%" in seen and "score " in seen, "what the store holds")
    os.kill(_pid(place, "miner_1"), signal.SIGKILL)
    terminal.until(lambda seen: "killed by SIGKILL" in seen or "1 restarts" in seen, "its death is seen")
    terminal.until(lambda seen: "1 restarts" in seen and "ready, pid" in seen, "and that it was started again")
    terminal.press("q")
    terminal.left(0)
    assert _netctl(place, "fleet", "list").code == 0, "the fleet runs on"


@pytest.mark.parametrize(("how", "code"), [("C-c", 130), (signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_however_it_ends_the_terminal_is_as_it_was(terminal: Terminal, how: str | signal.Signals, code: int) -> None:
    terminal.watch()
    assert terminal.flags()[:2] == ["1", "0"]
    if isinstance(how, str):
        terminal.press(how)
    else:
        shell = int(terminal.tmux("display-message", "-p", "-t", "eye", "#{pane_pid}"))
        (child,) = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
        os.kill(int(child), how)
    terminal.left(code)


def test_without_colours_there_are_none(terminal: Terminal) -> None:
    terminal.watch(before="NO_COLOR=1")
    shown = terminal.tmux("capture-pane", "-p", "-e", "-t", "eye")
    assert "38;" not in shown
    assert "48;" not in shown
    assert "\x1b[7m" in shown or ";7m" in shown, "the cursor is seen all the same"
    terminal.press("q")
    terminal.left(0)


def test_of_a_fleet_that_is_down_it_says_so_and_sees_it_come(place: Path, terminal: Terminal) -> None:
    assert _netctl(place, "fleet", "down", "small.yaml", "--rehearse").code == 0
    terminal.watch()
    terminal.until(lambda seen: seen.count("missing") >= 2 and "no answer" in seen, "nothing runs")
    terminal.until(lambda seen: "─log of miner_1" in seen and "bittensor" in seen, "what was logged is there")
    assert _netctl(place, "fleet", "up", "small.yaml", "--rehearse", "--yes").code == 0
    terminal.until(lambda seen: seen.count(" running ") >= 2 and "no answer" not in seen, "it has come up")
    terminal.press("q")
    terminal.left(0)
