"""SubtensorModule: neurons, subnets, stake, weights and epochs."""

from __future__ import annotations

from netctl.devchain.pallet import Pallet
from netctl.devchain.pallets.subtensor.block_step import begin_block
from netctl.devchain.pallets.subtensor.commits import CommitCalls
from netctl.devchain.pallets.subtensor.pow import PowCalls
from netctl.devchain.pallets.subtensor.registration import RegistrationCalls
from netctl.devchain.pallets.subtensor.serving import ServingCalls
from netctl.devchain.pallets.subtensor.stake_calls import StakeCalls
from netctl.devchain.pallets.subtensor.subnets import SubnetCalls
from netctl.devchain.pallets.subtensor.tempo import EpochCalls
from netctl.devchain.pallets.subtensor.weights import WeightCalls
from netctl.devchain.storage import Frame


class SubtensorModule(
    RegistrationCalls,
    PowCalls,
    SubnetCalls,
    EpochCalls,
    ServingCalls,
    StakeCalls,
    WeightCalls,
    CommitCalls,
    Pallet,
):
    """The pallet is the sum of its trades; each keeps its calls in a module of its own."""

    name = "SubtensorModule"

    def on_initialize(self, frame: Frame) -> None:
        """The block step: prices, counters, epochs."""
        begin_block(frame)
