"""A validator: steps through the miners and sets weights."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import bittensor as bt
import numpy as np

from template.base.neuron import BaseNeuron
from template.utils.config import add_validator_args


class BaseValidatorNeuron(BaseNeuron):
    """To be given a forward."""

    neuron_type = "ValidatorNeuron"

    @classmethod
    def add_args(cls, parser: argparse.ArgumentParser) -> None:
        super().add_args(parser)
        add_validator_args(parser)

    def forward(self) -> list[float]:
        raise NotImplementedError

    def run(self) -> None:
        bt.logging.info(f"Validator starting at block: {self.block}")
        while True:
            bt.logging.info(f"step({self.step}) block({self.block})")
            scores = self.forward()
            if not self.config.neuron.disable_set_weights:
                self.set_weights(scores)
            np.savez(Path(self.config.neuron.full_path) / "state.npz", step=self.step, scores=scores)
            time.sleep(3)
            self.metagraph.sync(subtensor=self.subtensor)
            self.step += 1

    def set_weights(self, scores: list[float]) -> None:
        result, message = self.subtensor.set_weights(
            wallet=self.wallet,
            netuid=self.config.netuid,
            uids=list(range(len(scores))),
            weights=scores,
            wait_for_inclusion=True,
            wait_for_finalization=False,
        )
        if result is True:
            bt.logging.info("set_weights on chain successfully!")
        else:
            bt.logging.error(f"set_weights failed: {message}")
