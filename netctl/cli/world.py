"""The composition root: the only place that makes adapters, and hands them to the core as a World."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from netctl import axon_ports, spread
from netctl.cli.output import PlainTalk, Progress, paused, say
from netctl.cli.questions import Passwords, keep_mnemonic
from netctl.embedded import BLOCK_TIME_S, ensure_chain, port_for, port_of, running_endpoint
from netctl.fleet import Fleet
from netctl.journal import FileJournal
from netctl.lock import fleet_lock
from netctl.networks import NAMES, recognised
from netctl.placing import as_found
from netctl.ports import World
from netctl.resolve import on_endpoint
from netctl.runs.surroundings import Surroundings

if TYPE_CHECKING:
    from netctl.adapters.swarm.host import SwarmHost
    from netctl.adapters.tmux import TmuxHost
    from netctl.ports.machine import Machine

Reveal = Callable[[str, str], None]


def host_of(fleet: Fleet) -> TmuxHost | SwarmHost:
    """Where the fleet runs: its private tmux server, and its nodes. How neurons end under this command is kept."""
    from netctl.adapters.clock import SystemClock
    from netctl.capsules.witness import FleetWitness
    from netctl.cli import onlookers

    return onlookers.host_of(fleet, FleetWitness(fleet, by=_command(), clock=SystemClock()))


def machine() -> Machine:
    """This machine, for the doctor."""
    from netctl.adapters.machine import ThisMachine

    return ThisMachine()


@contextmanager
def isolated(fleet: Fleet) -> Iterator[None]:
    """In a rehearsal, HOME and the SDK's caches lie in the state directory while the block runs."""
    if not fleet.rehearsal:
        yield
        return
    home = fleet.state / "home"
    before = dict(os.environ)
    os.environ["HOME"] = str(home)
    os.environ["BITTENSOR_RUNTIME_CACHE_DIR"] = str(home / ".cache" / "bittensor")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@asynccontextmanager
async def world_of(
    fleet: Fleet, talk: Progress | None = None, *, reveal: Reveal = keep_mnemonic
) -> AsyncIterator[World]:
    """Every edge of the fleet, closed at the end; nothing is connected or opened before it is used."""
    from netctl.adapters.clock import SystemClock
    from netctl.adapters.keystore import SdkKeystore

    talk = talk or PlainTalk()
    environ = dict(os.environ)
    passwords = Passwords(environ, hold=lambda: paused(talk))
    clock = SystemClock()
    with isolated(fleet):
        from netctl.adapters.chain import SdkChain
        from netctl.adapters.chain_wall import Wall

        own = fleet.network.has_dev_accounts
        chain = SdkChain(
            fleet.network.endpoint,
            genesis=fleet.network.genesis,
            not_these=NAMES if own else None,
            wall=Wall() if own else Wall(netuids=(fleet.netuid,), raw=False),
        )
        try:
            yield World(
                chain=chain,
                keys=SdkKeystore(
                    fleet.wallet_path,
                    password_for=passwords.of_existing,
                    forget=passwords.forget,
                    choose_password=passwords.of_new,
                    reveal=_one_at_a_time(reveal, talk),
                ),
                host=host_of(fleet),
                clock=clock,
                journal=journal_of(fleet),
                talk=talk,
                environ=environ,
            )
        finally:
            await chain.close()


def _one_at_a_time(reveal: Reveal, talk: Progress) -> Reveal:
    """Show words with the live lines held still: keys are made in threads, several at once."""
    turn = threading.Lock()

    def revealed(wallet: str, mnemonic: str) -> None:
        if reveal is not keep_mnemonic:
            with turn, paused(talk):
                reveal(wallet, mnemonic)

    return revealed


@asynccontextmanager
async def looking_at(fleet: Fleet) -> AsyncIterator[tuple[Fleet, World]]:
    """The fleet where its chain and its neurons are now, and a world to read it by; starts nothing."""
    fleet = await asyncio.to_thread(where_it_runs, fleet)
    async with world_of(fleet) as world:
        yield fleet, world


@asynccontextmanager
async def planning_for(fleet: Fleet) -> AsyncIterator[tuple[Fleet, World]]:
    """The same for a plan: a rehearsal whose chain does not run is planned against an empty one, and told so."""
    from netctl.adapters.nochain import NoChain

    fleet = await asyncio.to_thread(on_ports_to_be, fleet)
    # Neurons as the profile places them: a plan tells where they run otherwise.
    fleet = await asyncio.to_thread(on_its_chain, fleet)
    async with world_of(fleet) as world:
        if not fleet.network.endpoint:
            empty = NoChain(fleet.network.endpoint, block_time_s=fleet.block_time_s or BLOCK_TIME_S)
            world = replace(world, chain=empty)
            if (fleet.state / "chain").exists():
                say("the rehearsal's chain does not run: this plan is for an empty one; `up` starts it and does less")
        yield fleet, world


def where_it_runs(fleet: Fleet) -> Fleet:
    """The fleet with its own chain's endpoint, and its neurons on the nodes where they run; SessionError."""
    fleet = on_its_chain(fleet)
    return fleet if fleet.swarm is None else as_found(fleet, host_of(fleet).sessions())


def on_ports_to_be(fleet: Fleet) -> Fleet:
    """A rehearsal on the ports that it has, or would get if it came up now; other fleets as they are."""
    if not fleet.rehearsal:
        return fleet
    host = host_of(fleet)
    endpoint = running_endpoint(host)
    port = port_of(endpoint) if endpoint is not None else port_for(fleet, host)
    return axon_ports.on_free_ports(fleet, host, chain_port=port)


def on_its_chain(fleet: Fleet) -> Fleet:
    """The fleet with the endpoint where its own chain listens now; unchanged where that does not run."""
    if not fleet.rehearsal:
        return fleet
    endpoint = running_endpoint(host_of(fleet))
    return fleet if endpoint is None else on_endpoint(fleet, endpoint)


async def standing_on_its_chain(fleet: Fleet, talk: Progress) -> Fleet:
    """A rehearsal on its own chain, started where it does not run, and on free ports; other fleets as they are."""
    if not fleet.rehearsal:
        return fleet
    host = host_of(fleet)
    if await asyncio.to_thread(running_endpoint, host) is None:
        talk.progress(None, "chain", "starting the embedded chain")
    endpoint = await asyncio.to_thread(ensure_chain, fleet, host, Path(sys.executable))
    talk.progress(None, "chain", f"the embedded chain answers at {endpoint}")
    placed = await asyncio.to_thread(axon_ports.on_free_ports, fleet, host, chain_port=port_of(endpoint))
    if placed != fleet:
        axon_ports.remember(placed, fleet, host)
        talk.note(f"other fleets run on this machine: the axons listen on {_ports_text(placed)}")
    return on_endpoint(placed, endpoint)


def _ports_text(fleet: Fleet) -> str:
    ports = sorted(neuron.axon_port for neuron in fleet.neurons if not neuron.port_fixed)
    return f"port {ports[0]}" if len(ports) == 1 else f"ports {ports[0]} to {ports[-1]}"


async def on_recognised_network(fleet: Fleet, talk: Progress) -> Fleet:
    """The guards of a public network hold behind any address: which one it is, its genesis says. ChainError."""
    if fleet.network.kind != "custom":
        return fleet
    async with world_of(fleet) as world:
        network = recognised(fleet.network, await world.chain.genesis_hash())
    if network.kind != fleet.network.kind:
        talk.note(f"{network.endpoint} is {network.kind}")
    return replace(fleet, network=network)


@contextmanager
def locked(fleet: Fleet) -> Iterator[None]:
    """Hold the fleet against every other netctl; LockHeld when one has it. Ends disturbances that are overdue.

    SessionError for a fleet of one machine whose neurons still run on a swarm: nobody here sees them.
    """
    from netctl.adapters.clock import SystemClock
    from netctl.chaos.acts import undo_overdue
    from netctl.chaos.record import holding

    clock = SystemClock()
    with fleet_lock(fleet.state, command=_command(), clock=clock):
        if fleet.swarm is None:
            spread.insist_on(None, fleet.state, fleet.name)
        held = holding(journal_of(fleet), clock.now())
        for each in undo_overdue(fleet, journal_of(fleet), clock):
            if each in held:
                say(f"{each.neuron}: the {each.what} of netctl chaos was overdue, and is over")
        yield


def surroundings() -> Surroundings:
    """How to learn what netctl runs on."""
    from netctl.adapters import surroundings as these

    return Surroundings(these.versions, these.host)


def journal_of(fleet: Fleet) -> FileJournal:
    """The fleet's journal."""
    from netctl.adapters.clock import SystemClock

    return FileJournal(fleet.state / "journal.jsonl", clock=SystemClock(), command=_command())


def run_of(world: World) -> str:
    """The journal's name for this run of netctl."""
    return world.journal.run if isinstance(world.journal, FileJournal) else ""


def _command() -> str:
    """The command and its subcommand or first neuron; options are left out, whatever they hold."""
    words = takewhile(lambda word: not word.startswith("-"), sys.argv[1:3])
    return " ".join(["netctl", *words])
