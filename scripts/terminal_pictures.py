#!/usr/bin/env python3
"""What scripts/pictures runs: a rehearsal in a real terminal, and SVGs of what it shows. Nothing of them is made up.

A shell in a tmux of its own, in a directory and with a HOME of its own; commands are typed into it, and the pane is
captured with its colours when the prompt is back, or, of a program that keeps the screen, when it shows what it should.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from terminal_svg import LARGEST_BYTES, Frame, film_of, svg_of

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
PROFILE = "profiles/day2.yaml"
PATIENCE_S = 300.0
WATCHED_S = 75.0
MOST_FRAMES = 16


def _some(frames: Sequence[Frame], most: int) -> list[Frame]:
    """The first one, and of the others so many that lie evenly in time."""
    end = frames[-1][0]
    wanted = [end * number / most for number in range(most)]
    nearest = [min(frames, key=lambda frame: abs(frame[0] - moment)) for moment in wanted]
    return sorted({frames[0], *nearest, frames[-1]})


_COLOURS = re.compile(r"\x1b\[[\d;:]*m|\x1b\(B|\x0f")


@dataclass
class Terminal:
    """A shell in a tmux of its own."""

    place: Path
    columns: int = 100
    _server: str = field(default_factory=lambda: f"pictures-{os.getpid()}")

    @property
    def environ(self) -> Mapping[str, str]:
        """What the shell and netctl get: nothing of the user's but where programs are."""
        path = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
        own = {"HOME": str(self.place / "home"), "TMUX_TMPDIR": str(self.place / "tmux"), "PATH": path}
        return {**own, "LANG": "C.UTF-8", "COLORTERM": "truecolor", "SHELL": "/bin/bash", "TERM": "xterm-256color"}

    def tmux(self, *words: str) -> str:
        """One command of the private tmux, and what it says."""
        command = ["tmux", "-L", self._server, "-f", "/dev/null", *words]
        return subprocess.run(command, env=self.environ, check=True, capture_output=True, text=True).stdout

    def open(self) -> None:
        """Start it in an empty directory with the profiles in it."""
        for name in ("home", "tmux", "here"):
            (self.place / name).mkdir()
        (self.place / "here" / "profiles").symlink_to(ROOT / "profiles")
        rc = self.place / "rc"
        rc.write_text(f"PS1='\\[\\e[32m\\]$\\[\\e[0m\\] '\nPROMPT_COMMAND='echo >> {self.place}/prompts'\n")
        self.tmux(
            "new-session", "-d", "-s", "tour", "-x", "100", "-y", "36", "-c", str(self.place / "here"), "/bin/cat"
        )
        self.tmux("set-option", "-g", "default-terminal", "tmux-256color")
        self.tmux("set-option", "-g", "history-limit", "5000")
        self.tmux("set-option", "-g", "status", "off")
        self.tmux("new-window", "-k", "-t", "tour:0", "-c", str(self.place / "here"), f"exec bash --rcfile {rc} -i")
        self.until(lambda: self.prompts() > 0, "a prompt")

    def size(self, columns: int, rows: int) -> None:
        """Make the window another size, and clear it."""
        self.columns = columns
        self.tmux("resize-window", "-t", "tour", "-x", str(columns), "-y", str(rows))
        time.sleep(0.5)
        self.run("clear")
        self.tmux("clear-history", "-t", "tour")

    def run(self, command: str) -> None:
        """Type a command and wait for the next prompt."""
        before = self.prompts()
        self.start(command)
        self.until(lambda: self.prompts() > before, f"the end of {command}")
        time.sleep(0.3)

    def film(self, command: str) -> list[Frame]:
        """Type a command, and every screen until the next prompt that is not the one before, with its second."""
        before, begun = self.prompts(), time.monotonic()
        frames = [(0.0, f"{self.shown()}\n$ {command}".lstrip("\n"))]
        self.start(command)
        while self.prompts() == before and time.monotonic() < begun + PATIENCE_S:
            screen = self.shown()
            if screen and screen != frames[-1][1]:
                frames.append((time.monotonic() - begun, screen))
            time.sleep(0.1)
        time.sleep(0.5)
        return [*_some(frames, MOST_FRAMES - 1), (time.monotonic() - begun, self.shown())]

    def start(self, command: str) -> None:
        """Type a command and go on."""
        self.tmux("send-keys", "-t", "tour", "-l", command)
        self.tmux("send-keys", "-t", "tour", "Enter")

    def press(self, key: str) -> None:
        """Press a key in what runs there."""
        self.tmux("send-keys", "-t", "tour", key)

    def shown(self, *, whole: bool = True) -> str:
        """The text since it was cleared, or the screen alone, with colours; the prompt that waits is left out."""
        since = ["-S", "-"] if whole else []
        lines = self.tmux("capture-pane", "-t", "tour", "-e", "-p", *since).rstrip().splitlines()
        while lines and _COLOURS.sub("", lines[-1]).strip() in ("", "$"):
            lines.pop()
        return "\n".join(lines)

    def until_shown(self, what: str) -> None:
        """Wait for a regular expression on the screen."""
        self.until(lambda: re.search(what, self.tmux("capture-pane", "-t", "tour", "-p")) is not None, what)

    def netctl(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of netctl beside the terminal."""
        command = [str(ROOT / ".venv" / "bin" / "netctl"), *words]
        here = self.place / "here"
        return subprocess.run(command, cwd=here, env=self.environ, check=False, capture_output=True, text=True)

    def close(self) -> None:
        """End the fleet and the shell."""
        self.netctl("fleet", "down", "-p", PROFILE, "--rehearse", "--purge", "--yes")
        with suppress(subprocess.CalledProcessError):
            self.tmux("kill-server")

    def prompts(self) -> int:
        """How many there were."""
        try:
            return len((self.place / "prompts").read_text())
        except FileNotFoundError:
            return 0

    def until(self, is_so: Callable[[], bool], what: str) -> None:
        """Wait until it is so; TimeoutError with what the terminal shows."""
        deadline = time.monotonic() + PATIENCE_S
        while not is_so():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {PATIENCE_S:.0f} s for {what}; the terminal shows:\n{self.shown()}")
            time.sleep(0.2)


def up(terminal: Terminal) -> list[Frame]:
    """The whole of it: chain, wallets, TAO, registration, stake, files, sessions."""
    terminal.size(104, 30)
    return terminal.film(f"netctl fleet up {PROFILE} --rehearse --yes")


def status(terminal: Terminal) -> str:
    """What runs, and what the chain has of it."""
    terminal.size(120, 30)
    terminal.run("netctl status")
    terminal.run("netctl metagraph")
    return terminal.shown()


def watch(terminal: Terminal) -> str:
    """The screen that lives, when there is something to see on it."""
    terminal.size(104, 34)
    before = terminal.prompts()
    terminal.start("netctl status --watch")
    terminal.until_shown(r"miner_1 .*\d%.*[▂▃▄▅▆▇█]")
    time.sleep(WATCHED_S)
    seen = terminal.shown(whole=False)
    terminal.press("q")
    terminal.until(lambda: terminal.prompts() > before, "the prompt after q")
    return seen


def check(terminal: Terminal) -> str:
    """The verdict, as far as a young rehearsal has one."""
    terminal.size(104, 44)
    terminal.run("netctl check --group minimum")
    return terminal.shown()


def why(terminal: Terminal) -> str:
    """A neuron is killed, and comes back; what netctl says of it."""
    terminal.size(120, 24)
    terminal.run("netctl chaos kill miner_3")
    terminal.until(lambda: terminal.netctl("why", "miner_3").returncode == 0, "miner_3 to be well again")
    terminal.run("netctl why miner_3")
    return terminal.shown()


SCENES: Mapping[str, tuple[Callable[[Terminal], str | list[Frame]], str]] = {
    "up": (up, "netctl fleet up"),
    "status": (status, "netctl status, netctl metagraph"),
    "watch": (watch, "netctl status --watch"),
    "check": (check, "netctl check"),
    "why": (why, "netctl why"),
}
"""In the order in which they are played; `up` always is."""


def main() -> None:
    """Play the scenes, and write a picture of each that is wanted."""
    parser = argparse.ArgumentParser(description="Make docs/pictures/terminal-*.svg anew.")
    parser.add_argument("names", nargs="*", choices=[*SCENES, []], metavar="NAME", help=", ".join(SCENES))
    parser.add_argument("--into", type=Path, default=PICTURES, metavar="DIR", help="another directory")
    asked = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="netctl-pictures-"))
    terminal = Terminal(place)
    try:
        terminal.open()
        for name, (play, title) in SCENES.items():
            if asked.names and name not in ("up", *asked.names):
                continue
            seen = play(terminal)
            columns = terminal.columns
            drawn = svg_of(seen, columns, name, title) if isinstance(seen, str) else film_of(seen, columns, name, title)
            if str(place) in drawn or len(drawn) > LARGEST_BYTES:
                print(f"{name}: {len(drawn)} bytes, or it shows a path of this machine", file=sys.stderr)
            if not asked.names or name in asked.names:
                (asked.into / f"terminal-{name}.svg").write_text(drawn, encoding="utf-8")
    finally:
        terminal.close()
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
