"""Metadata of a runtime from before the price moved with every registration: what clients tell the rules apart by."""

from __future__ import annotations

from netctl.devchain.metadata import Metadata
from netctl.devchain.registry import Registry

ITEMS = ("BurnHalfLife", "BurnIncreaseMult", "CollateralLockShare")
CALLS = ("sudo_set_burn_half_life", "sudo_set_burn_increase_mult", "sudo_set_collateral_lock_share")


def strip_price_rule(metadata: Metadata) -> None:
    """Take out the storage of today's rule and the calls that set it; the other calls keep their numbers."""
    registry = Registry(metadata)
    storage = registry.pallet("SubtensorModule").storage
    if storage is not None:
        storage.entries = [item for item in storage.entries if item.name not in ITEMS]
    calls = registry.pallet("AdminUtils").calls
    if calls is not None:
        variants = registry.variants(calls)
        variants.variants = [variant for variant in variants.variants if variant.name not in CALLS]
