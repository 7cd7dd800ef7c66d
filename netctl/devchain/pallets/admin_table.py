"""Which storage each AdminUtils setter writes, who may call it, and what it says.

`root` setters need Sudo; `owner` ones may also be signed by the subnet's owner. `limited` names the hyperparameter
under which the owner's rate limit counts. Setters that are neither here nor methods of the pallet are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Who = Literal["root", "owner"]
U16_MAX = 65_535
U64_ONE = 1 << 64


@dataclass(frozen=True)
class Setter:
    """One sudo_set_* call: SubtensorModule item, authority, event, rate-limited name, and bounds of the value.

    An event is SubtensorModule's, with (netuid, value); AdminUtils.X has the call's arguments. `window`: refused in
    the freeze window before an epoch. `on_root`: the root subnet may be meant. `forgets`: an item that follows from
    this one, to be found anew.
    """

    item: str
    who: Who
    event: str | None = None
    limited: str | None = None
    bounds: tuple[int, int] | None = None
    error: str = "InvalidValue"
    error_pallet: str = "AdminUtils"
    window: bool = True
    on_root: bool = True
    forgets: str | None = None


def _owner(item: str, event: str | None, limited: str | None = None, bounds: tuple[int, int] | None = None) -> Setter:
    return Setter(item, "owner", event, limited or item, bounds)


def _root(item: str, event: str | None = None, *, window: bool = True) -> Setter:
    return Setter(item, "root", event, window=window)


SETTERS: dict[str, Setter] = {
    # Registration
    "sudo_set_target_registrations_per_interval": _root("TargetRegistrationsPerInterval", "RegistrationPerIntervalSet"),
    "sudo_set_max_registrations_per_block": _root("MaxRegistrationsPerBlock", "MaxRegistrationsPerBlockSet"),
    "sudo_set_burn_half_life": Setter(
        "BurnHalfLife", "owner", "AdminUtils.BurnHalfLifeSet", "BurnHalfLife", (1, 36_100), on_root=False
    ),
    "sudo_set_burn_increase_mult": Setter(
        "BurnIncreaseMult",
        "owner",
        "AdminUtils.BurnIncreaseMultSet",
        "BurnIncreaseMult",
        (U64_ONE, 3 * U64_ONE),
        on_root=False,
    ),
    "sudo_set_difficulty": _root("Difficulty", "DifficultySet"),
    "sudo_set_min_difficulty": _root("MinDifficulty", "MinDifficultySet"),
    "sudo_set_max_difficulty": _owner("MaxDifficulty", "MaxDifficultySet"),
    "sudo_set_adjustment_interval": _root("AdjustmentInterval", "AdjustmentIntervalSet", window=False),
    "sudo_set_adjustment_alpha": _owner("AdjustmentAlpha", "AdjustmentAlphaSet"),
    "sudo_set_rao_recycled": _root("RAORecycledForRegistration", "RAORecycledForRegistrationSet", window=False),
    # Slots
    "sudo_set_immunity_period": _owner("ImmunityPeriod", "ImmunityPeriodSet"),
    "sudo_set_min_non_immune_uids": _root("MinNonImmuneUids", "MinNonImmuneUidsSet", window=False),
    "sudo_set_owner_immune_neuron_limit": Setter(
        "ImmuneOwnerUidsLimit", "owner", None, "ImmuneNeuronLimit", (1, 10), error_pallet="SubtensorModule"
    ),
    "sudo_set_serving_rate_limit": _owner("ServingRateLimit", "ServingRateLimitSet"),
    # Weights and epochs
    "sudo_set_weights_version_key": Setter("WeightsVersionKey", "owner", "WeightsVersionKeySet"),
    "sudo_set_weights_set_rate_limit": _root("WeightsSetRateLimit", "WeightsSetRateLimitSet", window=False),
    "sudo_set_min_allowed_weights": _owner("MinAllowedWeights", "MinAllowedWeightSet"),
    "sudo_set_stake_threshold": _root("StakeThreshold", "StakeThresholdSet"),
    "sudo_set_activity_cutoff": Setter(
        "ActivityCutoff",
        "owner",
        "ActivityCutoffSet",
        "ActivityCutoff",
        (360, U16_MAX),
        "ActivityCutoffTooLow",
        "SubtensorModule",
    ),
    "sudo_set_commit_reveal_weights_enabled": _owner(
        "CommitRevealWeightsEnabled", "CommitRevealEnabled", "CommitRevealEnabled"
    ),
    "sudo_set_commit_reveal_version": _root("CommitRevealWeightsVersion", "CommitRevealVersionSet"),
    "sudo_set_kappa": _root("Kappa", "KappaSet", window=False),
    "sudo_set_rho": _owner("Rho", "RhoSet"),
    "sudo_set_bonds_penalty": _owner("BondsPenalty", "BondsPenaltySet"),
    "sudo_set_bonds_reset_enabled": _owner("BondsResetOn", "AdminUtils.BondsResetToggled", "BondsResetEnabled"),
    "sudo_set_liquid_alpha_enabled": _owner("LiquidAlphaOn", None, "LiquidAlphaEnabled"),
    "sudo_set_liquid_alpha_consensus_mode": _owner(
        "LiquidAlphaConsensusMode", "LiquidAlphaConsensusModeSet", "LiquidAlphaConsensusMode"
    ),
    "sudo_set_alpha_sigmoid_steepness": _owner("AlphaSigmoidSteepness", "AlphaSigmoidSteepnessSet"),
    "sudo_set_yuma3_enabled": _owner("Yuma3On", "AdminUtils.Yuma3EnableToggled", "Yuma3Enabled"),
    # Subnets and stake
    "sudo_set_subtoken_enabled": _root("SubtokenEnabled"),
    "sudo_set_toggle_transfer": _owner("TransferToggle", "TransferToggle", "TransferEnabled"),
    "sudo_set_recycle_or_burn": _owner("RecycleOrBurn", None),
    "sudo_set_subnet_emission_enabled": Setter(
        "SubnetEmissionEnabled", "root", "AdminUtils.SubnetEmissionEnabledSet", window=False, on_root=False
    ),
    "sudo_set_owner_cut_enabled": Setter("OwnerCutEnabled", "owner", on_root=False),
    "sudo_set_owner_cut_auto_lock_enabled": Setter("OwnerCutAutoLockEnabled", "owner", on_root=False),
    "sudo_set_ema_price_halving_period": _root("EMAPriceHalvingBlocks", window=False),
    "sudo_set_subnet_moving_alpha": _root("SubnetMovingAlpha"),
    "sudo_set_subnet_owner_cut": _root("SubnetOwnerCut", "SubnetOwnerCutSet"),
    "sudo_set_min_childkey_take_per_subnet": _owner("MinChildkeyTakePerSubnet", None, "MinChildkeyTake"),
    # The whole chain
    "sudo_set_default_take": _root("MaxDelegateTake", "DefaultTakeSet"),
    "sudo_set_min_delegate_take": _root("MinDelegateTake", "MinDelegateTakeSet"),
    "sudo_set_tx_rate_limit": _root("TxRateLimit", "TxRateLimitSet"),
    "sudo_set_tx_delegate_take_rate_limit": _root("TxDelegateTakeRateLimit", "TxDelegateTakeRateLimitSet"),
    "sudo_set_nominator_min_required_stake": _root("NominatorMinRequiredStake"),
    "sudo_set_network_rate_limit": _root("NetworkRateLimit", "NetworkRateLimitSet"),
    "sudo_set_network_immunity_period": _root("NetworkImmunityPeriod", "NetworkImmunityPeriodSet"),
    "sudo_set_network_min_lock_cost": _root("NetworkMinLockCost", "NetworkMinLockCostSet"),
    "sudo_set_lock_reduction_interval": _root("NetworkLockReductionInterval", "NetworkLockCostReductionIntervalSet"),
    "sudo_set_subnet_limit": _root("SubnetLimit", "SubnetLimitSet"),
    "sudo_set_start_call_delay": _root("StartCallDelay", "StartCallDelaySet"),
    "sudo_set_ck_burn": _root("CKBurn"),
    "sudo_set_admin_freeze_window": _root("AdminFreezeWindow", "AdminFreezeWindowSet"),
    "sudo_set_owner_hparam_rate_limit": _root("OwnerHyperparamRateLimit", "OwnerHyperparamRateLimitSet"),
    "sudo_set_max_mechanism_count": Setter("MaxMechanismCount", "root", bounds=(1, 16), error_pallet="SubtensorModule"),
    "sudo_set_max_epochs_per_block": Setter(
        "MaxEpochsPerBlock", "root", "MaxEpochsPerBlockSet", None, (1, 255), "ValueNotInBounds"
    ),
    "sudo_set_emission_bar_quantile": Setter(
        "EmissionBarQuantile", "root", bounds=(1, U64_ONE - 1), forgets="EmissionGateBar"
    ),
    "sudo_set_emission_bar_rank": Setter("EmissionBarRank", "root", forgets="EmissionGateBar"),
    "sudo_set_emission_gate_exponent": Setter("EmissionGateExponent", "root", bounds=(U64_ONE, 8 * U64_ONE)),
}
