"""The stand-in validator: `python -m netctl.rehearsal.validator`.

Each evaluation period it asks every miner over HTTP what it holds, looks samples up in the made-up market, and now and
then through its uploads; it scores, and sets weights on the chain. It knows no miner's strategy.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import aiohttp
import bittensor as bt

from netctl.rehearsal.api import Api, CallCounter
from netctl.rehearsal.arguments import Arguments, parse_arguments
from netctl.rehearsal.axon import Axon, Gate
from netctl.rehearsal.chain import Chain, ChainTrouble, Metagraph, Neuron
from netctl.rehearsal.client import MinerClient, NoMiner
from netctl.rehearsal.day import Day, endless, open_day
from netctl.rehearsal.evaluation import Occasion, evaluate
from netctl.rehearsal.inspection import validate
from netctl.rehearsal.lifecycle import leave, report_dead_thread, run_program
from netctl.rehearsal.logformat import SUCCESS, start_logging
from netctl.rehearsal.memory import FILE_NAME, Memory
from netctl.rehearsal.pace import EnvironmentFault, Surroundings, read_surroundings
from netctl.rehearsal.scoring import S3_BOOST, score, sum_holdings, worth
from netctl.rehearsal.startup import find_self, load_hotkey, open_axon, open_wallet
from netctl.rehearsal.uploads import Bucket, Roster
from netctl.rehearsal.uploads_check import check_uploads
from netctl.rehearsal.weights import weights_from_scores, weights_table
from netctl.rehearsal.world import World

CHAIN_PAUSE_S = 1.0
UPLOADS_PERIOD_S = 20 * 60.0
LEAST_PATIENCE_S, PATIENCE_S = 5.0, 120.0  # with a miner's answer: of wall time, of subnet time
_log = logging.getLogger("rehearsal")


class Validator:
    """One validator at work; `step` counts its evaluation loops."""

    def __init__(
        self, arguments: Arguments, surroundings: Surroundings, wallet: bt.Wallet, chain: Chain, day: Day
    ) -> None:
        self._arguments = arguments
        self._pace = surroundings.pace
        self._premium_weight = surroundings.premium_weight
        self._keypair = wallet.hotkey
        self._chain = chain
        self._day = day
        self._memory = Memory(Path.cwd() / FILE_NAME)
        self._seed = arguments.own_seed(self._keypair.ss58_address, surroundings)
        self._copies = surroundings.trouble.copies_weights
        self._roster = None if surroundings.place is None else Roster(surroundings.place)
        place = surroundings.place
        counter = CallCounter(place / "api" / surroundings.key if place is not None else None)
        self._api = Api(World(surroundings.world_seed), counter, surroundings.trouble.api)
        self._bucket = Bucket(place) if place is not None else None
        self._after_uid = -1
        self._judged = -1
        self._weights_due = 0
        self._no_miners: set[tuple[str, str | None]] = set()
        self.step = 0

    async def validate_on(self, session: aiohttp.ClientSession) -> None:
        """Evaluate, set weights, wait; until cancelled. A chain that is away for a while costs loops, nothing more."""
        cycle = 0
        while True:
            # Each cycle has its moment; one that is missed stays out.
            cycle = max(cycle, self._pace.cycle_at(self._day.elapsed(time.time())))
            await self._day.until(self._pace.evaluation(cycle))
            try:
                await self._loop(session, cycle)
            except ChainTrouble as exc:
                _log.error(
                    "Error when syncing metagraph for %d: %s. Retrying in %.0f seconds.",
                    self._chain.netuid,
                    exc,
                    CHAIN_PAUSE_S,
                )
                await asyncio.sleep(CHAIN_PAUSE_S)
                continue
            cycle += 1
            left = self._day.wall(self._pace.evaluation(cycle)) - time.time()
            if left > 0:
                _log.info(
                    "Finished full evaluation loop early. Waiting %f seconds until running next evaluation loop.", left
                )

    async def _loop(self, session: aiohttp.ClientSession, cycle: int) -> None:
        metagraph = await self._chain.metagraph()
        _log.info("Validator running on step(%d) block(%d).", self.step, metagraph.block)
        self.step += 1
        # Where the chain was away after it, an evaluation is not made again, for its verdicts stand.
        targets = self._next_targets(metagraph) if cycle > self._judged else []
        self._judged = cycle
        self._memory.forget_all_but({neuron.hotkey for neuron in metagraph.neurons})
        if targets and self._copies is None:
            uids = ", ".join(str(neuron.uid) for neuron in targets)
            _log.info("Running validation on the following batch of uids: {%s}.", uids)
            verdicts = await asyncio.gather(*(self._evaluate(session, neuron, cycle) for neuron in targets))
            self._score([neuron for neuron, judged in zip(targets, verdicts, strict=True) if judged], cycle)
            self._memory.save()
        if cycle >= self._weights_due:
            await self._set_weights(cycle)

    def _next_targets(self, metagraph: Metagraph) -> list[Neuron]:
        """The next miners in the order of their uids, round and round, at most `max_targets`.

        Stake and permit alone tell nothing: emission gives both to miners. Left alone is who answered that it is none,
        and who has them without an axon, as the subnet's owner.
        """
        own = self._keypair.ss58_address
        others = [
            neuron
            for neuron in metagraph.neurons
            if neuron.hotkey != own and (neuron.axon is not None or not neuron.validator_permit or not neuron.stake)
        ]
        miners = [neuron for neuron in others if (neuron.hotkey, neuron.axon) not in self._no_miners]
        rest = [neuron for neuron in miners if neuron.uid > self._after_uid]
        targets = (rest + [neuron for neuron in miners if neuron.uid <= self._after_uid])[: self._arguments.max_targets]
        if targets:
            self._after_uid = targets[-1].uid
        return targets

    async def _evaluate(self, session: aiohttp.ClientSession, neuron: Neuron, cycle: int) -> bool:
        if neuron.axon is None:
            _log.info("%s: Evaluating miner.", neuron.hotkey)
            _log.info("%s: Failed to get an index for miner. Counting as a failed validation.", neuron.hotkey)
            return True
        patience_s = max(LEAST_PATIENCE_S, self._pace.wall(PATIENCE_S))
        client = MinerClient(session, self._keypair, hotkey=neuron.hotkey, axon=neuron.axon, patience_s=patience_s)
        try:
            await evaluate(client, neuron.hotkey, self._memory, self._api, self._occasion(neuron.uid, cycle, "buckets"))
            self._look_through_uploads(neuron, cycle)
        except NoMiner:
            _log.info("%s: No miner listens at %s.", neuron.hotkey, neuron.axon)
            self._no_miners.add((neuron.hotkey, neuron.axon))
            return False
        except Exception as exc:  # noqa: BLE001 - one miner's answer must not end the others' evaluation
            report_dead_thread("eval_miner_sync", exc)
            return False
        return True

    def _occasion(self, uid: int, cycle: int, what: str) -> Occasion:
        # Draws of its own for each look: in which order answers come in decides nothing.
        moment_s = self._pace.evaluation(cycle)
        return Occasion(moment_s, self._day.hour(moment_s), Random(f"{self._seed} {cycle} {uid} {what}"))

    def _look_through_uploads(self, neuron: Neuron, cycle: int) -> None:
        at = self._occasion(neuron.uid, cycle, "uploads")
        turn = int(at.moment_s // UPLOADS_PERIOD_S)
        hotkey, uid = neuron.hotkey, neuron.uid
        if self._bucket is None or turn <= self._memory.of(hotkey).uploads.turn:
            return
        try:
            verdict = check_uploads(
                self._bucket,
                hotkey,
                self._day.first_s + at.moment_s,
                lambda samples: validate(samples, self._api, at.moment_s),
                at.rng,
            )
        except OSError as exc:
            _log.error("%s: Error in S3 validation: %s", hotkey, exc)
            return
        _log.info("%s: %s", hotkey, verdict.summary)
        _log.info("%s: Miner %d %s", hotkey, uid, verdict.sentence)
        self._memory.note_uploads(hotkey, S3_BOOST * verdict.score, verdict.score, turn)
        known = self._memory.of(hotkey).uploads
        _log.info(
            "After S3 evaluation for miner %d: Raw S3 Boost = %s. S3 Credibility = %s.",
            uid,
            known.boost,
            known.credibility,
        )

    def _score(self, judged: list[Neuron], cycle: int) -> None:
        hour = self._day.hour(self._pace.evaluation(cycle))
        totals = sum_holdings(miner.holdings for miner in self._memory.miners.values())
        for neuron in judged:
            known = self._memory.of(neuron.hotkey)
            raw = worth(known.holdings, totals, hour=hour, premium_weight=self._premium_weight)
            boost = known.uploads.boost * known.uploads.credibility
            if boost:
                _log.info(
                    "Awarded Miner %d a S3 boost of %s based off of the last performed S3 evaluation, "
                    "adjusting the score to %s.",
                    neuron.uid,
                    boost,
                    raw + boost,
                )
            value = score(raw + boost, known.credibility)
            self._memory.note_score(neuron.hotkey, value)
            _log.log(SUCCESS, "Evaluated Miner %d. Score=%s. Credibility=%s.", neuron.uid, value, known.credibility)

    async def _set_weights(self, cycle: int) -> None:
        metagraph = await self._chain.metagraph()
        own = metagraph.by_hotkey(self._keypair.ss58_address)
        if own is None or not own.validator_permit:
            _log.warning("Skipping weight setting - %s has no validator permit", self._keypair.ss58_address)
            return
        weights = await self._weights(metagraph)
        if not weights:
            _log.info("Skipping weight setting - completed %d evaluation cycles, no miner has a score", self.step)
            return
        _log.info("Attempting to set weights.")
        sys.stdout.write(weights_table(weights, metagraph, self._memory.miners))
        try:
            message = await self._chain.set_weights(weights)
        except ChainTrouble as exc:
            _log.error("❌ Failed set weights. Error: %s", exc)
        else:
            _log.log(SUCCESS, "✅ %s", message)
            self._weights_due = (cycle // self._pace.cycles_per_weights + 1) * self._pace.cycles_per_weights
        _log.info("Finished setting weights.")

    async def _weights(self, metagraph: Metagraph) -> dict[int, float]:
        """Its own scores' shares; a copier's are those that the chain has of another."""
        if self._copies is None:
            return weights_from_scores(metagraph, self._memory.miners)
        hotkey = self._roster.hotkey(self._copies) if self._roster is not None else None
        other = metagraph.by_hotkey(hotkey) if hotkey is not None else None
        return await self._chain.weights_of(other.uid) if other is not None else {}


async def _validate(arguments: Arguments, surroundings: Surroundings) -> None:
    wallet = open_wallet(arguments)
    hotkey = load_hotkey(wallet).ss58_address
    chain = Chain(arguments.network, arguments.netuid, wallet)
    await find_self(chain, arguments, hotkey)
    axon = Axon(Gate(hotkey, window_ms=1000, vpermit_limit=arguments.vpermit_limit), {})
    try:
        await open_axon(axon, chain, arguments, hotkey, role="validator")
        day = _opened(surroundings, hotkey)
        async with aiohttp.ClientSession() as session:
            await Validator(arguments, surroundings, wallet, chain, day).validate_on(session)
    finally:
        await axon.stop()


def _opened(surroundings: Surroundings, hotkey: str) -> Day:
    place, scale = surroundings.place, surroundings.pace.scale
    if place is None:
        return endless(scale)
    if surroundings.name:
        Roster(place).enter(surroundings.name, hotkey)
    return open_day(place, scale, time.time(), first_look_s=surroundings.pace.evaluation(0))


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parse_arguments(argv, "python -m netctl.rehearsal.validator")
    start_logging(debug=arguments.debug, trace=arguments.trace)
    try:
        surroundings = read_surroundings(os.environ)
    except EnvironmentFault as exc:
        sys.stderr.write(f"{exc}\n")
        return 2
    return run_program(lambda: _validate(arguments, surroundings))


if __name__ == "__main__":
    leave(main())
