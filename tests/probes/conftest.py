"""Neurons that are real programs in groups of their own, their logs real files, and looks at them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
import pytest

from netctl.ports import Metagraph, MetagraphRow, SessionFacts
from netctl.probes.looking import look
from netctl.probes.memory import Memory
from netctl.probes.model import Health, ProbeSpec, Watched
from tests.clocks import ClockAhead

HOTKEY = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
PATIENCE_S = 30.0


def a_probe(kind: str, name: str = "", *, use: str = "both", **changes: object) -> ProbeSpec:
    """A probe that counts at its first failure, asked at every look."""
    probe = ProbeSpec(
        name=name or kind,
        kind=kind,  # type: ignore[arg-type]
        readiness=use in ("readiness", "both"),
        liveness=use in ("liveness", "both"),
        every_s=0.0,
        failures=1,
    )
    return replace(probe, **changes)  # type: ignore[arg-type]


def a_row(**changes: object) -> MetagraphRow:
    row = MetagraphRow(3, HOTKEY, "5C", 0, False, True, "127.0.0.1:8091", 100, 0.0, 0.0, 0, 0.0)
    return replace(row, **changes)  # type: ignore[arg-type]


def a_metagraph(*rows: MetagraphRow, block: int = 200) -> Metagraph:
    return Metagraph(428, block, rows)


@dataclass
class Ward:
    """A program that runs as a neuron does, and what is seen of it."""

    place: Path
    process: subprocess.Popen[bytes]
    watched: Watched
    labels: Mapping[str, str]
    clock: ClockAhead = field(default_factory=ClockAhead)
    memory: Memory = field(default_factory=Memory)

    @property
    def out(self) -> Path:
        return Path(self.watched.stdout)

    @property
    def err(self) -> Path:
        return Path(self.watched.stderr)

    def session(self) -> SessionFacts:
        code = self.process.poll()
        pid = self.process.pid if code is None else None
        started_at = psutil.Process(pid).create_time() if pid is not None else None
        return SessionFacts("miner_1", "hash", pid, started_at, code, None, 0, self.labels)

    async def look(self, *probes: ProbeSpec, **more: object) -> Health:
        """One look, with these probes."""
        watched = replace(self.watched, probes=probes)
        found = await look([watched], {"miner_1": self.session()}, self.memory, clock=self.clock, **more)  # type: ignore[arg-type]
        return found["miner_1"]

    async def until(self, condition: Callable[[Health], bool], *probes: ProbeSpec, **more: object) -> Health:
        """Look until the health is as wanted; fails with what it is where it is not in time."""
        end = time.monotonic() + PATIENCE_S
        while not condition(health := await self.look(*probes, **more)):
            assert time.monotonic() < end, health
            await asyncio.sleep(0.02)
        return health

    def says(self, word: str) -> None:
        """Wait until it has written a word."""
        end = time.monotonic() + PATIENCE_S
        while word not in self.out.read_text() + self.err.read_text():
            assert time.monotonic() < end, f"{word!r} is not said: {self.out.read_text()} {self.err.read_text()}"
            time.sleep(0.01)


@dataclass
class Wards:
    """Starts programs, and ends them all."""

    place: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, source: str, *argv: str, port: int = 8091, before: str = "") -> Ward:
        """Run Python source, its streams in files that hold `before` already."""
        out, err = self.place / "out.log", self.place / "err.log"
        for path in (out, err):
            path.write_text(before)
        with out.open("ab") as stdout, err.open("ab") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-u", "-c", source, *argv],
                cwd=self.place,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                process_group=0,
            )
        self.started.append(process)
        watched = Watched(
            name="miner_1",
            role="miner",
            stdout=str(out),
            stderr=str(err),
            cwd=str(self.place),
            environ=(("PATH", "/usr/bin:/bin"), ("LANG", "C.UTF-8")),
            hotkey=HOTKEY,
            axon_ip="127.0.0.1",
            axon_port=port,
            any_ip=False,
            ready_within_s=60.0,
            probes=(),
        )
        return Ward(self.place, process, watched, {"log_offset": str(len(before)), "err_offset": str(len(before))})

    def end(self) -> None:
        for process in self.started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def wards(tmp_path: Path) -> Iterator[Wards]:
    found = Wards(tmp_path)
    yield found
    found.end()
