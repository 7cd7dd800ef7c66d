"""The subnet's hyperparameters by the chain's names: what may be written, and in which unit the chain takes it.

The names are those that `netctl.hyperparameters` can set. Amounts are written in TAO, like everywhere in a profile, and
multipliers as decimals; `chain_units` gives what the rest of netctl works with.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from netctl.fleet import HyperparameterValue
from netctl.profile.types import Tao
from netctl.profile.words import expected, wrong


def _multiplier(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise expected("a number", value)
    if not 0 < value <= 10:
        raise wrong(f"the multiplier {value} is out of range", "above 0, at most 10")
    return float(value)


Multiplier = Annotated[
    float, PlainValidator(_multiplier), WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 10})
]
U16 = Annotated[int, Field(ge=0, le=2**16 - 1)]
U64 = Annotated[int, Field(ge=0, le=2**64 - 1)]


class Hyperparameters(BaseModel):
    """The subnet's hyperparameters: set on embedded and local chains, only compared on public ones."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    tempo: int | None = Field(None, ge=1, le=65535, description="Blocks from one epoch to the next.", examples=[100])
    immunity_period: U16 | None = Field(None, description="Blocks in which a new neuron cannot be replaced.")
    max_allowed_uids: int | None = Field(None, ge=1, le=65535, description="Slots for neurons.", examples=[64])
    max_validators: U16 | None = Field(None, description="Neurons that can hold a validator permit.")
    registration_allowed: bool | None = Field(None, description="Whether neurons can register by burning TAO.")
    network_pow_registration_allowed: bool | None = Field(None, description="Whether they can by proof of work.")
    min_burn: Tao | None = Field(None, description="Lowest price of a registration, in TAO.", examples=[0.0005])
    max_burn: Tao | None = Field(None, description="Highest price of a registration, in TAO.", examples=[100])
    burn_increase_mult: Multiplier | None = Field(
        None, description="Factor by which a registration raises the price.", examples=[1.26]
    )
    burn_half_life: U16 | None = Field(None, description="Blocks in which the price falls by half.")
    max_regs_per_block: U16 | None = Field(None, description="Registrations that one block takes.")
    target_regs_per_interval: U16 | None = Field(None, description="Registrations that one interval aims at.")
    adjustment_interval: U16 | None = Field(None, description="Blocks from one adjustment to the next.")
    adjustment_alpha: U64 | None = Field(None, description="Smoothing of the adjustment, of 2^64-1.")
    difficulty: U64 | None = Field(None, description="Difficulty of registration by proof of work.")
    min_difficulty: U64 | None = Field(None, description="Lowest difficulty of proof of work.")
    max_difficulty: U64 | None = Field(None, description="Highest difficulty of proof of work.")
    weights_rate_limit: U64 | None = Field(None, description="Blocks between two weight settings of one validator.")
    weights_version: U64 | None = Field(None, description="Version key that weights must carry.")
    min_allowed_weights: U16 | None = Field(None, description="Fewest weights in one setting.")
    commit_reveal_weights_enabled: bool | None = Field(None, description="Whether weights stay hidden for a while.")
    commit_reveal_period: U64 | None = Field(None, description="Epochs for which they stay hidden.")
    serving_rate_limit: U64 | None = Field(None, description="Blocks between two axon announcements of one neuron.")
    activity_cutoff: U16 | None = Field(None, description="Blocks after which a silent neuron counts as inactive.")
    activity_cutoff_factor: U16 | None = Field(None, description="The same, in thousandths of a tempo.")
    epoch_consensus: int | None = Field(None, ge=0, le=1, description="0 for Yuma, 1 for none.")
    rho: U16 | None = Field(None, description="Steepness of the trust curve.")
    kappa: U16 | None = Field(None, description="Majority that consensus needs, of 65535.")
    bonds_moving_avg: U64 | None = Field(None, description="Memory of bonds, of 1000000.")
    bonds_penalty: U16 | None = Field(None, description="Penalty on bonds out of consensus, of 65535.")
    bonds_reset_enabled: bool | None = Field(None, description="Whether bonds are reset with a commitment.")
    liquid_alpha_enabled: bool | None = Field(None, description="Whether the bonds' memory follows consensus.")
    alpha_low: U16 | None = Field(None, description="Lower bound of liquid alpha, of 65535.")
    alpha_high: U16 | None = Field(None, description="Upper bound of liquid alpha, of 65535.")
    alpha_sigmoid_steepness: int | None = Field(None, ge=0, le=32767, description="Steepness of liquid alpha.")
    yuma3_enabled: bool | None = Field(None, description="Whether consensus is Yuma 3.")
    owner_immune_neuron_limit: U16 | None = Field(None, description="Neurons of the owner that stay immune.")
    owner_cut_enabled: bool | None = Field(None, description="Whether the owner gets a cut.")
    owner_cut_auto_lock_enabled: bool | None = Field(None, description="Whether that cut is locked.")
    transfers_enabled: bool | None = Field(None, description="Whether stake can be transferred.")
    min_childkey_take: U16 | None = Field(None, description="Lowest take of a child key, of 65535.")
    collateral_lock_share: int | None = Field(None, ge=0, le=62258, description="Share of collateral locked, of 65535.")
    collateral_drain_ratio: Multiplier | None = Field(None, description="How fast collateral drains.")


def chain_units(wanted: Hyperparameters) -> Mapping[str, HyperparameterValue]:
    """The given ones by the chain's names: amounts in rao, multipliers as floats, fractions raw."""
    return {name: value for name, value in wanted.model_dump().items() if value is not None}
