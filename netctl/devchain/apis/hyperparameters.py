"""Hyperparameters of a subnet, in the three forms in which the runtime's API has given them over time."""

from __future__ import annotations

from typing import Any

from netctl.devchain.pallets.subtensor import items, tempo
from netctl.devchain.pallets.wire import hexed
from netctl.devchain.storage import Item, View

ITEM_OF: dict[str, str] = {
    "rho": "Rho",
    "kappa": "Kappa",
    "immunity_period": "ImmunityPeriod",
    "min_allowed_weights": "MinAllowedWeights",
    "max_weights_limit": "MaxWeightsLimit",
    "max_weight_limit": "MaxWeightsLimit",
    "tempo": "Tempo",
    "min_difficulty": "MinDifficulty",
    "max_difficulty": "MaxDifficulty",
    "difficulty": "Difficulty",
    "weights_version": "WeightsVersionKey",
    "weights_rate_limit": "WeightsSetRateLimit",
    "adjustment_interval": "AdjustmentInterval",
    "adjustment_alpha": "AdjustmentAlpha",
    "registration_allowed": "NetworkRegistrationAllowed",
    "pow_registration_allowed": "NetworkPowRegistrationAllowed",
    "network_pow_registration_allowed": "NetworkPowRegistrationAllowed",
    "target_regs_per_interval": "TargetRegistrationsPerInterval",
    "max_regs_per_block": "MaxRegistrationsPerBlock",
    "burn": "Burn",
    "min_burn": "MinBurn",
    "max_burn": "MaxBurn",
    "burn_half_life": "BurnHalfLife",
    "burn_increase_mult": "BurnIncreaseMult",
    "bonds_moving_avg": "BondsMovingAverage",
    "bonds_penalty": "BondsPenalty",
    "bonds_reset_enabled": "BondsResetOn",
    "serving_rate_limit": "ServingRateLimit",
    "max_validators": "MaxAllowedValidators",
    "max_allowed_validators": "MaxAllowedValidators",
    "max_uids": "MaxAllowedUids",
    "max_allowed_uids": "MaxAllowedUids",
    "num_uids": "SubnetworkN",
    "subnetwork_n": "SubnetworkN",
    "commit_reveal_period": "RevealPeriodEpochs",
    "commit_reveal_weights_enabled": "CommitRevealWeightsEnabled",
    "liquid_alpha_enabled": "LiquidAlphaOn",
    "yuma3_enabled": "Yuma3On",
    "activity_cutoff_factor": "ActivityCutoffFactorMilli",
    "owner_immune_neuron_limit": "ImmuneOwnerUidsLimit",
    "min_childkey_take": "MinChildkeyTakePerSubnet",
    "collateral_lock_share": "CollateralLockShare",
    "collateral_drain_ratio": "CollateralDrainRatio",
    "subnet_is_active": "SubtokenEnabled",
    "subnet_emission_enabled": "SubnetEmissionEnabled",
    "transfers_enabled": "TransferToggle",
    "owner_cut_enabled": "OwnerCutEnabled",
    "owner_cut_auto_lock_enabled": "OwnerCutAutoLockEnabled",
    "scaling_law_power": "ScalingLawPower",
    "blocks_since_last_step": "BlocksSinceLastStep",
}
"""The names of fields in runtime API answers, and the items behind them."""

_V3: tuple[tuple[str, str], ...] = (
    ("rho", "U16"),
    ("kappa", "U16"),
    ("immunity_period", "U16"),
    ("min_allowed_weights", "U16"),
    ("max_weights_limit", "U16"),
    ("tempo", "U16"),
    ("min_difficulty", "U64"),
    ("max_difficulty", "U64"),
    ("difficulty", "U64"),
    ("weights_version", "U64"),
    ("weights_rate_limit", "U64"),
    ("adjustment_interval", "U16"),
    ("adjustment_alpha", "U64"),
    ("activity_cutoff", "U64"),
    ("activity_cutoff_factor", "U32"),
    ("registration_allowed", "Bool"),
    ("network_pow_registration_allowed", "Bool"),
    ("target_regs_per_interval", "U16"),
    ("max_regs_per_block", "U16"),
    ("min_burn", "TaoBalance"),
    ("max_burn", "TaoBalance"),
    ("burn_half_life", "U16"),
    ("burn_increase_mult", "U64F64"),
    ("collateral_lock_share", "U16"),
    ("collateral_drain_ratio", "U64F64"),
    ("bonds_moving_avg", "U64"),
    ("bonds_penalty", "U16"),
    ("bonds_reset_enabled", "Bool"),
    ("serving_rate_limit", "U64"),
    ("max_validators", "U16"),
    ("max_allowed_uids", "U16"),
    ("owner_immune_neuron_limit", "U16"),
    ("commit_reveal_period", "U64"),
    ("commit_reveal_weights_enabled", "Bool"),
    ("alpha_high", "U16"),
    ("alpha_low", "U16"),
    ("alpha_sigmoid_steepness", "I32F32"),
    ("liquid_alpha_enabled", "Bool"),
    ("yuma_version", "U16"),
    ("min_childkey_take", "U16"),
    ("subnet_is_active", "Bool"),
    ("subnet_emission_enabled", "Bool"),
    ("transfers_enabled", "Bool"),
    ("owner_cut_enabled", "Bool"),
    ("owner_cut_auto_lock_enabled", "Bool"),
)


def value(view: View, netuid: int, name: str) -> Any:
    """One hyperparameter by its name in API answers; KeyError for a name that is not one."""
    if name in ("alpha_low", "alpha_high"):
        low, high = items.ALPHA_VALUES.get(view, netuid)
        return low if name == "alpha_low" else high
    if name == "activity_cutoff":
        return tempo.activity_cutoff_blocks(view, netuid)
    if name == "alpha_sigmoid_steepness":
        return {"bits": Item(items.PALLET, "AlphaSigmoidSteepness").get(view, netuid) << 32}
    if name == "yuma_version":
        return 3 if value(view, netuid, "yuma3_enabled") else 2
    return Item(items.PALLET, ITEM_OF[name]).get(view, netuid)


_COMPUTED = frozenset({"alpha_low", "alpha_high", "activity_cutoff", "alpha_sigmoid_steepness", "yuma_version"})


def fill(view: View, netuid: int, answer: dict[str, Any]) -> dict[str, Any]:
    """Set every field of an answer that is a hyperparameter; the others stay as they are."""
    for name in answer:
        if name in ITEM_OF or name in _COMPUTED:
            answer[name] = value(view, netuid, name)
    return answer


def entries(view: View, netuid: int) -> list[dict[str, Any]]:
    """The third form: a list of names and tagged values, of those that this runtime has."""
    has = view.codec.has_entry
    told = [(name, tag) for name, tag in _V3 if name in _COMPUTED or has(items.PALLET, ITEM_OF[name])]
    return [{"name": hexed(name.encode()), "value": {tag: value(view, netuid, name)}} for name, tag in told]
