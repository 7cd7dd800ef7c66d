"""A validator: looks at each miner in the metagraph and says what it is worth."""

from __future__ import annotations

import sys
import time

import bittensor as bt

from neurons.config import NeuronType, create_config


class Validator:
    """Evaluates and sets weights."""

    def __init__(self) -> None:
        self.config = create_config(NeuronType.VALIDATOR)
        bt.logging(config=self.config)
        bt.logging.set_info(True)
        self.wallet = bt.Wallet(config=self.config)
        self.subtensor = bt.Subtensor(config=self.config)
        self.metagraph = self.subtensor.metagraph(self.config.netuid)
        if self.wallet.hotkey.ss58_address not in self.metagraph.hotkeys:
            bt.logging.error(f"Wallet: {self.wallet} is not registered on netuid {self.config.netuid}.")
            sys.exit(1)
        self.step = 0

    def run(self) -> None:
        while True:
            bt.logging.info(f"Validator running on step({self.step}) block({self.subtensor.get_current_block()}).")
            for uid, axon in enumerate(self.metagraph.axons):
                score = 1.0 if axon.is_serving else 0.0
                bt.logging.info(f"Evaluated Miner {uid}. Score={score}. Credibility={score}.")
            time.sleep(3)
            self.metagraph.sync(subtensor=self.subtensor)
            self.step += 1


if __name__ == "__main__":
    Validator().run()
