"""What a validator asks and a miner answers."""

from __future__ import annotations

import bittensor as bt


class GetMinerIndex(bt.Synapse):
    """Everything that a miner holds: bytes by label, as JSON."""

    version: int | None = None
    compressed_index_serialized: str | None = None


class GetDataEntityBucket(bt.Synapse):
    """What a miner holds of one label."""

    label: str | None = None
    data_entities: list[dict[str, str]] = []  # noqa: RUF012  pydantic copies it
    version: int | None = None
