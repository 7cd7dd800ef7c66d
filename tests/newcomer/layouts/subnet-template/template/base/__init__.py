"""Neurons to be filled in."""

from . import miner, neuron, validator

__all__ = ["miner", "neuron", "validator"]
