"""A miner: serves an axon, and looks at the metagraph now and then."""

import argparse
import time

import bittensor as bt

from template.base.neuron import BaseNeuron
from template.protocol import Dummy
from template.utils.config import add_miner_args


class BaseMinerNeuron(BaseNeuron):
    """To be given a forward."""

    neuron_type = "MinerNeuron"

    @classmethod
    def add_args(cls, parser: argparse.ArgumentParser) -> None:
        super().add_args(parser)
        add_miner_args(parser)

    def __init__(self) -> None:
        super().__init__()
        self.axon = bt.Axon(wallet=self.wallet, config=self.config)
        self.axon.attach(forward_fn=self.forward)
        bt.logging.info(f"Axon created: {self.axon}")

    def forward(self, synapse: Dummy) -> Dummy:
        raise NotImplementedError

    def may_ask(self, uid: int) -> bool:
        """Whether that neuron has a permit, or none is asked for."""
        return not self.config.blacklist.force_validator_permit or bool(self.metagraph.validator_permit[uid])

    def run(self) -> None:
        self.axon.serve(netuid=self.config.netuid, subtensor=self.subtensor)
        self.axon.start()
        bt.logging.info(f"Miner starting at block: {self.block}")
        while True:
            time.sleep(3)
            self.metagraph.sync(subtensor=self.subtensor)
            bt.logging.info(f"resync_metagraph() step({self.step}) block({self.block})")
            self.step += 1
