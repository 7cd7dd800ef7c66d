"""The numbers that emission moves, under the runtime's own names: rao, and fixed point in `*_Q32` and `*_Q64`."""

from __future__ import annotations

from netctl.devchain.pallets.subtensor import items
from netctl.devchain.pallets.subtensor.cells import Cell
from netctl.devchain.storage import Item


def _cell(name: str, width: int = 8) -> Cell:
    return Cell(items.PALLET, name, width)


# The whole chain
BALANCES_ISSUANCE = Cell("Balances", "TotalIssuance")
TOTAL_ISSUANCE = _cell("TotalIssuance")
TOTAL_STAKE = _cell("TotalStake")
BLOCK_EMISSION = _cell("BlockEmission")
TAO_WEIGHT = _cell("TaoWeight")
OWNER_CUT_U16 = _cell("SubnetOwnerCut", 2)
MOVING_ALPHA_Q32 = _cell("SubnetMovingAlpha", 16)
GATE_BAR_Q64 = _cell("EmissionGateBar", 16)
GATE_EXPONENT_Q64 = _cell("EmissionGateExponent", 16)
BAR_QUANTILE_Q64 = _cell("EmissionBarQuantile", 16)
BAR_RANK = _cell("EmissionBarRank", 2)

# A subnet's pool
SUBNET_TAO = _cell("SubnetTAO")
ALPHA_IN = _cell("SubnetAlphaIn")
ALPHA_OUT = _cell("SubnetAlphaOut")
PROTOCOL_ALPHA = _cell("SubnetProtocolAlpha")
VOLUME = _cell("SubnetVolume", 16)
MECHANISM = _cell("SubnetMechanism", 2)
MOVING_PRICE_Q32 = _cell("SubnetMovingPrice", 16)
PRICE_HALVING_BLOCKS = _cell("EMAPriceHalvingBlocks")
ROOT_PROPORTION_Q32 = _cell("RootProp", 16)

# Whether a subnet takes part
FIRST_EMISSION_BLOCK = _cell("FirstEmissionBlockNumber")
SUBTOKEN_ENABLED = _cell("SubtokenEnabled", 1)
REGISTRATION_ALLOWED = _cell("NetworkRegistrationAllowed", 1)
EMISSION_ENABLED = _cell("SubnetEmissionEnabled", 1)
OWNER_CUT_ENABLED = _cell("OwnerCutEnabled", 1)

# What a block emitted
TAO_IN_EMISSION = _cell("SubnetTaoInEmission")
EXCESS_TAO = _cell("SubnetExcessTao")
ALPHA_IN_EMISSION = _cell("SubnetAlphaInEmission")
ALPHA_OUT_EMISSION = _cell("SubnetAlphaOutEmission")

# What waits for the epoch
PENDING_SERVER = _cell("PendingServerEmission")
PENDING_VALIDATOR = _cell("PendingValidatorEmission")
PENDING_ROOT = _cell("PendingRootAlphaDivs")
PENDING_OWNER_CUT = _cell("PendingOwnerCut")

# What an epoch left
MINER_BURNED_Q32 = _cell("MinerBurned", 16)
ALPHA_BURNED = Cell("AlphaAssets", "AlphaBurned")
ALPHA_RECYCLED = Cell("AlphaAssets", "AlphaRecycled")
BASKET_DEPOSITS = _cell("PendingBasketDeposits")
ALPHA_DIVIDENDS = _cell("AlphaDividendsPerSubnet")
ROOT_DIVIDENDS = _cell("RootAlphaDividendsPerSubnet")
HOTKEY_ALPHA_LAST_EPOCH = _cell("TotalHotkeyAlphaLastEpoch")
RECYCLE_OR_BURN = Item(items.PALLET, "RecycleOrBurn")
AUTO_STAKE_DESTINATION = Item(items.PALLET, "AutoStakeDestination")
AUTO_STAKE_COLDKEYS = Item(items.PALLET, "AutoStakeDestinationColdkeys")
