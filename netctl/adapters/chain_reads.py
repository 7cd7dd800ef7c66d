"""What netctl reads from the chain, decoded from the SDK's plain values into netctl's."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from netctl.adapters import chain_storage
from netctl.fleet import HyperparameterValue
from netctl.money import Rao
from netctl.ports import Account, BlockRef, BurnRule, Metagraph, MetagraphRow, Subnet, Weights, Windows

if TYPE_CHECKING:
    from bittensor import RpcSubstrate

U16_MAX = 65_535
U64_MAX = 2**64 - 1
FIXED_ONE = 2**64
"""A U64F64 fixed-point number counts in these."""

OF_A_SUBNET = (
    "NetworksAdded",
    "SubnetOwnerHotkey",
    "SubnetOwner",
    "Burn",
    "NetworkRegistrationAllowed",
    "SubtokenEnabled",
    "SubnetworkN",
    "MaxAllowedUids",
    "Tempo",
    "SubnetTAO",
    "SubnetAlphaIn",
)
OF_A_BURN = ("NetworksAdded", "Burn", "MinBurn", "MaxBurn")
OF_A_PRICE = ("BurnIncreaseMult", "BurnHalfLife", "CollateralLockShare")
OF_WINDOWS = (
    "MaxRegistrationsPerBlock",
    "TargetRegistrationsPerInterval",
    "AdjustmentInterval",
    "AdjustmentAlpha",
    "RegistrationsThisInterval",
    "LastAdjustmentBlock",
)
"""What a runtime has where registration goes by caps per block and interval: one without BurnHalfLife."""

UNLISTED = {
    "epoch_consensus": "SubnetEpochConsensus",
    "min_non_immune_uids": "MinNonImmuneUids",
    "yuma3_enabled": "Yuma3On",
}
"""Hyperparameters that the runtime's own list leaves out, and their storage."""


async def head(substrate: RpcSubstrate) -> BlockRef:
    """The best block."""
    return await _block(substrate, str(await substrate.raw.get_chain_head()))


async def finalized(substrate: RpcSubstrate) -> BlockRef:
    """The last finalized block."""
    return await _block(substrate, str(await substrate.raw.get_chain_finalised_head()))


async def _block(substrate: RpcSubstrate, block_hash: str) -> BlockRef:
    return BlockRef(int(await substrate.raw.get_block_number(block_hash)), block_hash)


async def made_at(substrate: RpcSubstrate, block: BlockRef) -> float:
    """The time that the block's author put into it, in seconds since the epoch."""
    return int(await substrate.query("Timestamp", "Now", [], block.hash)) / 1000


async def is_syncing(substrate: RpcSubstrate) -> bool:
    """As the node's system_health says."""
    health = await substrate.raw.rpc_request("system_health", [])
    return bool(health["isSyncing"])


async def accounts(substrate: RpcSubstrate, ss58s: Sequence[str], at: BlockRef | None) -> Mapping[str, Account]:
    """All accounts in one storage read; the pool's nonces one question each, asked before the state.

    In that order an inclusion between the two never looks like something pending.
    """
    wanted = list(dict.fromkeys(ss58s))
    if not wanted:
        return {}
    pool: Sequence[int] = [0] * len(wanted)
    if at is None:
        ask = substrate.raw.get_account_next_index
        pool = await asyncio.gather(*(ask(ss58, use_cache=False) for ss58 in wanted))
    rows = await substrate.query_batch("System", "Account", [[ss58] for ss58 in wanted], at.hash if at else None)
    return {ss58: _account(row, next_nonce) for ss58, row, next_nonce in zip(wanted, rows, pool, strict=True)}


def _account(row: Mapping[str, Any], next_nonce: int) -> Account:
    nonce = int(row["nonce"])
    held = row["data"]
    free = int(held["free"]) - int(held["frozen"])
    return Account(free_rao=max(free, 0), nonce=nonce, next_nonce=max(nonce, next_nonce))


async def subnet(substrate: RpcSubstrate, netuid: int, at: BlockRef | None) -> Subnet | None:
    """The subnet, everything at one block, in two requests; None where there is none."""
    block_hash = await _hash_of(substrate, at)
    found = await chain_storage.items(
        substrate,
        {item: [netuid] for item in (*OF_A_SUBNET, *UNLISTED.values())},
        block_hash,
        optional=[*UNLISTED.values()],
    )
    if not found["NetworksAdded"]:
        return None
    entries = await substrate.runtime_call("SubnetInfoRuntimeApi", "get_subnet_hyperparams_v3", [netuid], block_hash)
    unlisted = {name: found[item] for name, item in UNLISTED.items() if item in found}
    return Subnet(
        netuid=netuid,
        owner_hotkey=str(found["SubnetOwnerHotkey"]),
        owner_coldkey=str(found["SubnetOwner"]),
        burn_rao=int(found["Burn"]),
        registration_allowed=bool(found["NetworkRegistrationAllowed"]),
        started=bool(found["SubtokenEnabled"]),
        neurons=int(found["SubnetworkN"]),
        max_neurons=int(found["MaxAllowedUids"]),
        tempo=int(found["Tempo"]),
        tao_in_rao=int(found["SubnetTAO"]),
        alpha_in_rao=int(found["SubnetAlphaIn"]),
        hyperparameters={**unlisted, **{e["name"]: _hyperparameter(e["value"]) for e in entries or []}},
    )


async def _hash_of(substrate: RpcSubstrate, at: BlockRef | None) -> str:
    return at.hash if at is not None else str(await substrate.raw.get_chain_head())


def _hyperparameter(value: Any) -> HyperparameterValue:
    """The value out of its tagged union: ``{"U16": 100}`` is 100, a fixed-point number becomes a float."""
    inner = next(iter(value.values())) if isinstance(value, Mapping) and len(value) == 1 else value
    if isinstance(inner, Mapping) and "bits" in inner:
        return int(inner["bits"]) / FIXED_ONE
    if isinstance(inner, int | str):
        return inner
    message = f"a hyperparameter of unknown shape: {value!r}"
    raise TypeError(message)


async def subnet_of_owner(substrate: RpcSubstrate, hotkey_ss58: str) -> int | None:
    """The netuid whose owner hotkey this is, the lowest if there are several; None if there is none."""
    pairs = await substrate.query_map("SubtensorModule", "SubnetOwnerHotkey")
    return min((int(netuid) for netuid, owner in pairs if owner == hotkey_ss58 and int(netuid) != 0), default=None)


async def subnet_cost(substrate: RpcSubstrate) -> Rao:
    """What register_network locks now."""
    return int(await substrate.runtime_call("SubnetRegistrationRuntimeApi", "get_network_registration_cost", []))


async def burn_rule(substrate: RpcSubstrate, netuid: int, at: BlockRef | None) -> BurnRule | None:
    """The price of registration and what moves it, in one request; None where there is no such subnet.

    A runtime without BurnHalfLife is of the older rule: its windows are read in the same request.
    """
    block = at or await head(substrate)
    wanted = {item: [netuid] for item in (*OF_A_BURN, *OF_A_PRICE, *OF_WINDOWS)}
    found = await chain_storage.items(substrate, wanted, block.hash, optional=[*OF_A_PRICE, *OF_WINDOWS])
    if not found["NetworksAdded"]:
        return None
    by_price = "BurnHalfLife" in found
    return BurnRule(
        burn_rao=int(found["Burn"]),
        min_burn_rao=int(found["MinBurn"]),
        max_burn_rao=int(found["MaxBurn"]),
        increase_mult=Fraction(int(found["BurnIncreaseMult"]["bits"]), FIXED_ONE) if by_price else Fraction(1),
        half_life_blocks=int(found["BurnHalfLife"]) if by_price else 0,
        lock_share=Fraction(int(found.get("CollateralLockShare") or 0), U16_MAX),
        windows=None if by_price else _windows(found, block.number),
    )


def _windows(found: Mapping[str, Any], block: int) -> Windows:
    interval = int(found["AdjustmentInterval"])
    return Windows(
        per_block=int(found["MaxRegistrationsPerBlock"]),
        target=int(found["TargetRegistrationsPerInterval"]),
        interval_blocks=interval,
        taken=int(found["RegistrationsThisInterval"]),
        left_blocks=max(1, int(found["LastAdjustmentBlock"]) + interval - block),
        smoothing=Fraction(int(found["AdjustmentAlpha"]), U64_MAX),
    )


async def uid(substrate: RpcSubstrate, netuid: int, hotkey_ss58: str) -> int | None:
    """The hotkey's uid at the head, or None."""
    found = await substrate.query("SubtensorModule", "Uids", [netuid, hotkey_ss58])
    return None if found is None else int(found)


async def metagraph(substrate: RpcSubstrate, netuid: int, at: BlockRef | None) -> Metagraph | None:
    """Every neuron of the subnet in one read; None where there is no such subnet."""
    block_hash = await _hash_of(substrate, at)
    graph = await substrate.runtime_call("SubnetInfoRuntimeApi", "get_metagraph", [netuid], block_hash)
    if graph is None:
        return None
    rows = tuple(_row(graph, uid) for uid in range(len(graph["hotkeys"])))
    return Metagraph(
        netuid=netuid,
        block=int(graph["block"]),
        rows=rows,
        last_epoch=int(graph["last_step"]),
        max_validators=int(graph["max_validators"]),
        burn_rao=int(graph["burn"]),
        tao_in_rao=int(graph["tao_in"]),
        alpha_in_rao=int(graph["alpha_in"]),
    )


async def weights(substrate: RpcSubstrate, netuid: int, uids: Sequence[int], at: BlockRef | None) -> Weights:
    """The rows of these uids and everybody's validator trust, in one request."""
    block_hash = await _hash_of(substrate, at)
    wanted = [("ValidatorTrust", netuid), *(("Weights", netuid, uid) for uid in uids)]
    found = await chain_storage.entries(substrate, wanted, block_hash, optional=["ValidatorTrust"])
    trust = found.get(("ValidatorTrust", netuid)) or []
    return Weights(
        given={uid: _shares(found["Weights", netuid, uid] or []) for uid in uids},
        trust=tuple(int(value) / U16_MAX for value in trust),
    )


def _shares(row: Sequence[Sequence[Any]]) -> Mapping[int, float]:
    total = sum(int(weight) for _, weight in row)
    return {int(uid): int(weight) / total for uid, weight in row if int(weight)} if total else {}


def _row(graph: Mapping[str, Any], uid: int) -> MetagraphRow:
    return MetagraphRow(
        uid=uid,
        hotkey=graph["hotkeys"][uid],
        coldkey=graph["coldkeys"][uid],
        stake_rao=int(graph["alpha_stake"][uid]),
        validator_permit=bool(graph["validator_permit"][uid]),
        active=bool(graph["active"][uid]),
        axon=_axon(graph["axons"][uid]),
        last_update=int(graph["last_update"][uid]),
        incentive=int(graph["incentives"][uid]) / U16_MAX,
        dividends=int(graph["dividends"][uid]) / U16_MAX,
        emission_rao=int(graph["emission"][uid]),
        consensus=int(graph["consensus"][uid]) / U16_MAX,
        total_stake_rao=int(graph["total_stake"][uid]),
        registered_at=int(graph["block_at_registration"][uid]),
    )


def _axon(axon: Mapping[str, Any]) -> str | None:
    if not int(axon["port"]):
        return None
    number = int(axon["ip"])
    address = ipaddress.IPv6Address(number) if int(axon["ip_type"]) == 6 else ipaddress.IPv4Address(number)
    host = f"[{address}]" if address.version == 6 else str(address)
    return f"{host}:{int(axon['port'])}"


async def quote_stake(substrate: RpcSubstrate, netuid: int, amount_rao: Rao, at: BlockRef | None) -> Rao:
    """Alpha that this much TAO would buy, fees and slippage included."""
    arguments: Any = {"netuid": netuid, "tao": amount_rao}
    block_hash = at.hash if at is not None else None
    answer = await substrate.runtime_call("SwapRuntimeApi", "sim_swap_tao_for_alpha", arguments, block_hash)
    return int(answer["alpha_amount"])


async def next_epoch(substrate: RpcSubstrate, netuid: int) -> int | None:
    """The block of the subnet's next epoch, or None."""
    found = await substrate.runtime_call("SubnetInfoRuntimeApi", "get_next_epoch_start_block", [netuid])
    return None if found is None else int(found)


async def block_hash(substrate: RpcSubstrate, number: int) -> str | None:
    """The hash that the node has for this height; None above its head."""
    found = await substrate.raw.rpc_request("chain_getBlockHash", [number])
    return None if found is None else str(found)
