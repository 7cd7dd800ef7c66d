"""The stand-in validator: `python -m netctl.rehearsal.validator`.

Each evaluation period it asks every miner over HTTP what it holds, looks samples up in the made-up market, scores and
sets weights on the chain. It knows no miner's strategy, and shares nothing with a miner but that market.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import bittensor as bt

from netctl.rehearsal.arguments import Arguments, parse_arguments
from netctl.rehearsal.axon import Axon, Gate
from netctl.rehearsal.chain import Chain, ChainTrouble, Metagraph, Neuron
from netctl.rehearsal.client import MinerClient, NoMiner
from netctl.rehearsal.evaluation import evaluate
from netctl.rehearsal.lifecycle import leave, report_dead_thread, run_program
from netctl.rehearsal.logformat import SUCCESS, start_logging
from netctl.rehearsal.memory import FILE_NAME, Memory
from netctl.rehearsal.pace import WEIGHTS_PERIOD_S, EnvironmentFault, Surroundings, read_surroundings
from netctl.rehearsal.scoring import score, sum_holdings, worth
from netctl.rehearsal.startup import find_self, load_hotkey, open_axon, open_wallet
from netctl.rehearsal.weights import weights_from_scores, weights_table
from netctl.rehearsal.world import World

CHAIN_PAUSE_S = 1.0
_log = logging.getLogger("rehearsal")


class Validator:
    """One validator at work; `step` counts its evaluation loops."""

    def __init__(self, arguments: Arguments, surroundings: Surroundings, wallet: bt.Wallet, chain: Chain) -> None:
        self._arguments = arguments
        self._pace = surroundings.pace
        self._premium_weight = surroundings.premium_weight
        self._world = World(surroundings.world_seed)
        self._keypair = wallet.hotkey
        self._chain = chain
        self._memory = Memory(Path.cwd() / FILE_NAME)
        self._rng = arguments.own_random(self._keypair.ss58_address)
        self._after_uid = -1
        self._weights_due = 0.0
        self._no_miners: set[tuple[str, str | None]] = set()
        self.step = 0

    async def validate_on(self, session: aiohttp.ClientSession) -> None:
        """Evaluate, set weights, wait; until cancelled. A chain that is away for a while costs loops, nothing more."""
        period_s = self._pace.wall(self._pace.eval_period_s)
        while True:
            started = time.monotonic()
            try:
                await self._loop(session)
            except ChainTrouble as exc:
                _log.error(
                    "Error when syncing metagraph for %d: %s. Retrying in %.0f seconds.",
                    self._chain.netuid,
                    exc,
                    CHAIN_PAUSE_S,
                )
                await asyncio.sleep(CHAIN_PAUSE_S)
                continue
            left = period_s - (time.monotonic() - started)
            if left > 0:
                _log.info(
                    "Finished full evaluation loop early. Waiting %f seconds until running next evaluation loop.", left
                )
            await asyncio.sleep(max(left, 0.05))

    async def _loop(self, session: aiohttp.ClientSession) -> None:
        metagraph = await self._chain.metagraph()
        _log.info("Validator running on step(%d) block(%d).", self.step, metagraph.block)
        self.step += 1
        targets = self._next_targets(metagraph)
        self._memory.forget_all_but({neuron.hotkey for neuron in metagraph.neurons})
        if targets:
            uids = ", ".join(str(neuron.uid) for neuron in targets)
            _log.info("Running validation on the following batch of uids: {%s}.", uids)
            verdicts = await asyncio.gather(*(self._evaluate(session, neuron) for neuron in targets))
            self._score([neuron for neuron, judged in zip(targets, verdicts, strict=True) if judged])
            self._memory.save()
        await self._set_weights()

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

    async def _evaluate(self, session: aiohttp.ClientSession, neuron: Neuron) -> bool:
        hour = self._pace.hour(time.time())
        if neuron.axon is None:
            _log.info("%s: Evaluating miner.", neuron.hotkey)
            _log.info("%s: Failed to get an index for miner. Counting as a failed validation.", neuron.hotkey)
            return True
        client = MinerClient(session, self._keypair, hotkey=neuron.hotkey, axon=neuron.axon)
        try:
            await evaluate(client, neuron.hotkey, self._memory, self._world, hour, self._rng)
        except NoMiner:
            _log.info("%s: No miner listens at %s.", neuron.hotkey, neuron.axon)
            self._no_miners.add((neuron.hotkey, neuron.axon))
            return False
        except Exception as exc:  # noqa: BLE001 - one miner's answer must not end the others' evaluation
            report_dead_thread("eval_miner_sync", exc)
            return False
        return True

    def _score(self, judged: list[Neuron]) -> None:
        hour = self._pace.hour(time.time())
        totals = sum_holdings(miner.holdings for miner in self._memory.miners.values())
        for neuron in judged:
            known = self._memory.of(neuron.hotkey)
            raw = worth(known.holdings, totals, hour=hour, premium_weight=self._premium_weight)
            value = score(raw, known.credibility)
            self._memory.note_score(neuron.hotkey, value)
            _log.log(SUCCESS, "Evaluated Miner %d. Score=%s. Credibility=%s.", neuron.uid, value, known.credibility)

    async def _set_weights(self) -> None:
        if time.monotonic() < self._weights_due:
            return
        metagraph = await self._chain.metagraph()
        own = metagraph.by_hotkey(self._keypair.ss58_address)
        weights = weights_from_scores(metagraph, self._memory.miners)
        if own is None or not own.validator_permit:
            _log.warning("Skipping weight setting - %s has no validator permit", self._keypair.ss58_address)
            return
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
            self._weights_due = time.monotonic() + self._pace.wall(WEIGHTS_PERIOD_S)
        _log.info("Finished setting weights.")


async def _validate(arguments: Arguments, surroundings: Surroundings) -> None:
    wallet = open_wallet(arguments)
    hotkey = load_hotkey(wallet).ss58_address
    chain = Chain(arguments.network, arguments.netuid, wallet)
    await find_self(chain, arguments, hotkey)
    axon = Axon(Gate(hotkey, window_ms=1000, vpermit_limit=arguments.vpermit_limit), {})
    try:
        await open_axon(axon, chain, arguments, hotkey, role="validator")
        async with aiohttp.ClientSession() as session:
            await Validator(arguments, surroundings, wallet, chain).validate_on(session)
    finally:
        await axon.stop()


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
