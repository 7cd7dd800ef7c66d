"""Yuma consensus, as the runtime has it at spec 461: one pure function over plain lists and integers.

`given` says what an epoch reads and what comes of it, `epoch` runs the rules in their order, and each of the other
modules holds one rule. Source of all of them: subtensor, pallets/subtensor/src/epoch.
"""

from __future__ import annotations

from netctl.devchain.pallets.subtensor.yuma.epoch import run
from netctl.devchain.pallets.subtensor.yuma.given import EpochInput, EpochOutput, Row, Settings

__all__ = ["EpochInput", "EpochOutput", "Row", "Settings", "run"]
