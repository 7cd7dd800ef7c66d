"""The options, one function for what all neurons take and one for each role."""

from __future__ import annotations

import argparse
from pathlib import Path

import bittensor as bt


def check_config(config: bt.Config) -> None:
    """Make the neuron's own directory."""
    parts = [config.logging.logging_dir, config.wallet.name, config.wallet.hotkey, f"netuid{config.netuid}"]
    folder = Path("/".join((*parts, config.neuron.name))).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    config.neuron.full_path = str(folder)


def add_args(parser: argparse.ArgumentParser) -> None:
    """Of every neuron."""
    parser.add_argument("--netuid", type=int, help="Subnet netuid", default=1)
    parser.add_argument("--neuron.device", type=str, help="Device to run on.", default="cpu")
    parser.add_argument("--neuron.epoch_length", type=int, help="The epoch length in blocks.", default=100)
    parser.add_argument("--neuron.dont_save_events", action="store_true", help="Do not save events.", default=False)
    parser.add_argument("--wandb.off", action="store_true", help="Turn W&B off.", default=False)


def add_miner_args(parser: argparse.ArgumentParser) -> None:
    """Of miners only."""
    parser.add_argument("--neuron.name", type=str, help="Trials go in neuron.root/.../neuron.name.", default="miner")
    parser.add_argument("--blacklist.force_validator_permit", action="store_true", help="Ask for a permit.")
    parser.add_argument("--blacklist.allow_non_registered", action="store_true", help="Answer anybody.")


def add_validator_args(parser: argparse.ArgumentParser) -> None:
    """Of validators only."""
    parser.add_argument(
        "--neuron.name", type=str, help="Trials go in neuron.root/.../neuron.name.", default="validator"
    )
    parser.add_argument("--neuron.sample_size", type=int, help="How many miners a step asks.", default=10)
    parser.add_argument("--neuron.disable_set_weights", action="store_true", help="Set no weights.", default=False)
    parser.add_argument("--neuron.vpermit_tao_limit", type=int, help="Ask nobody with more stake.", default=4096)


def config(cls: type) -> bt.Config:
    """The command line, read."""
    parser = argparse.ArgumentParser()
    bt.Wallet.add_args(parser)
    bt.Subtensor.add_args(parser)
    bt.logging.add_args(parser)
    bt.Axon.add_args(parser)
    cls.add_args(parser)
    return bt.Config(parser)
