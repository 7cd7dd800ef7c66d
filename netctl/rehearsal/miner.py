"""The stand-in miner: `python -m netctl.rehearsal.miner`.

Scrapes made-up listings by its strategy into its own SQLite file and shows them to validators over its axon. It knows
its strategy and what it reads from the chain, never how it is scored.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from netctl.rehearsal.arguments import Arguments, parse_arguments
from netctl.rehearsal.axon import Axon, Gate
from netctl.rehearsal.chain import Chain, ChainTrouble, Metagraph
from netctl.rehearsal.lifecycle import leave, run_program
from netctl.rehearsal.logformat import SUCCESS, start_logging
from netctl.rehearsal.organic import OrganicMix
from netctl.rehearsal.pace import METAGRAPH_RESYNC_S, EnvironmentFault, Surroundings, read_surroundings
from netctl.rehearsal.protocol import GET_DATA_ENTITY_BUCKET, GET_MINER_INDEX, Bucket, BucketId
from netctl.rehearsal.scraper import Scraper
from netctl.rehearsal.startup import find_self, load_hotkey, open_axon, open_wallet
from netctl.rehearsal.store import Store
from netctl.rehearsal.strategy import Strategy, StrategyError, load_strategy
from netctl.rehearsal.world import World

OFFERED_HOURS = 48  # how far back the index goes
_log = logging.getLogger("rehearsal")


class Shelf:
    """What validators may see: each gets its buckets as they stood when it asked for the index."""

    def __init__(self, store: Store, surroundings: Surroundings) -> None:
        self._store = store
        self._pace = surroundings.pace
        self._shown: dict[str, dict[BucketId, Bucket]] = {}

    async def get_index(self, caller: str, _: Any) -> dict[str, Any]:
        _log.info("Got to a %s request from %s.", GET_MINER_INDEX, caller)
        buckets = self._store.buckets(since_hour=self._pace.hour(time.time()) - OFFERED_HOURS)
        self._shown[caller] = buckets
        size = sum(bucket.size_bytes for bucket in buckets.values())
        _log.info("Returning compressed miner index of %d bytes across %d buckets to %s.", size, len(buckets), caller)
        rows = [(*key, len(bucket.entities), bucket.size_bytes, bucket.digest) for key, bucket in buckets.items()]
        return {"buckets": rows}

    async def get_bucket(self, caller: str, document: Any) -> dict[str, Any]:
        key = BucketId(str(document["zipcode"]), int(document["hour"]))
        _log.info("Got to a %s request from %s for Bucket ID: %s.", GET_DATA_ENTITY_BUCKET, caller, key)
        bucket = self._shown.get(caller, {}).get(key, Bucket(key, ()))
        _log.debug("Returning Bucket ID: %s with %d entities to %s.", key, len(bucket.entities), caller)
        return {"entities": bucket.entities}


async def _scrape_on(scraper: Scraper, strategy: Strategy, surroundings: Surroundings) -> None:
    pace = surroundings.pace
    while True:
        started = time.monotonic()
        now_s = time.time()
        found = scraper.scrape(hour=pace.hour(now_s), now_s=now_s)
        _log.log(SUCCESS, "Successfully scraped %d real estate entities", found)
        await asyncio.sleep(max(0.05, pace.wall(strategy.cadence_s) - (time.monotonic() - started)))


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


async def _learn_on(chain: Chain, mix: OrganicMix, hotkey: str, pause_s: float) -> None:
    """Watch the own incentive: an organic miner reads it more often than it reads who may ask."""
    while True:
        await asyncio.sleep(pause_s)
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


async def _mine(arguments: Arguments, surroundings: Surroundings, strategy: Strategy) -> None:
    wallet = open_wallet(arguments)
    hotkey = load_hotkey(wallet).ss58_address
    chain = Chain(arguments.network, arguments.netuid, wallet)
    pace = surroundings.pace
    gate = Gate(hotkey, window_ms=pace.wall(pace.eval_period_s) * 1000, vpermit_limit=arguments.vpermit_limit)
    gate.metagraph = await find_self(chain, arguments, hotkey)
    store = Store(arguments.database)
    scraper = Scraper(strategy, World(surroundings.world_seed), store, arguments.own_random(hotkey))
    shelf = Shelf(store, surroundings)
    axon = Axon(gate, {GET_MINER_INDEX: shelf.get_index, GET_DATA_ENTITY_BUCKET: shelf.get_bucket})
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_scrape_on(scraper, strategy, surroundings))
            await open_axon(axon, chain, arguments, hotkey, role="miner")
            _log.info("Miner starting at %s.", datetime.now())  # noqa: DTZ005 - local time, as its log has it
            _say_status(gate.metagraph, hotkey, 0)
            tasks.create_task(_resync_on(chain, gate, hotkey, pace.wall(METAGRAPH_RESYNC_S)))
            if scraper.mix is not None:
                tasks.create_task(_learn_on(chain, scraper.mix, hotkey, pace.wall(pace.eval_period_s)))
    finally:
        await axon.stop()
        store.close()


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parse_arguments(argv, "python -m netctl.rehearsal.miner")
    start_logging(debug=arguments.debug, trace=arguments.trace)
    try:
        surroundings = read_surroundings(os.environ)
        strategy = load_strategy(arguments.scraping_config, World(surroundings.world_seed).zipcodes)
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
