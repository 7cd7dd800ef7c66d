"""The runtime's pallets, as far as they are modelled; calls of others are refused by the runtime loop."""

from __future__ import annotations

from netctl.devchain.pallet import Pallet
from netctl.devchain.pallets.admin import AdminUtils
from netctl.devchain.pallets.balances import Balances
from netctl.devchain.pallets.commitments import Commitments
from netctl.devchain.pallets.shield import MevShield
from netctl.devchain.pallets.subtensor import SubtensorModule
from netctl.devchain.pallets.sudo import Sudo
from netctl.devchain.pallets.swap import Swap
from netctl.devchain.pallets.system import System
from netctl.devchain.pallets.utility import Utility

PALLETS: tuple[Pallet, ...] = (
    System(),
    Balances(),
    SubtensorModule(),
    Utility(),
    Sudo(),
    Commitments(),
    AdminUtils(),
    Swap(),
    MevShield(),
)
"""In the order in which their hooks run: that of the runtime's indices."""
