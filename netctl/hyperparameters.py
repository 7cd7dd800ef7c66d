"""The hyperparameters that netctl can set: the chain's names, their AdminUtils calls, and their kinds.

Names are those of the runtime's ``get_subnet_hyperparams_v3``, units those of AdminUtils (rao, blocks, u16 fractions);
a multiplier is written as its real value (1.26) and sent as U64F64 bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from netctl.fleet import HyperparameterValue
from netctl.ports import Call

Kind = Literal["int", "bool", "rao", "blocks", "fraction", "multiplier", "consensus"]
FIXED_ONE = 1 << 64


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """One of them: `setter` in AdminUtils takes the netuid and, as `argument`, a value of `kind`."""

    setter: str
    argument: str
    kind: Kind


SETTABLE: Mapping[str, Hyperparameter] = {
    "activity_cutoff": Hyperparameter("sudo_set_activity_cutoff", "activity_cutoff", "blocks"),
    "activity_cutoff_factor": Hyperparameter("sudo_set_activity_cutoff_factor", "factor_milli", "int"),
    "adjustment_alpha": Hyperparameter("sudo_set_adjustment_alpha", "adjustment_alpha", "int"),
    "adjustment_interval": Hyperparameter("sudo_set_adjustment_interval", "adjustment_interval", "blocks"),
    "alpha_high": Hyperparameter("sudo_set_alpha_values", "alpha_high", "fraction"),
    "alpha_low": Hyperparameter("sudo_set_alpha_values", "alpha_low", "fraction"),
    "alpha_sigmoid_steepness": Hyperparameter("sudo_set_alpha_sigmoid_steepness", "steepness", "int"),
    "bonds_moving_avg": Hyperparameter("sudo_set_bonds_moving_average", "bonds_moving_average", "int"),
    "bonds_penalty": Hyperparameter("sudo_set_bonds_penalty", "bonds_penalty", "fraction"),
    "bonds_reset_enabled": Hyperparameter("sudo_set_bonds_reset_enabled", "enabled", "bool"),
    "burn_half_life": Hyperparameter("sudo_set_burn_half_life", "burn_half_life", "blocks"),
    "burn_increase_mult": Hyperparameter("sudo_set_burn_increase_mult", "burn_increase_mult", "multiplier"),
    "collateral_drain_ratio": Hyperparameter("sudo_set_collateral_drain_ratio", "drain_ratio", "multiplier"),
    "collateral_lock_share": Hyperparameter("sudo_set_collateral_lock_share", "lock_share", "fraction"),
    "commit_reveal_period": Hyperparameter("sudo_set_commit_reveal_weights_interval", "interval", "int"),
    "commit_reveal_weights_enabled": Hyperparameter("sudo_set_commit_reveal_weights_enabled", "enabled", "bool"),
    "difficulty": Hyperparameter("sudo_set_difficulty", "difficulty", "int"),
    "epoch_consensus": Hyperparameter("sudo_set_epoch_consensus", "mode", "consensus"),
    "immunity_period": Hyperparameter("sudo_set_immunity_period", "immunity_period", "blocks"),
    "kappa": Hyperparameter("sudo_set_kappa", "kappa", "fraction"),
    "liquid_alpha_enabled": Hyperparameter("sudo_set_liquid_alpha_enabled", "enabled", "bool"),
    "max_allowed_uids": Hyperparameter("sudo_set_max_allowed_uids", "max_allowed_uids", "int"),
    "max_burn": Hyperparameter("sudo_set_max_burn", "max_burn", "rao"),
    "max_difficulty": Hyperparameter("sudo_set_max_difficulty", "max_difficulty", "int"),
    "max_regs_per_block": Hyperparameter("sudo_set_max_registrations_per_block", "max_registrations_per_block", "int"),
    "max_validators": Hyperparameter("sudo_set_max_allowed_validators", "max_allowed_validators", "int"),
    "min_allowed_weights": Hyperparameter("sudo_set_min_allowed_weights", "min_allowed_weights", "int"),
    "min_burn": Hyperparameter("sudo_set_min_burn", "min_burn", "rao"),
    "min_childkey_take": Hyperparameter("sudo_set_min_childkey_take_per_subnet", "take", "fraction"),
    "min_difficulty": Hyperparameter("sudo_set_min_difficulty", "min_difficulty", "int"),
    "network_pow_registration_allowed": Hyperparameter(
        "sudo_set_network_pow_registration_allowed", "registration_allowed", "bool"
    ),
    "owner_cut_auto_lock_enabled": Hyperparameter("sudo_set_owner_cut_auto_lock_enabled", "enabled", "bool"),
    "owner_cut_enabled": Hyperparameter("sudo_set_owner_cut_enabled", "enabled", "bool"),
    "owner_immune_neuron_limit": Hyperparameter("sudo_set_owner_immune_neuron_limit", "immune_neurons", "int"),
    "registration_allowed": Hyperparameter("sudo_set_network_registration_allowed", "registration_allowed", "bool"),
    "rho": Hyperparameter("sudo_set_rho", "rho", "int"),
    "serving_rate_limit": Hyperparameter("sudo_set_serving_rate_limit", "serving_rate_limit", "blocks"),
    "target_regs_per_interval": Hyperparameter(
        "sudo_set_target_registrations_per_interval", "target_registrations_per_interval", "int"
    ),
    "tempo": Hyperparameter("sudo_set_tempo", "tempo", "blocks"),
    "transfers_enabled": Hyperparameter("sudo_set_toggle_transfer", "toggle", "bool"),
    "weights_rate_limit": Hyperparameter("sudo_set_weights_set_rate_limit", "weights_set_rate_limit", "blocks"),
    "weights_version": Hyperparameter("sudo_set_weights_version_key", "weights_version_key", "int"),
    "yuma3_enabled": Hyperparameter("sudo_set_yuma3_enabled", "enabled", "bool"),
}

ALIASES: Mapping[str, str] = {
    "max_allowed_validators": "max_validators",
    "max_registrations_per_block": "max_regs_per_block",
    "weights_set_rate_limit": "weights_rate_limit",
    "weights_version_key": "weights_version",
}
"""Storage names that people know, and the name that this module uses."""

CONSENSUS = ("Yuma", "Null")
"""The variants of EpochConsensus, by their number."""

_PAIR = ("alpha_low", "alpha_high")


def canonical(name: str) -> str:
    """The name in `SETTABLE`, or the name as it is where netctl does not know it."""
    return ALIASES.get(name, name)


def same(kind: Kind, wanted: HyperparameterValue, found: HyperparameterValue) -> bool:
    """Whether the chain already has the wanted value; multipliers may come as bits or as their real value."""
    if kind == "bool":
        return bool(wanted) == bool(found)
    if kind == "consensus":
        return _consensus(wanted) == _consensus(found)
    if kind == "multiplier":
        return abs(_bits(wanted) - _bits(found)) <= _bits(wanted) >> 30
    return int(wanted) == int(found)


def differing(
    wanted: Mapping[str, HyperparameterValue], found: Mapping[str, HyperparameterValue]
) -> Mapping[str, HyperparameterValue]:
    """Those of the wanted that the chain shows with another value, by canonical name."""
    current = {canonical(name): value for name, value in found.items()}
    settable = {canonical(name): value for name, value in wanted.items() if canonical(name) in SETTABLE}
    return {
        name: value
        for name, value in settable.items()
        if name in current and not same(SETTABLE[name].kind, value, current[name])
    }


def hidden(
    wanted: Mapping[str, HyperparameterValue], found: Mapping[str, HyperparameterValue]
) -> Mapping[str, HyperparameterValue]:
    """Those of the wanted that can be set and that the chain does not show, by canonical name."""
    shown = {canonical(name) for name in found}
    return {
        canonical(name): value
        for name, value in wanted.items()
        if canonical(name) in SETTABLE and canonical(name) not in shown
    }


def unknown(wanted: Mapping[str, HyperparameterValue]) -> tuple[str, ...]:
    """Names that no call of this table sets."""
    return tuple(name for name in wanted if canonical(name) not in SETTABLE)


def setters(
    netuid: int, changes: Mapping[str, HyperparameterValue], found: Mapping[str, HyperparameterValue]
) -> tuple[Call, ...]:
    """The AdminUtils calls for these changes, in an order in which floor and ceiling of the burn never cross."""
    names = sorted(name for name in changes if name not in _PAIR)
    if "max_burn" in names:
        names.remove("max_burn")
        raises = int(changes["max_burn"]) >= int(found.get("max_burn", 0))
        names.insert(0 if raises else len(names), "max_burn")
    calls = [_setter(netuid, SETTABLE[name], changes[name]) for name in names]
    if any(name in changes for name in _PAIR):
        both = {name: int(changes.get(name, found.get(name, 0))) for name in _PAIR}
        calls.append(Call("AdminUtils", "sudo_set_alpha_values", {"netuid": netuid, **both}))
    return tuple(calls)


def _setter(netuid: int, parameter: Hyperparameter, value: HyperparameterValue) -> Call:
    raw: Any
    if parameter.kind == "bool":
        raw = bool(value)
    elif parameter.kind == "consensus":
        raw = CONSENSUS[_consensus(value)]
    elif parameter.kind == "multiplier":
        raw = {"bits": _bits(value)}
    else:
        raw = int(value)
    return Call("AdminUtils", parameter.setter, {"netuid": netuid, parameter.argument: raw})


def real_multiplier(value: HyperparameterValue) -> Fraction:
    """A multiplier as a number, exact as the chain keeps it, whether it came as U64F64 bits or as one."""
    return Fraction(_bits(value), FIXED_ONE)


def _consensus(value: HyperparameterValue) -> int:
    return CONSENSUS.index(value) if isinstance(value, str) else int(value)


def _bits(value: HyperparameterValue) -> int:
    """U64F64 bits; an integer of a million and more already is bits (the chain bounds the multiplier at 3)."""
    if isinstance(value, int) and value >= 1_000_000:
        return value
    return int(float(value) * FIXED_ONE)
