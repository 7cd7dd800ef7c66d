"""What both roles do first: connect, and find themselves on the subnet."""

from __future__ import annotations

import argparse
import sys
from typing import ClassVar

import bittensor as bt

from template.utils.config import add_args, check_config, config


class BaseNeuron:
    """A neuron that is registered."""

    neuron_type: ClassVar[str] = "BaseNeuron"

    @classmethod
    def add_args(cls, parser: argparse.ArgumentParser) -> None:
        add_args(parser)

    def __init__(self) -> None:
        self.config = config(type(self))
        check_config(self.config)
        bt.logging.set_config(config=self.config.logging)
        self.wallet = bt.Wallet(config=self.config)
        self.subtensor = bt.Subtensor(config=self.config)
        self.metagraph = self.subtensor.metagraph(self.config.netuid)
        self.hotkey = self.wallet.hotkey.ss58_address
        bt.logging.info(f"Wallet: {self.wallet}")
        if not self.subtensor.is_hotkey_registered(netuid=self.config.netuid, hotkey_ss58=self.hotkey):
            bt.logging.error(f"Wallet: {self.wallet} is not registered on netuid {self.config.netuid}.")
            sys.exit(1)
        self.uid = self.metagraph.hotkeys.index(self.hotkey)
        bt.logging.info(f"Running neuron on subnet: {self.config.netuid} with uid {self.uid}")
        self.step = 0

    @property
    def block(self) -> int:
        return self.subtensor.get_current_block()
