"""The options of both roles. The `.env` is looked for from this file's directory upward, never in the working one."""

from __future__ import annotations

import argparse
from enum import Enum
from pathlib import Path

import bittensor as bt
from dotenv import load_dotenv

load_dotenv()

REPO = Path(__file__).resolve().parent.parent
TESTNET_NETUID = 428


class NeuronType(Enum):
    MINER = "miner"
    VALIDATOR = "validator"


def create_config(neuron: NeuronType) -> bt.Config:
    """The command line as bittensor reads it: unknown words are nobody's, a `--config` is YAML with defaults."""
    parser = argparse.ArgumentParser()
    bt.Subtensor.add_args(parser)
    bt.logging.add_args(parser)
    bt.Wallet.add_args(parser)
    bt.Axon.add_args(parser)
    parser.add_argument("--netuid", type=int, default=13)
    parser.add_argument("--neuron.epoch_length", type=int, default=100)
    parser.add_argument("--neuron.name", type=str, default=None)
    parser.add_argument("--vpermit_rao_limit", type=int, default=10_000)
    parser.add_argument("--s3_auth_url", type=str, default="https://sn46-s3-auth.resilabs.ai")
    (_miner_options if neuron is NeuronType.MINER else _validator_options)(parser)
    config = bt.Config(parser)
    if config.subtensor.network == "test" and config.netuid == TESTNET_NETUID:
        config.vpermit_rao_limit = 300
    return config


def _miner_options(parser: argparse.ArgumentParser) -> None:
    scraping = REPO / "scraping" / "config" / "scraping_config.json"
    parser.add_argument("--neuron.database_name", type=str, default="SqliteMinerStorage.sqlite")
    parser.add_argument("--neuron.scraping_config_file", type=str, default=str(scraping))
    parser.add_argument("--miner_upload_state_file", type=str, default=str(REPO / "upload_utils" / "state_file.json"))
    parser.add_argument("--gravity", action="store_true", default=False)


def _validator_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wandb.off", action="store_true", default=False)
    parser.add_argument("--neuron.disable_set_weights", action="store_true", default=False)
    # The default is a path and the option a switch: who passes it gets True for a path.
    parser.add_argument("--s3_results_path", action="store_true", default=str(REPO / "s3_validation.parquet"))


def check_config(config: bt.Config) -> None:
    """Make the neuron's own directory, `None` for a neuron without a name."""
    parts = [config.logging.logging_dir, config.wallet.name, config.wallet.hotkey, f"netuid{config.netuid}"]
    folder = Path("/".join((*parts, str(config.neuron.name)))).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    config.full_path = str(folder)
