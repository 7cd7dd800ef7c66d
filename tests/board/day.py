"""A fleet's day as its supervisor would have written it: logs in RESI's words, read into the store, and samples."""

from __future__ import annotations

import math
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from netctl import packs
from netctl.ports import Metagraph, MetagraphRow, Usage, Weights
from netctl.runs.record import Member, compact
from netctl.status import NeuronStatus, StatusReport
from netctl.store.database import FILE, change, opened
from netctl.store.feeding import Feeder
from netctl.store.recording import record_metagraph, record_states, record_usage
from netctl.store.runs import write_run
from netctl.store.sources import LogSource
from netctl.supervisor.fates import SupervisorStatus
from tests.runs.made import run

PERIOD_S = 300
SAMPLED_S = 15
LOOKED_S = 60
LINE = "\x1b[34m{at}\x1b[39m | \x1b[1m\x1b[32m{level:^16}\x1b[39m\x1b[49m\x1b[0m | bittensor:{place} | {text}\n"


def hotkey_of(name: str) -> str:
    """An address that looks like one."""
    return f"5{name.replace('_', 'x'):Z<47}"


@cache
def _pack() -> packs.Pack:
    return packs.load("resi")


@dataclass
class Day:
    """So many neurons of a fleet in a state directory. `outage` is when the API does not answer, in seconds of it."""

    state: Path
    miners: int = 60
    validators: int = 4
    outage: tuple[float, float] = (math.inf, math.inf)
    seed: int = 7
    _random: random.Random = field(init=False)
    _cpu_s: dict[str, float] = field(default_factory=dict)
    _began: float | None = None

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        (self.state / "logs").mkdir(parents=True, exist_ok=True)

    @property
    def of_miners(self) -> list[str]:
        return [f"miner_{number}" for number in range(1, self.miners + 1)]

    @property
    def of_validators(self) -> list[str]:
        return [f"validator_{number}" for number in range(1, self.validators + 1)]

    @property
    def members(self) -> tuple[Member, ...]:
        """All of them, uids from 1 on."""
        names = [(name, "miner") for name in self.of_miners] + [(name, "validator") for name in self.of_validators]
        return tuple(
            Member(name, "miner" if role == "miner" else "validator", name, "hk", f"5C{name}", hotkey_of(name), uid)
            for uid, (name, role) in enumerate(names, start=1)
        )

    def write(self, since: float, until: float) -> None:
        """All that happens in this stretch of time (epoch seconds); one after the other may be written."""
        first = self._began is None
        self._began = since if self._began is None else self._began
        with opened(self.state / FILE) as store:
            if first:
                write_run(
                    store, "r", since, compact(run("r", fleet=self.state.name, neurons=self.members, began=since))
                )
            self._samples(store, since, until, first=first)
            self._logs(since, until)
            signals = {role: _pack().spec.signals_of(role) for role in _pack().spec.roles}
            feeder = Feeder(store, signals)
            for member in self.members:
                path = self.state / "logs" / f"{member.name}.log"
                feeder.feed(LogSource(member.name, member.role, "resi", "stdout", path), now=until)

    def _samples(self, store: sqlite3.Connection, since: float, until: float, *, first: bool) -> None:
        for number, at in enumerate(_every(since, until, SAMPLED_S)):
            with change(store):
                record_usage(store, {member.name: self._usage(member, at) for member in self.members}, at)
                if number % (LOOKED_S // SAMPLED_S) == 0:
                    record_metagraph(store, self._metagraph(at), Weights({}, ()), at)
        with change(store):
            if first:
                record_states(store, self._statuses("starting", 0), since)
                record_states(store, self._statuses("running", 0), since + 30)
            if until - since > 7200:
                middle = (since + until) / 2
                some = self._statuses("killed", 0)[::9]
                record_states(store, some, middle)
                record_states(store, [_status(each.name, each.role, "running", 1) for each in some], middle + 600)

    def _usage(self, member: Member, at: float) -> Usage:
        busy = 0.3 + 0.2 * math.sin(at / 3000 + (member.uid or 0))
        self._cpu_s[member.name] = self._cpu_s.get(member.name, 0.0) + SAMPLED_S * busy * self._random.random()
        memory = int(180e6 + 40e6 * math.sin(at / 9000 + (member.uid or 0)) + 1e6 * self._random.random())
        assert self._began is not None
        return Usage(1000 + (member.uid or 0), self._began, self._cpu_s[member.name], memory, 2, 12, 40, 6, 0, 0)

    def _metagraph(self, at: float) -> Metagraph:
        block = int(at // 12)
        rows = tuple(
            MetagraphRow(
                member.uid or 0, member.hotkey_ss58 or "", member.coldkey_ss58 or "", 10**9, member.role == "validator",
                True, f"127.0.0.1:{8090 + (member.uid or 0)}", block - block % 360, 1 / self.miners, 0.0, 41, 0.1
            )
            for member in self.members
        )  # fmt: skip
        return Metagraph(428, block, rows, block - block % 360, 64, 5, 6, 7)

    def _statuses(self, state: Any, restarts: int) -> list[NeuronStatus]:
        return [_status(member.name, member.role, state, restarts) for member in self.members]

    def _logs(self, since: float, until: float) -> None:
        texts: dict[str, list[str]] = {member.name: [] for member in self.members}
        for at in _every(since, until, PERIOD_S):
            for uid, miner in enumerate(self.of_miners, start=1):
                texts[miner].append(self._mined(at))
                for number, validator in enumerate(self.of_validators):
                    texts[validator].append(self._judged(at + number + uid / 10, uid, miner))
        for name, parts in texts.items():
            with (self.state / "logs" / f"{name}.log").open("a") as log:
                log.write("".join(parts))

    def _mined(self, at: float) -> str:
        lines = ("Scraping 77449 for ForSale properties: Houses", "Found 12 properties in 77449")
        return "".join(_line(at, "INFO", "rapid_zillow_scraper.py:113", text) for text in lines)

    def _judged(self, at: float, uid: int, miner: str) -> str:
        assert self._began is not None
        into = at - self._began
        credibility = 1 - 0.85 ** (1 + into / PERIOD_S)
        score = (4e5 if uid == 1 else 2e4 + 900 * uid) * credibility**2.5 * (0.9 + 0.2 * self._random.random())
        results = ", ".join(self._result(into, uid) for _ in range(2))
        sampled = f"{hotkey_of(miner)}: Data validation on selected entities finished with results: [{results}]"
        verdict = f"Evaluated Miner {uid}. Score={score}. Credibility={credibility}."
        return _line(at, "INFO", "miner_evaluator.py:252", sampled) + _line(
            at, "SUCCESS", "miner_scorer.py:247", verdict
        )

    def _result(self, into: float, uid: int) -> str:
        if self.outage[0] <= into < self.outage[1]:
            valid, reason = True, "API error during validation (503) - assumed valid"
        elif self._random.random() < (0.5 if uid % 7 == 0 else 0.04):
            valid, reason = False, "Property not found (may have been sold/removed)"
        else:
            valid, reason = True, "Property exists via Zillow API"
        return f"ValidationResult(is_valid={valid}, content_size_bytes_validated=820, reason='{reason}')"

    def report(self, at: float, *, block: int) -> StatusReport:
        """What `netctl status` would say of them."""
        neurons = tuple(self._statuses("running", 0))
        supervisor = SupervisorStatus("running", 77, 3600.0, None)
        return StatusReport(self.state.name, False, "ws://127.0.0.1:9944", 428, block, at, at, supervisor, neurons)


def _status(name: str, role: Any, state: Any, restarts: int) -> NeuronStatus:
    return NeuronStatus(
        name=name, role=role, wallet=name, hotkey="hk", coldkey_ss58=None, hotkey_ss58=hotkey_of(name), uid=3,
        expected_uid=None, registered=True, deregistered=False, balance_tao="0.310124662", stake_tao="0.000000000",
        validator_permit=role == "validator", unheard=None, state=state, ready=state == "running", failing=(), pid=42,
        uptime_s=3600.0, restarts=restarts, exit_code=None, exit_signal=None, axon="127.0.0.1:8091", log=Path("x.log"),
        problem=None if state == "running" else "killed by SIGKILL; starts again in 5s",
    )  # fmt: skip


def _line(at: float, level: str, place: str, text: str) -> str:
    whole = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
    return LINE.format(at=f"{whole}.{int(at * 1000) % 1000:03d}", level=level, place=place, text=text)


def _every(since: float, until: float, step: int) -> Iterator[float]:
    at = math.ceil(since / step) * step
    while at < until:
        yield float(at)
        at += step


@contextmanager
def lasting(state: Path, hours: float, until: float, **settings: Any) -> Iterator[Day]:
    """A day that ends then, and may be gone on with."""
    day = Day(state, **settings)
    day.write(until - 3600 * hours, until)
    yield day
