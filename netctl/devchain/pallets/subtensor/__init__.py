"""SubtensorModule: neurons, subnets, stake, weights and epochs."""

from __future__ import annotations

from netctl.devchain.pallet import Pallet
from netctl.devchain.pallets.subtensor.block_step import begin_block
from netctl.devchain.pallets.subtensor.commits import CommitCalls
from netctl.devchain.pallets.subtensor.dissolution import DissolutionCalls, clean_up_next
from netctl.devchain.pallets.subtensor.founding import serve_queue
from netctl.devchain.pallets.subtensor.pow import PowCalls
from netctl.devchain.pallets.subtensor.registration import RegistrationCalls
from netctl.devchain.pallets.subtensor.serving import ServingCalls
from netctl.devchain.pallets.subtensor.stake_calls import StakeCalls
from netctl.devchain.pallets.subtensor.subnet_calls import SubnetCalls
from netctl.devchain.pallets.subtensor.takes import TakeCalls
from netctl.devchain.pallets.subtensor.tempo import EpochCalls
from netctl.devchain.pallets.subtensor.weights import WeightCalls
from netctl.devchain.storage import Frame


class SubtensorModule(
    RegistrationCalls,
    PowCalls,
    SubnetCalls,
    DissolutionCalls,
    EpochCalls,
    ServingCalls,
    StakeCalls,
    TakeCalls,
    WeightCalls,
    CommitCalls,
    Pallet,
):
    """The pallet is the sum of its trades; each keeps its calls in a module of its own."""

    name = "SubtensorModule"

    def on_initialize(self, frame: Frame) -> None:
        """The block step: prices, counters, epochs."""
        begin_block(frame)

    def on_finalize(self, frame: Frame) -> None:
        """What is left of dissolved subnets goes, and who waits for a netuid may have it."""
        clean_up_next(frame)
        serve_queue(frame)
