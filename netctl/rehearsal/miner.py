"""The stand-in miner: `python -m netctl.rehearsal.miner`.

Scrapes made-up listings by its strategy into its own SQLite file, uploads them, and shows them to validators over its
axon. It knows its strategy and what it reads from the chain, never how it is scored.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from random import Random

from netctl.rehearsal.api import Api, CallCounter
from netctl.rehearsal.arguments import Arguments, parse_arguments
from netctl.rehearsal.axon import Axon, Gate
from netctl.rehearsal.chain import Chain, ChainTrouble, Metagraph
from netctl.rehearsal.day import Day, await_day, endless, find_day
from netctl.rehearsal.lifecycle import leave, run_program
from netctl.rehearsal.logformat import start_logging
from netctl.rehearsal.mischief import Copier, Liar
from netctl.rehearsal.organic import OrganicMix
from netctl.rehearsal.pace import METAGRAPH_RESYNC_S, EnvironmentFault, Pace, Surroundings, read_surroundings
from netctl.rehearsal.protocol import GET_DATA_ENTITY_BUCKET, GET_MINER_INDEX
from netctl.rehearsal.rounds import Rounds
from netctl.rehearsal.scraper import Scraper
from netctl.rehearsal.shelf import Shelf
from netctl.rehearsal.startup import find_self, load_hotkey, open_axon, open_wallet
from netctl.rehearsal.store import Store
from netctl.rehearsal.strategy import Strategy, StrategyError, load_strategy
from netctl.rehearsal.uploader import Uploader
from netctl.rehearsal.uploads import Bucket, Roster
from netctl.rehearsal.world import World
from netctl.rehearsal.zipcodes import all_zipcodes

MOST_CAUGHT_UP = 12
_log = logging.getLogger("rehearsal")


async def _opened(rounds: Rounds, surroundings: Surroundings) -> Day:
    """The day, once it is opened; till then a miner has its first scrape, so that there is something to show."""
    place, scale = surroundings.place, surroundings.pace.scale
    if place is None:
        return endless(scale)
    day = find_day(place, scale, time.time())
    if day is None:
        rounds.scrape(0, Day(scale, time.time()))
        _log.info("Waiting for the day to begin: the first validator opens it.")
        day = await await_day(place, scale)
        _log.info("The day began at %.3f.", day.opened_s)
    return day


async def _work_on(rounds: Rounds, day: Day, gate: Gate) -> None:
    number = max(0, rounds.at(day.elapsed(time.time())))
    while True:
        await day.until(rounds.begins(number))
        rounds.scrape(number, day)
        await day.until(rounds.uploads_at(number))
        rounds.upload(number, day, is_registered=gate.knows_itself)
        # A machine that slept does not catch up with all of it.
        number = max(number + 1, rounds.at(day.elapsed(time.time())) - MOST_CAUGHT_UP)


async def _resync_on(chain: Chain, gate: Gate, hotkey: str, pause_s: float) -> None:
    step = 1
    while True:
        await asyncio.sleep(pause_s)
        try:
            gate.metagraph = await chain.metagraph()
        except ChainTrouble as exc:
            _log.error("Error when syncing metagraph for %d: %s. Retrying in %.0f seconds.", chain.netuid, exc, pause_s)
            continue
        _log.info("Successfuly resynced the metagraph.")
        _say_status(gate.metagraph, hotkey, step)
        if gate.metagraph.by_hotkey(hotkey) is None:
            _log.error("Wallet: hotkey %s is not registered on netuid %d any more.", hotkey, chain.netuid)
        step += 1


def _say_status(metagraph: Metagraph, hotkey: str, step: int) -> None:
    own = metagraph.by_hotkey(hotkey)
    if own is None:
        return
    incentives = sorted((neuron.incentive for neuron in metagraph.neurons), reverse=True)
    average = sum(incentives) / len(incentives)
    _log.info(
        "Step:%d | Block:%d | Stake:%s | Incentive:%s | Relative Incentive:%s | Position:%d | Emission:%s",
        step,
        metagraph.block,
        own.stake,
        own.incentive,
        own.incentive / average if average else 0.0,
        incentives.index(own.incentive),
        own.emission,
    )


async def _learn_on(chain: Chain, mix: OrganicMix, hotkey: str, day: Day, pace: Pace) -> None:
    """Watch the own incentive, once each time that weights were set."""
    lesson_s = 0.0
    while True:
        lesson_s = pace.lesson_after(max(lesson_s, day.elapsed(time.time())))
        await day.until(lesson_s)
        try:
            own = (await chain.metagraph()).by_hotkey(hotkey)
        except ChainTrouble as exc:
            _log.debug("Own incentive cannot be read: %s", exc)
            continue
        move = mix.learn(own.incentive) if own is not None else None
        if move is not None:
            shares = sorted(mix.shares.items(), key=lambda item: -item[1])
            leading = ", ".join(f"{name}={share:.3f}" for name, share in shares[:4])
            _log.info("Organic mix after incentive moved by %+.3f: %s", move, leading)


async def _mine(arguments: Arguments, surroundings: Surroundings, strategy: Strategy) -> None:
    wallet = open_wallet(arguments)
    hotkey = load_hotkey(wallet).ss58_address
    chain = Chain(arguments.network, arguments.netuid, wallet)
    pace = surroundings.pace
    gate = Gate(hotkey, window_ms=pace.wall(pace.eval_period_s) * 1000, vpermit_limit=arguments.vpermit_limit)
    gate.metagraph = await find_self(chain, arguments, hotkey)
    if surroundings.place is not None and surroundings.name:
        Roster(surroundings.place).enter(surroundings.name, hotkey)
    store = Store(arguments.database)
    scraper, rounds = _equip(strategy, surroundings, store, hotkey, arguments.own_seed(hotkey, surroundings))
    shelf = Shelf(store, pace.wall(surroundings.trouble.slow_s))
    axon = Axon(gate, {GET_MINER_INDEX: shelf.get_index, GET_DATA_ENTITY_BUCKET: shelf.get_bucket})
    try:
        await open_axon(axon, chain, arguments, hotkey, role="miner")
        _log.info("Miner starting at %s.", datetime.now())  # noqa: DTZ005 - local time, as its log has it
        _say_status(gate.metagraph, hotkey, 0)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_resync_on(chain, gate, hotkey, pace.wall(METAGRAPH_RESYNC_S)))
            day = await _opened(rounds, surroundings)
            tasks.create_task(_work_on(rounds, day, gate))
            if scraper.mix is not None:
                tasks.create_task(_learn_on(chain, scraper.mix, hotkey, day, pace))
    finally:
        await axon.stop()
        store.close()


def _equip(
    strategy: Strategy, surroundings: Surroundings, store: Store, hotkey: str, seed: str
) -> tuple[Scraper, Rounds]:
    place, trouble = surroundings.place, surroundings.trouble
    counter = CallCounter(place / "api" / surroundings.key if place is not None else None)
    api = Api(World(surroundings.world_seed), counter, trouble.api)
    liar = Liar(seed) if trouble.lies else None
    scraper = Scraper(strategy, all_zipcodes(), api, store, Random(seed), liar)
    if place is None:
        return scraper, Rounds(surroundings.pace.round_s, store, scraper, None, None)
    bucket = Bucket(place)
    copier = Copier(bucket, Roster(place), trouble.duplicates) if trouble.duplicates is not None else None
    uploader = Uploader(store, bucket, hotkey, trouble)
    return scraper, Rounds(surroundings.pace.round_s, store, scraper, uploader, copier)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parse_arguments(argv, "python -m netctl.rehearsal.miner")
    start_logging(debug=arguments.debug, trace=arguments.trace)
    try:
        surroundings = read_surroundings(os.environ)
        strategy = load_strategy(arguments.scraping_config, all_zipcodes())
    except (EnvironmentFault, StrategyError) as exc:
        sys.stderr.write(f"{exc}\n")
        return 2
    for zipcode in strategy.unknown:
        _log.warning("Unknown zipcode %s is left out of strategy %s", zipcode, strategy.name)
    _log.info(
        "Loaded scraping config: strategy=%s zipcodes=%d cadence_seconds=%g",
        strategy.name,
        len(strategy.zipcodes),
        strategy.cadence_s,
    )
    return run_program(lambda: _mine(arguments, surroundings, strategy))


if __name__ == "__main__":
    leave(main())
