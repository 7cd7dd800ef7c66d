"""Subnets for the pure rule of an epoch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from netctl.devchain.pallets.subtensor.yuma import EpochInput, Row, Settings

SETTINGS = frozenset(Settings.__dataclass_fields__)


def given(stake: list[int], weights: dict[int, Row], **changes: Any) -> EpochInput:
    """A subnet at block 100 whose neurons registered at 0 and updated at 50; who has stake has a permit."""
    count = len(stake)
    settings = {name: changes.pop(name) for name in list(changes) if name in SETTINGS}
    bonds = changes.pop("bonds", {})
    made = EpochInput(
        block=100,
        stake_q64=[amount << 64 for amount in stake],
        stake_threshold=0,
        last_update=[50] * count,
        activity_cutoff=100,
        registered_at=[0] * count,
        bonds_since=10,
        permits=[amount > 0 for amount in stake],
        weights=[weights.get(uid, []) for uid in range(count)],
        bonds=[bonds.get(uid, []) for uid in range(count)],
        owner_uid=None,
        emission_rao=0,
        settings=Settings(**settings),
    )
    return replace(made, **changes)
