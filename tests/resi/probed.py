"""What the pack's probes say of a neuron that something was done to: its process lives on in each case."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil

from netctl.ports import Metagraph, MetagraphRow, SessionFacts
from netctl.probes.expand import watched_of
from netctl.probes.looking import look
from netctl.probes.memory import Memory
from netctl.probes.model import Watched
from tests.resi.bench import Bench, Running
from tests.resi.fleet import until
from tests.resi.launched import BEGUN, Seen, of

HOUR_S = 3600.0
NOTHING = "nothing is seen"
STRANGER = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
UNKNOWN_SCRAPER = (("neuron.scraping_config_file", str(Path(__file__).parent / "unknown_scraper.json")),)
"""The scrapers' thread dies of it, and nothing else of the miner."""
BEGINS_S = 120.0
Trouble = Callable[[Running, int], None]


class _Later:
    """A clock that is ahead of the world's: probes that take an hour are tried in seconds."""

    def __init__(self, ahead_s: float) -> None:
        self.ahead_s = ahead_s

    def now(self) -> float:
        return time.time() + self.ahead_s

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def hangs(neuron: Running, pid: int) -> None:
    """Stop it: it is there, and does nothing."""
    os.kill(pid, signal.SIGSTOP)


def probed(
    role: str,
    probe: str,
    *,
    ahead_s: float,
    after: str | None = None,
    trouble: Trouble | None = None,
    taken: bool = False,
    hotkey: str | None = None,
    **changes: Any,
) -> Seen:
    """What one probe says of a neuron in trouble, `ahead_s` later; with `taken` somebody else has its port.

    `after` is a line that it says first, which the probe must have seen where it is one that seeks lines.
    """

    def seen(bench: Bench, pack: Path | None) -> str:
        fleet = bench.changed(of(role), **changes)
        with ExitStack() as stack:
            if taken:
                holder = stack.enter_context(socket.create_server(("0.0.0.0", fleet.neurons[0].axon_port)))
                assert holder.fileno() > 0
            neuron = stack.enter_context(bench.running(fleet, pack))
            said = neuron.wait_for(after or BEGUN[role], deadline_s=BEGINS_S)
            assert not said.startswith("ENDED"), said
            pid = _pid(neuron)
            session = SessionFacts(of(role), "", pid, psutil.Process(pid).create_time(), None, None, 0, {})
            (watched,) = watched_of(fleet, bench.pack(pack), {of(role): hotkey or bench.hotkey(of(role))})
            memory = Memory()
            asyncio.run(_said(bench, watched, session, memory, probe, 0.0))
            if trouble is not None:
                trouble(neuron, pid)
            end = time.monotonic() + 4
            while (said := asyncio.run(_said(bench, watched, session, memory, probe, ahead_s))) == NOTHING:
                if time.monotonic() > end:
                    break
                time.sleep(0.2)
            # A validator without its loop ends by itself after 35 of its minutes, which are seconds here.
            assert psutil.pid_exists(pid) or (role, probe) == ("validator", "thread"), "it ended by itself"
            if trouble is hangs:
                os.kill(pid, signal.SIGCONT)
            return said

    return seen


async def _said(
    bench: Bench, watched: Watched, session: SessionFacts, memory: Memory, probe: str, ahead_s: float
) -> str:
    found = await look(
        [watched],
        {watched.name: session},
        memory,
        clock=_Later(ahead_s),
        metagraph=_metagraph(bench),
        tempo=10,
        at_once=True,
    )
    health = found[watched.name]
    return next((f"{failing.name}: {failing.why}" for failing in health.failing if failing.name == probe), NOTHING)


def _metagraph(bench: Bench) -> Metagraph:
    rows = [
        MetagraphRow(
            row["uid"], row["hotkey"], row["coldkey"], 0, False, True, row["axon"], row["last_update"], 0, 0, 0, 0
        )
        for row in bench.rows()
    ]
    return Metagraph(bench.fleet.netuid, bench.chain.height(), tuple(rows))


def _pid(neuron: Running) -> int:
    """The neuron's own process: its guardian's child."""
    children = until(lambda: psutil.Process(neuron.process.pid).children(), deadline_s=5)
    return int(children[0].pid)


def allowed(role: str) -> Seen:
    """How long it may take to be ready."""

    def seen(bench: Bench, pack: Path | None) -> str:
        fleet = bench.changed(of(role))
        (watched,) = watched_of(fleet, bench.pack(pack), {})
        return f"may take {watched.ready_within_s:g} s"

    return seen
