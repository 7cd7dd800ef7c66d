"""The supervisor as a program: its orders read, its world wired, its signals heard."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from pathlib import Path

from netctl.capsules.witness import FleetWitness
from netctl.cli.world import world_of
from netctl.ports import SessionFacts
from netctl.probes.whole import probe_of
from netctl.sampling.sampler import Sampler
from netctl.supervisor import orders
from netctl.supervisor.loop import Supervisor


def supervise(path: Path) -> None:
    """Supervise the fleet of these orders until SIGTERM or SIGINT."""
    asyncio.run(_supervised(path))


async def _supervised(path: Path) -> None:
    fleet = orders.read(path)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with world_of(fleet) as world:
        witness = FleetWitness(fleet, by="the supervisor", clock=world.clock)

        def keep(session: SessionFacts) -> None:
            witness.ended(session, on_purpose=False)

        sampler = Sampler(fleet, world)
        try:
            await Supervisor(fleet, world, probe_of(world), _say, keep, sampler).run(stopping)
        finally:
            sampler.close()
    _say("ends; what runs goes on")


def _say(text: str) -> None:
    stamp = time.strftime("%Y-%m-%d %H:%M:%S")
    sys.stdout.write(f"{stamp} | INFO | {text}\n")
    sys.stdout.flush()
