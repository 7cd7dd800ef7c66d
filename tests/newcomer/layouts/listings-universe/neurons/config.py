"""The options of both roles in one file; which of them are added is decided by the role."""

from __future__ import annotations

import argparse
import os
from enum import Enum

import bittensor as bt
from common.constants import DATABASE, NETUID
from dotenv import load_dotenv

load_dotenv()

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120


class NeuronType(Enum):
    MINER = "miner"
    VALIDATOR = "validator"


def create_config(neuron_type: NeuronType) -> bt.Config:
    parser = argparse.ArgumentParser()
    parser.add_argument("--netuid", type=int, default=NETUID, help="Subnet netuid")
    parser.add_argument("--neuron.epoch_length", type=int, default=100, help="The default epoch length.")
    parser.add_argument("--vpermit_rao_limit", type=int, default=10_000, help="The stake that makes a validator.")
    if neuron_type == NeuronType.MINER:
        parser.add_argument("--neuron.database_name", type=str, default=DATABASE, help="Where listings are kept.")
        parser.add_argument(
            "--neuron.scraping_config_file",
            type=str,
            default=os.path.join(ROOT, "scraping", "config", "scraping_config.json"),  # noqa: PTH118
            help="What to scrape.",
        )
        parser.add_argument(
            "--miner_upload_state_file",
            type=str,
            default=os.path.join(ROOT, "upload", "state_file.json"),  # noqa: PTH118
            help="How far uploads have come.",
        )
        parser.add_argument("--offline", action="store_true", help="Only scrape.", default=False)
    else:
        parser.add_argument("--wandb.off", action="store_true", help="Report nothing to W&B.", default=False)
        parser.add_argument("--neuron.api_port", type=int, default=8000, help="Where the API listens.")
        parser.add_argument("--neuron.disable_set_weights", action="store_true", help="Set no weights.", default=False)
    bt.Wallet.add_args(parser)
    bt.Subtensor.add_args(parser)
    bt.logging.add_args(parser)
    bt.Axon.add_args(parser)
    return bt.Config(parser)
