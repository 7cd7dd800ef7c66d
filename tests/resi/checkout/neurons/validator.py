"""A validator: evaluates every miner once per period and sets weights. Its loop may die and leave the process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import traceback

from neurons.config import NeuronType, check_config, create_config  # before what reads the environment  # isort: skip

import bittensor as bt
from common import constants
from common.permits import is_registered
from dynamic_desirability.retrieval import run_retrieval
from scraping.provider import SCRAPERS
from vali_utils.miner_evaluator import MinerEvaluator

bt.logging.set_trace(True)


def new_wandb_run() -> None:
    """What W&B does without a key in a process without a terminal."""
    if os.getenv("WANDB_MODE") != "disabled" and not os.getenv("WANDB_API_KEY"):
        raise RuntimeError("wandb: api_key not configured (no-tty). call wandb.login(key=[your_api_key])")


class Validator:
    def __init__(self) -> None:
        self.config = create_config(NeuronType.VALIDATOR)
        check_config(self.config)
        bt.logging(config=self.config, logging_dir=self.config.full_path)
        bt.logging.info(self.config)
        self.wallet = bt.Wallet(config=self.config)
        bt.logging.info(f"Wallet: {self.wallet}.")
        self.subtensor = bt.Subtensor(config=self.config)
        self.metagraph = self.subtensor.metagraph(self.config.netuid)
        if not is_registered(self.wallet, self.metagraph, self.config.netuid):
            sys.exit(1)
        subprocess.run(["git", "fetch", "--tags"], check=False)
        bt.logging.trace(f"MetagraphSyncer created with config: {{{self.config.netuid}: 1200}}")
        if not self.config.wandb.off:
            new_wandb_run()
        self.step = self.loops = 0
        self.looped = time.monotonic()
        self.axon = None

    def run(self) -> None:
        self.axon = bt.Axon(wallet=self.wallet, config=self.config)
        self.axon.serve(netuid=self.config.netuid, subtensor=self.subtensor)
        self.axon.start()
        bt.logging.info(f"Validator axon {self.axon} on netuid {self.config.netuid}.")
        evaluator = MinerEvaluator(self.config, self.wallet)
        while True:
            desirability = run_retrieval(self.config)
            self.metagraph.sync(subtensor=self.subtensor)
            block = self.metagraph.block.item()
            bt.logging.debug(f"Validator running on step({self.step}) block({block}).")
            try:
                wait_s = evaluator.run_next_eval_batch(self.metagraph, desirability)
            except OSError:
                bt.logging.error(traceback.format_exc(), "Error during validation")
                wait_s = 0.0
            self.looped = time.monotonic()
            self.loops += wait_s == 0.0
            self.step += 1
            if wait_s:
                bt.logging.info(
                    f"Finished full evaluation loop early. Waiting {wait_s} seconds until running next evaluation loop."
                )
                time.sleep(max(0.0, wait_s))
            elif self.loops < constants.EVALUATION_ON_STARTUP:
                done = f"{self.loops}/{constants.EVALUATION_ON_STARTUP}"
                bt.logging.info(f"Skipping weight setting - completed {done} evaluation cycles since startup")
            elif not self.config.neuron.disable_set_weights:
                self.set_weights(evaluator.scorer.scores)

    def set_weights(self, scores: dict[int, float]) -> None:
        bt.logging.info("Attempting to set weights.")
        uids = sorted(scores)
        sys.stdout.write("\n".join(("All Weights", *(f"{uid}: {scores[uid]:.4g}" for uid in uids), "")))
        if sum(scores.values()) > 0:
            self.subtensor.set_weights(
                wallet=self.wallet,
                netuid=self.config.netuid,
                uids=uids,
                weights=[scores[uid] / sum(scores.values()) for uid in uids],
                wait_for_inclusion=True,
            )
        bt.logging.info("Finished setting weights.")

    def is_healthy(self) -> bool:
        return time.monotonic() - self.looped < constants.HEALTHY_S


def main() -> None:
    assert SCRAPERS
    validator = Validator()
    threading.Thread(target=validator.run, daemon=True).start()
    while True:
        time.sleep(constants.MINUTE_S)
        if not validator.is_healthy():
            bt.logging.error("Validator is unhealthy. Restarting.")
            os._exit(1)


if __name__ == "__main__":
    main()
