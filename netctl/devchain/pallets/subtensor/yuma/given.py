"""What an epoch of one mechanism reads, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ConsensusMode = Literal["Current", "Previous", "Auto"]

Row = list[tuple[int, int]]
"""A validator's (uid, value) pairs in the order in which they are stored; a uid at most once."""
Matrix = list[Row]


@dataclass(frozen=True)
class Settings:
    """A subnet's hyperparameters that consensus reads; proportions are 65535ths."""

    kappa: int = 32_767
    max_validators: int = 64
    bonds_penalty: int = 65_535
    bonds_moving_average: int = 900_000
    """How much of the old bonds stays, in millionths."""
    yuma3: bool = False
    liquid_alpha: bool = False
    alpha_low: int = 45_875
    alpha_high: int = 58_982
    alpha_steepness: int = 1_000
    """Steepness of liquid alpha's sigmoid, in hundredths; may be negative."""
    consensus_mode: ConsensusMode = "Auto"
    """Which consensus liquid alpha compares with; Auto is the epoch before's at the full bonds penalty."""


@dataclass(frozen=True)
class EpochInput:
    """One mechanism of a subnet at its epoch; every list has one element per uid, but for `last_update`.

    `last_update` may be shorter (a mechanism that was added since); blocks are numbers of blocks.
    """

    block: int
    stake_q64: list[int]
    """Stake weight of each uid in rao, times 2**64."""
    stake_threshold: int
    """In rao."""
    last_update: list[int]
    activity_cutoff: int
    """After how many blocks without an update a validator is inactive."""
    registered_at: list[int]
    bonds_since: int
    """Bonds with neurons that registered at this block or later are dropped."""
    permits: list[bool]
    """The permits that the epoch before gave: they say who votes in this one."""
    weights: Matrix
    bonds: Matrix
    """Values in 65535ths, as stored."""
    owner_uid: int | None
    emission_rao: int
    settings: Settings
    previous_consensus: list[int] = field(default_factory=list)
    """Consensus of the epoch before, as stored; empty when there was none."""
    committed_at: list[int | None] | None = None
    """Block of each validator's oldest commitment still to be revealed; None while the subnet does not want any."""


@dataclass(frozen=True)
class EpochOutput:
    """What is written back; a list has one element per uid, and fractions are 65535ths."""

    active: list[bool]
    permits: list[bool]
    stake_weight: list[int]
    consensus: list[int]
    validator_trust: list[int]
    incentive: list[int]
    dividends: list[int]
    bonds: Matrix
    server_emission_rao: list[int]
    validator_emission_rao: list[int]
    emission_rao: list[int]
    """Both together, divided anew by their sum: what pruning goes by."""
