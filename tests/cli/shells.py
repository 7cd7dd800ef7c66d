"""bash, zsh and fish as a person has them: on a terminal, with the completion that netctl installed."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path
from struct import pack
from termios import TIOCSWINSZ

PATIENCE_S = 25.0
PAUSE_S = 0.4
PROMPT = "READY>"
"""Set by each shell's own file, and so drawn when the completion has been loaded."""
STARTERS = {
    "bash": (".bashrc", f"PS1='{PROMPT} '\nbind 'set bell-style none'\n"),
    "zsh": (".zshrc", f"PS1='{PROMPT} '\nunsetopt beep\n"),
    "fish": (".config/fish/config.fish", f"function fish_prompt; echo '{PROMPT} '; end\nset -g fish_greeting\n"),
}
TABS = {"bash": "\t\t", "zsh": "\t", "fish": "\t"}
_DRAWING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[()][A-Z0-9]|\x1b[=>]|[\r\x07\x0f]")


def shells() -> list[str]:
    """The names of all three, installed or not."""
    return list(STARTERS)


@dataclass(frozen=True)
class Shell:
    """One that is installed, with a home of its own in which netctl has installed its completion."""

    name: str
    home: Path

    @property
    def environ(self) -> dict[str, str]:
        """What it starts with; netctl is found first on its PATH."""
        found = {"HOME": str(self.home), "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"}
        return {**found, "LANG": "C.UTF-8", "TERM": "xterm", "XDG_CONFIG_HOME": str(self.home / ".config")}


def installed(name: str, home: Path) -> Shell:
    """The shell, after `netctl --install-completion` was typed in it."""
    file, text = STARTERS[name]
    (home / file).parent.mkdir(parents=True, exist_ok=True)
    (home / file).write_text(text, encoding="utf-8")
    shell = Shell(name, home)
    # The second command keeps the shell from becoming netctl: it is asked what it is.
    words = [name, "-c", "netctl --install-completion; true"]
    done = subprocess.run(words, cwd=home, env=shell.environ, capture_output=True, text=True, timeout=PATIENCE_S)
    assert f"{name} completion installed in" in done.stdout, done.stderr
    return shell


def shown(shell: Shell, line: str, wanted: Collection[str]) -> str:
    """What is on the terminal after the line and Tab, without colours: as soon as all that is wanted is there."""
    program = shutil.which(shell.name) or shell.name
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(shell.home)
        os.execve(program, [program, "-i"], shell.environ)
    try:
        ioctl(terminal, TIOCSWINSZ, pack("HHHH", 50, 180, 0, 0))
        _read(terminal, [PROMPT])
        os.write(terminal, line.encode())
        _read(terminal, [line.split()[-1]])
        time.sleep(PAUSE_S)
        os.write(terminal, TABS[shell.name].encode())
        return _read(terminal, wanted)
    finally:
        os.close(terminal)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _read(terminal: int, wanted: Collection[str]) -> str:
    """All that comes until everything wanted has, and for a moment longer."""
    seen, deadline = "", time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], PAUSE_S)[0]:
            try:
                seen += os.read(terminal, 65_536).decode(errors="replace")
            except OSError:
                break
        elif all(word in _DRAWING.sub("", seen) for word in wanted):
            break
    return _DRAWING.sub("", seen)
