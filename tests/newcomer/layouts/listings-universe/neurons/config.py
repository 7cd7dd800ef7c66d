"""The options of both roles in one file; which of them are added is decided by the role."""

from __future__ import annotations

import argparse
import os
from enum import Enum
from pathlib import Path

import bittensor as bt
from common.constants import DATABASE, NETUID
from dotenv import load_dotenv

load_dotenv()


class NeuronType(Enum):
    MINER = "miner"
    VALIDATOR = "validator"


def create_config(neuron_type: NeuronType) -> bt.Config:
    parser = argparse.ArgumentParser()
    parser.add_argument("--netuid", type=int, default=NETUID, help="Subnet netuid")
    parser.add_argument("--neuron.epoch_length", type=int, default=100, help="The default epoch length.")
    parser.add_argument("--vpermit_rao_limit", type=int, default=10_000, help="The stake that makes a validator.")
    if neuron_type == NeuronType.MINER:
        root_dir = Path(os.path.dirname(__file__)).parent  # noqa: PTH120
        default_file = os.path.join(os.path.join(root_dir, "scraping/config/scraping_config.json"))  # noqa: PTH118
        state_default_file = os.path.join(root_dir, "upload", "state_file.json")  # noqa: PTH118
        parser.add_argument("--neuron.database_name", type=str, default=DATABASE, help="Where listings are kept.")
        parser.add_argument(
            "--neuron.scraping_config_file",
            type=str,
            default=default_file,
            help="What to scrape.",
        )
        parser.add_argument(
            "--miner_upload_state_file",
            type=str,
            default=state_default_file,
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
