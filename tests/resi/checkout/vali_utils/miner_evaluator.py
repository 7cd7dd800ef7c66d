"""Evaluates miners in threads: index, one bucket of it, what the scraper says of that, and what lies in S3."""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time

import bittensor as bt
from common.constants import MIN_EVALUATION_PERIOD_S
from common.permits import miner_uids
from common.protocol import GetDataEntityBucket, GetMinerIndex
from rewards.miner_scorer import MinerScorer
from scraping.provider import SCRAPERS
from vali_utils.s3_utils import S3Validator

JOIN_S = 60


class MinerEvaluator:
    def __init__(self, config: bt.Config, wallet: bt.Wallet) -> None:
        self.config, self.wallet = config, wallet
        self.scorer = MinerScorer(config.full_path)
        self.s3 = S3Validator(config.s3_auth_url, config.s3_results_path)
        self.due: dict[int, float] = {}

    def run_next_eval_batch(self, metagraph: bt.Metagraph, desirability: dict[str, float]) -> float:
        """Evaluate who is due; how many seconds until somebody is again, 0 where there was somebody."""
        uids = set(miner_uids(metagraph, self.config.vpermit_rao_limit))
        if not uids:
            raise ValueError("MinerIterator needs at least one miner uid")
        now = time.monotonic()
        batch = {uid for uid in uids if self.due.get(uid, 0.0) <= now}
        if not batch:
            return min(self.due[uid] for uid in uids) - now
        bt.logging.info(f"Running validation on the following batch of uids: {batch}.")
        threads = [
            threading.Thread(target=self.eval_miner_sync, args=(uid, metagraph, desirability), daemon=True)
            for uid in batch
        ]
        for uid in batch:
            self.due[uid] = now + MIN_EVALUATION_PERIOD_S
        for thread in threads:
            thread.start()
        end = time.monotonic() + JOIN_S
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        return 0.0

    def eval_miner_sync(self, uid: int, metagraph: bt.Metagraph, desirability: dict[str, float]) -> None:
        asyncio.run(self.eval_miner(uid, metagraph, desirability))

    async def eval_miner(self, uid: int, metagraph: bt.Metagraph, desirability: dict[str, float]) -> None:
        axon, hotkey = metagraph.axons[uid], metagraph.hotkeys[uid]
        bt.logging.info(f"{hotkey}: Evaluating miner.")
        answer = await self._ask(axon, GetMinerIndex(version=4))
        if answer is None or answer.compressed_index_serialized is None:
            bt.logging.info(f"{hotkey}: Miner failed to respond with an index. Using last known index if present.")
            bt.logging.info(f"{hotkey}: Failed to get an index for miner. Counting as a failed validation.")
            self.scorer.on_miner_evaluated(uid, 0.0, None, 0.0)
            return
        index = json.loads(answer.compressed_index_serialized)
        text = answer.compressed_index_serialized
        bt.logging.info(f"{hotkey}: Got new compressed miner index of {len(text)} bytes across {len(index)} buckets.")
        assert index, "Failed to choose a DataEntityBucket to query"
        label = random.choice(sorted(index))
        bucket = await self._ask(axon, GetDataEntityBucket(label=label, version=4))
        entities = bucket.data_entities if bucket is not None else []
        if not entities:
            bt.logging.info(f"{hotkey}: Miner returned an invalid/failed response for Bucket ID: {label}.")
            self.scorer.on_miner_evaluated(uid, 0.0, 0.0, 0.0)
            return
        results = SCRAPERS["RapidAPI.zillow"]().validate(random.sample(entities, min(2, len(entities))))
        bt.logging.info(f"{hotkey}: Data validation on selected entities finished with results: {results}")
        scorable = sum(size * desirability.get(label, 0.3) for label, size in index.items())
        passed = sum(result.is_valid for result in results) / len(results)
        self.scorer.on_miner_evaluated(uid, scorable, passed, self.s3.validate(uid, hotkey))

    async def _ask(self, axon: bt.AxonInfo, synapse: bt.Synapse) -> bt.Synapse | None:
        async with bt.Dendrite(wallet=self.wallet) as dendrite:
            answer = await dendrite.forward(axons=axon, synapse=synapse, timeout=10, deserialize=False)
        return answer if answer.is_success else None
