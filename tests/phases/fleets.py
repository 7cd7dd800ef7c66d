"""Fleets for the money phases: resolved by hand, small, with nothing that a phase must still guess."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from netctl.fleet import Fleet, FundingSpec, Network, NetworkKind, NeuronsCode, NeuronSpec, RegistrationSpec

TAO = 1_000_000_000


def neuron(name: str, **changes: Any) -> NeuronSpec:
    """A neuron named as usual: ``miner_3`` has wallet ``wallet_miner_3`` and hotkey ``hotkey``."""
    fields: dict[str, Any] = {
        "name": name,
        "role": "validator" if name.startswith("validator") else "miner",
        "index": 1,
        "wallet": f"wallet_{name}",
        "hotkey": "hotkey",
        "existing": False,
        "expected_uid": None,
        "axon_port": 8091,
        "axon_ip": "127.0.0.1",
        "args": (),
        "env": (),
        "env_files": (),
        "files": (),
        "strategy": None,
        "stake_rao": 0,
    }
    return NeuronSpec(**{**fields, **changes})


def fleet(*neurons: NeuronSpec, kind: NetworkKind = "local", **changes: Any) -> Fleet:
    """A fleet of these neurons; registration fields are given by their own names."""
    rules: dict[str, Any] = {
        "max_burn_rao": None,
        "budget_rao": None,
        "budget_total_rao": None,
        "stagger": "all",
        "attempts": 6,
        "deadline_s": 120.0,
        "given_budget_rao": None,
    }
    rules.update({name: changes.pop(name) for name in list(changes) if name in rules})
    fields: dict[str, Any] = {
        "name": "twin-fleet",
        "title": "Twin",
        "profile_path": Path("/nowhere/twin.yaml"),
        "network": Network(kind, "ws://twin"),
        "netuid": 428,
        "state": Path("/nowhere/.netctl/twin-fleet"),
        "wallet_path": Path("/nowhere/wallets"),
        "encrypt": False,
        "code": NeuronsCode(None, Path("/usr/bin/python3"), "rehearsal"),
        "neurons": neurons,
        "registration": RegistrationSpec(**rules),
        "funding": FundingSpec(changes.pop("from_wallet", None), changes.pop("reserve_rao", TAO // 100)),
        "subnet": {},
        "block_time_s": 0.25,
        "time_scale": 1.0,
    }
    return Fleet(**{**fields, **changes})


def day2(**changes: Any) -> Fleet:
    """Four miners and a validator, as in the plan's experiment."""
    miners = [neuron(f"miner_{i}", index=i) for i in range(1, 5)]
    return fleet(*miners, neuron("validator_1", stake_rao=300 * TAO), **changes)
