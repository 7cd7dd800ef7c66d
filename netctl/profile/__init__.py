"""The profile: what the user wrote, checked; every fault at once with its line, its field and what to do."""

from __future__ import annotations

from netctl.profile.loading import load, loads, neuron_names
from netctl.profile.model import Member, Miner, Profile, Validator

__all__ = ["Member", "Miner", "Profile", "Validator", "load", "loads", "neuron_names"]
