"""What a chain is made with; every field but the sealing pace is part of its identity."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

Seal = Literal["interval", "instant", "manual"]
Registration = Literal["price", "windows"]
MinerStake = Literal["own", "owner"]

GENESIS_TIME_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z: the virtual clock's zero. A constant, so that equal profiles give equal genesis hashes."""


@dataclass(frozen=True, kw_only=True)
class ChainOptions:
    """Options of one chain. Amounts in rao, times as the names say.

    `block_time_s` and `seal` say when blocks are made and may differ between two runs on the same data; all else
    is hashed into the genesis block. `first_netuid` is what the first register_network gets, later ones count
    upward from there to a free one; None counts from 1 like a localnet.

    `registration` "price" is today's rule: every registration raises the price. "windows" is the older one, with caps
    per block and per interval of blocks; the three fields after it are what new subnets begin with, None for the
    runtime's 1, 2 (three times as many are let in) and 100. Root and owners set them later as hyperparameters.

    `miner_stake` says with whom a coldkey that never said so has staked what its miners earn: "own" is the runtime's
    rule, with the miner that earned it, who so gets a permit by and by. "owner": with the subnet owner's hotkey.

    `compat` is for SDKs before 11: newtypes are bare numbers in the metadata, errors have a doc string, and stake is
    told in the items of before, too. Off, types and items are the runtime's own.
    """

    block_time_s: float = 0.25
    slot_ms: int = 250
    seal: Seal = "interval"
    spec: int = 461
    transaction_version: int = 1
    genesis_time_ms: int = GENESIS_TIME_MS
    seed: str = "devchain"
    first_netuid: int | None = None
    profile: str = "dev"
    endow: tuple[tuple[str, int], ...] = ()
    allow_loopback_axons: bool = True
    keep_blocks: int = 4096
    finality_lag: int = 0
    registration: Registration = "price"
    regs_per_block: int | None = None
    target_regs_per_interval: int | None = None
    adjustment_interval: int | None = None
    compat: bool = True
    miner_stake: MinerStake = "own"

    def identity(self) -> bytes:
        """Canonical bytes of everything that two runs of one chain must agree on."""
        fields = asdict(self)
        for pace in ("block_time_s", "seal", "keep_blocks", "finality_lag"):
            del fields[pace]
        return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
