"""The fleet that the storm goes over, the blows as they are struck, and the commands that people give meanwhile."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest.mock
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from netctl.adapters.tmux import TmuxHost
from netctl.cli import main
from netctl.errors import SessionError
from netctl.ports import SessionFacts
from tests.cli.program import Ended, run
from tests.ports import free_ports
from tests.soak import census
from tests.soak.storm import SERVER, SUPERVISOR, Blow

HERE = Path(__file__).parent
NAME = "soak"
TARGET = ("-p", "soak.yaml", "--rehearse")
MOST_COMMANDS = 3
HARMLESS = (0, 1, 6, 8, 9)
"""How a command may end in a storm: done, some neurons failed, chain or tmux gone, another one at work."""

PROFILE = """\
name: soak
network: test
netuid: 428
neurons: &own {{pack: {here}/standin, path: {here}, python: {python}}}
defaults: {{restart: {{when: always, backoff: 0.3s, most: 2s, tries: 10000}}}}
miners:
{miners}
validators:
{validators}
subnet: {{burn_increase_mult: 1, min_burn: 0.0005}}
supervisor: {{starts: 1000, per: 10s}}
rehearsal:
  block_time: 0.25
  neurons: *own
"""


@dataclass(frozen=True)
class Struck:
    """A blow that hit a living process; `program` is the pid of the session's program then, whoever of it was hit."""

    blow: Blow
    pid: int
    program: int | None


@dataclass
class Command:
    """A netctl that runs beside the storm."""

    words: tuple[str, ...]
    process: subprocess.Popen[str]
    cut_at: float | None
    output: Path


@dataclass
class Ground:
    """One rehearsal in a directory of its own. `told` is a diary of what was done, for whoever reads a failure."""

    root: Path
    miners: int = 30
    told: list[str] = field(default_factory=list)
    struck: list[Struck] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.time)
    begun: int = 0

    def __post_init__(self) -> None:
        names = [*(f"miner_{number}" for number in range(1, self.miners + 1)), "validator_1", "validator_2"]
        chain, *ports = free_ports(len(names) + 1)
        self.ports = dict(zip(names, ports, strict=True))
        # As if it had run before: while the chain is down, another fleet's must not take its port.
        noted = self.state / "files" / "chain" / "port"
        noted.parent.mkdir(mode=0o700, parents=True)
        noted.write_text(f"{chain}\n", encoding="ascii")
        rows = {
            name: f"  - {{name: {name}, wallet: {name}, hotkey: hot, port: {port}" for name, port in self.ports.items()
        }
        miners = "\n".join(f"{row}}}" for name, row in rows.items() if name.startswith("miner"))
        validators = "\n".join(f"{row}, stake: 10}}" for name, row in rows.items() if name.startswith("validator"))
        text = PROFILE.format(here=HERE, python=sys.executable, miners=miners, validators=validators)
        (self.root / "soak.yaml").write_text(text, encoding="utf-8")
        self.host = TmuxHost(self.state, f"{NAME}-rehearsal")

    @property
    def state(self) -> Path:
        return self.root / "state" / f"{NAME}-rehearsal"

    @property
    def names(self) -> list[str]:
        return list(self.ports)

    def clock(self) -> float:
        """Seconds since the ground was laid."""
        return time.time() - self.began

    def say(self, text: str) -> None:
        self.told.append(f"{self.clock():7.2f} {text}")

    # -- commands --------------------------------------------------------------------------------------------------

    def netctl(self, *words: str) -> Ended:
        """One command, waited for."""
        return run(*words, cwd=self.root, timeout_s=180, NETCTL_HOME=str(self.root / "state"))

    def call(self, *words: str) -> Ended:
        """The same in this process: quick, where many are to be asked."""
        out, err = io.StringIO(), io.StringIO()
        home = unittest.mock.patch.dict(os.environ, NETCTL_HOME=str(self.root / "state"))
        with home, contextlib.chdir(self.root), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(list(words))
        return Ended(code, out.getvalue(), err.getvalue())

    def begin(self, *words: str, cut_at: float | None = None) -> None:
        """One command beside the storm; where too many run already it is left out."""
        if len(self.commands) >= MOST_COMMANDS:
            self.say(f"left out: netctl {' '.join(words)}")
            return
        self.begun += 1
        output = self.root / f"command-{self.begun}.txt"
        with output.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "netctl", *words],
                cwd=self.root,
                env={**os.environ, "NETCTL_HOME": str(self.root / "state")},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                text=True,
            )
        self.commands.append(Command(words, process, cut_at, output))
        self.say(f"netctl {' '.join(words)}")

    def collect(self, *, wait_s: float = 0.0) -> None:
        """See which commands have ended, and how; those that are to be cut are killed when it is time."""
        deadline = time.monotonic() + wait_s
        while True:
            for command in list(self.commands):
                if command.cut_at is not None and self.clock() >= command.cut_at:
                    command.process.kill()
                code = command.process.poll()
                if code is not None:
                    self.commands.remove(command)
                    self._judge(command, code)
            if not self.commands or time.monotonic() >= deadline:
                return
            time.sleep(0.05)

    def _judge(self, command: Command, code: int) -> None:
        was_cut = command.cut_at is not None and code == -signal.SIGKILL
        text = command.output.read_text(encoding="utf-8")
        said = [line for line in text.splitlines() if line.startswith("error: ")]
        self.say(f"netctl {' '.join(command.words)} ended with {code} {' '.join(said)[:300]}")
        if not was_cut and (code not in HARMLESS or "Traceback" in text):
            self.faults.append(f"netctl {' '.join(command.words)} ended with {code}:\n{text[-3000:]}")

    # -- blows -----------------------------------------------------------------------------------------------------

    def strike(self, blow: Blow) -> None:
        """Do it, to whoever is there."""
        if blow.what == "run":
            whom = ("--neuron", blow.whom) if blow.whom else ()
            self.begin("fleet", blow.word, *TARGET, *whom, "--yes")
        elif blow.what == "cut":
            self.begin("fleet", blow.word, *TARGET, "--yes", cut_at=self.clock() + float(blow.whom))
        else:
            self._hit(blow)

    def _hit(self, blow: Blow) -> None:
        program = next(iter(census.program_pids(self.state).get(blow.whom, ())), None)
        for pid in self._pids(blow, program):
            number = {"kill": signal.SIGKILL, "exit": signal.SIGUSR1, "hang": signal.SIGSTOP, "thaw": signal.SIGCONT}
            with suppress(ProcessLookupError):
                if blow.word == "group":
                    os.killpg(os.getpgid(pid), number[blow.what])
                else:
                    os.kill(pid, number[blow.what])
                self.struck.append(Struck(blow, pid, program))
                self.say(f"{blow.what} {blow.whom} {blow.word} (pid {pid})")

    def _pids(self, blow: Blow, program: int | None) -> list[int]:
        """Whom it hits, by the process table: nobody asks a tmux that may hang."""
        if blow.whom == SERVER:
            return census.servers(self.host.server.socket)
        if blow.word == "guardian":
            return census.guardian_pids(self.state).get(blow.whom, [])
        return [] if program is None else [program]

    def thaw(self) -> None:
        """Let tmux and the supervisor go on, which nobody watches; neurons that hang are for the supervisor to find."""
        for hit in self.struck:
            if hit.blow.what == "hang" and hit.blow.whom in (SERVER, SUPERVISOR):
                with suppress(ProcessLookupError):
                    os.kill(hit.pid, signal.SIGCONT)

    # -- looking ---------------------------------------------------------------------------------------------------

    def sessions(self) -> dict[str, SessionFacts]:
        """What netctl finds; empty where tmux does not answer."""
        try:
            return dict(self.host.sessions())
        except SessionError:
            return {}

    def diary(self, name: str = "") -> str:
        """What was done, the last of it or what has to do with one session."""
        lines = [line for line in self.told if not name or name in line.split()]
        return "\n".join(lines[-60:])

    def log(self, name: str, kind: str = "") -> str:
        path = self.state / "logs" / f"{name}{kind}.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def close(self) -> None:
        """End everything that the fleet still runs."""
        for command in self.commands:
            command.process.kill()
            command.process.wait(30)
        for pid in census.servers(self.host.server.socket):
            os.kill(pid, signal.SIGCONT)
        ended = self.netctl("fleet", "down", *TARGET, "--yes")
        assert ended.code == 0, ended.err
        shutil.rmtree(self.state)
