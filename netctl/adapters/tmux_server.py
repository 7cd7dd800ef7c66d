"""One private tmux server, spoken to by the `tmux` program itself.

libtmux is not used for this: it has no standard input (bulk launches need `source-file -`), no deadline (a stopped
server would hold netctl for ever), and hands the operator's whole environment to the server that it starts.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netctl.errors import PrerequisiteError, SessionError

OLDEST = (3, 2)
DEADLINE_S = 15.0
# What the server and every pane start from; nothing of the operator's environment, which may hold keys.
CLEAN_ENVIRON: Mapping[str, str] = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TERM": "screen"}

_ABSENT = re.compile(r"no server running|error connecting to .*\((No such file or directory|Connection refused)\)")
_LEAVING = re.compile(r"server exited|lost server")
_CLIENT_ENDED = ("", "[server exited]")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one tmux command said. `absent` means that no server listens; it is then no failure of tmux."""

    code: int
    lines: tuple[str, ...]
    complaint: str
    absent: bool


def quoted(words: Sequence[str]) -> str:
    """One command line for a tmux configuration file; a line break in a word is refused by ValueError."""
    line = shlex.join(words)
    if "\n" in line or "\r" in line:
        raise ValueError(f"a tmux command cannot hold a line break: {line!r}")
    return line


def literal_path(path: str) -> str:
    """A path as tmux's `-c` wants it, which would expand ``#{...}``."""
    return path.replace("#", "##")


@dataclass(frozen=True, slots=True)
class TmuxServer:
    """The server behind one socket name (`-L`). `tmux` is the program, looked up when it is first needed."""

    socket: str
    tmux: str = "tmux"

    def argv(self, *words: str) -> list[str]:
        """The command line that says `words` to this server; PrerequisiteError where there is no tmux."""
        program = shutil.which(self.tmux)
        if program is None:
            raise PrerequisiteError("tmux is not installed", hint="apt-get install tmux, or brew install tmux")
        return [program, "-u", "-L", self.socket, "-f", "/dev/null", *words]

    def run(self, *words: str, script: str | None = None) -> Answer:
        """Say one command, with `script` on its standard input; SessionError when no answer comes in time.

        A server that is just going away counts as absent.
        """
        argv = self.argv(*words)
        try:
            # A file, not a pipe: if netctl is killed here, tmux still reads the whole script or nothing.
            with tempfile.TemporaryFile() as stdin:
                stdin.write((script or "").encode())
                stdin.seek(0)
                done = subprocess.run(
                    argv, stdin=stdin, capture_output=True, timeout=DEADLINE_S, env=dict(CLEAN_ENVIRON), check=False
                )
        except subprocess.TimeoutExpired:
            raise SessionError(
                f"the tmux server {self.socket} does not answer within {DEADLINE_S:g} s",
                hint="it may be stopped: look for it with ps, and continue it with kill -CONT",
            ) from None
        complaint = done.stderr.decode(errors="replace").strip()
        lines = tuple(done.stdout.decode(errors="replace").splitlines())
        absent = done.returncode != 0 and bool(_ABSENT.search(complaint) or _LEAVING.search(complaint))
        return Answer(done.returncode, lines, complaint, absent)

    def ask(self, *words: str) -> tuple[str, ...] | None:
        """The lines of an answer, or None where no server runs; SessionError when tmux refuses for another reason."""
        answer = self.run(*words)
        if answer.absent:
            return None
        if answer.code != 0:
            raise SessionError(
                f"tmux server {self.socket} refused {words[0]}: {answer.complaint or f'exit {answer.code}'}",
                hint="look at the socket's owner and permissions under /tmp",
            )
        return answer.lines

    def pid(self) -> int | None:
        """The server's pid, None where none runs."""
        lines = self.ask("display-message", "-p", "#{pid}")
        return int(lines[0]) if lines else None

    def require(self) -> tuple[int, int]:
        """The version of the tmux program; PrerequisiteError where it is missing or too old."""
        done = subprocess.run([*self.argv()[:1], "-V"], capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        found = re.search(r"(\d+)\.(\d+)", done.stdout)
        if found is None:
            return OLDEST  # a build from a branch ("tmux master") names no number
        version = (int(found[1]), int(found[2]))
        if version < OLDEST:
            raise PrerequisiteError(f"tmux {found[0]} is too old, 3.2 is needed", hint="install a newer tmux")
        return version
