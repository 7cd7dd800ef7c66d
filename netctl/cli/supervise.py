"""The supervisor as a program: its orders read, its world wired, its signals heard."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from netctl.capsules.witness import FleetWitness
from netctl.cli.world import world_of
from netctl.collecting.collector import Collector
from netctl.fleet import Fleet
from netctl.layout import error_log_of, log_of
from netctl.ports import Host, SessionFacts
from netctl.ports.gathering import Gatherable, Stream
from netctl.probes.whole import probe_of
from netctl.sampling.sampler import Sampler
from netctl.supervisor import orders
from netctl.supervisor.loop import Supervisor
from netctl.supervisor.telling import Telling


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
        collector = _collector(fleet, world.host)
        try:
            await Supervisor(fleet, world, probe_of(world), _say, keep, sampler, collector).run(stopping)
        finally:
            sampler.close()
            if collector is not None:
                collector.close()
    _say("ends; what runs goes on")


def _collector(fleet: Fleet, host: Host) -> Collector | None:
    """Who brings the logs of other machines here; None where all neurons run on this one."""
    if not isinstance(host, Gatherable):
        return None
    told = Telling(_say)

    def tell(neuron: str, problem: str | None) -> None:
        if problem is None:
            told.over(neuron)
        else:
            told.of(neuron, problem, f"the log of {neuron} cannot be collected: {problem}")

    def logs(neuron: str) -> Mapping[Stream, Path]:
        return {"stdout": log_of(fleet, neuron), "stderr": error_log_of(fleet, neuron)}

    return Collector(host, fleet.state, logs, tell)


def _say(text: str) -> None:
    stamp = time.strftime("%Y-%m-%d %H:%M:%S")
    sys.stdout.write(f"{stamp} | INFO | {text}\n")
    sys.stdout.flush()
