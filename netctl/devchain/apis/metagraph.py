"""The metagraph: everything of a subnet in one answer, and a choice of its fields."""

from __future__ import annotations

from typing import Any

from netctl.devchain.apis import hyperparameters
from netctl.devchain.apis.neuron import PRUNING_SCORE, axon_of, columns
from netctl.devchain.pallets.commitments import COMMITMENT_OF
from netctl.devchain.pallets.subtensor import items, ownership, vectors
from netctl.devchain.pallets.subtensor.coinbase import accounts
from netctl.devchain.pallets.subtensor.pool import reserves
from netctl.devchain.pallets.subtensor.shares import stake_weight
from netctl.devchain.pallets.subtensor.uids import hotkeys, registration_blocks, storage_index
from netctl.devchain.pallets.wire import bytes_of
from netctl.devchain.storage import View


def exists(view: View, netuid: int) -> bool:
    """Whether the subnet is there."""
    return bool(items.NETWORKS_ADDED.get(view, netuid))


def subnet_name(view: View, netuid: int) -> list[int]:
    """The name by the subnet's identity, else what the runtime calls it, as a list of bytes."""
    identity = items.SUBNET_IDENTITIES.get(view, netuid)
    if identity is not None and identity["subnet_name"]:
        return list(bytes_of(identity["subnet_name"]))
    return list({0: b"root", 1: b"apex"}.get(netuid, b"unknown"))


def outline(view: View, netuid: int) -> dict[str, Any]:
    """What dynamic info and the metagraph tell alike."""
    tao, alpha_in = reserves(view, netuid)
    return {
        "netuid": netuid,
        "owner_hotkey": items.SUBNET_OWNER_HOTKEY.get(view, netuid),
        "owner_coldkey": items.SUBNET_OWNER.get(view, netuid),
        "tempo": items.TEMPO.get(view, netuid),
        "last_step": items.LAST_STEP_BLOCK.get(view, netuid),
        "blocks_since_last_step": items.BLOCKS_SINCE_LAST_STEP.get(view, netuid),
        "alpha_in": alpha_in,
        "alpha_out": items.SUBNET_ALPHA_OUT.get(view, netuid),
        "tao_in": tao,
        "subnet_volume": items.SUBNET_VOLUME.get(view, netuid),
        "network_registered_at": items.NETWORK_REGISTERED_AT.get(view, netuid),
        "moving_price": items.SUBNET_MOVING_PRICE.get(view, netuid),
        "alpha_out_emission": accounts.ALPHA_OUT_EMISSION.get(view, netuid),
        "alpha_in_emission": accounts.ALPHA_IN_EMISSION.get(view, netuid),
        "tao_in_emission": accounts.TAO_IN_EMISSION.get(view, netuid),
        "pending_alpha_emission": accounts.PENDING_SERVER.get(view, netuid)
        + accounts.PENDING_VALIDATOR.get(view, netuid),
        "pending_root_emission": accounts.PENDING_ROOT.get(view, netuid),
    }


def symbol(view: View, netuid: int) -> list[int]:
    """The token's symbol as a list of bytes."""
    return list(bytes_of(items.TOKEN_SYMBOL.get(view, netuid)))


def neuron_columns(view: View, netuid: int) -> dict[str, list[Any]]:
    """The per-uid fields that the metagraph and the subnet's state share."""
    keys, table = hotkeys(view, netuid), columns(view, netuid)
    stakes = [stake_weight(view, hotkey, netuid) for hotkey in keys]
    return {
        "hotkeys": keys,
        "coldkeys": [ownership.owner_of(view, hotkey) for hotkey in keys],
        "active": list(map(bool, table.active)),
        "validator_permit": list(map(bool, table.permit)),
        "pruning_score": [PRUNING_SCORE] * len(keys),
        "last_update": table.last_update,
        "emission": table.emission,
        "dividends": table.dividends,
        "incentives": table.incentive,
        "consensus": table.consensus,
        "trust": [0] * len(keys),
        "rank": [0] * len(keys),
        "block_at_registration": registration_blocks(view, netuid),
        "alpha_stake": [alpha for _, alpha, _ in stakes],
        "tao_stake": [tao for _, _, tao in stakes],
        "total_stake": [total for total, _, _ in stakes],
    }


def metagraph(view: View, netuid: int) -> dict[str, Any] | None:
    """The whole metagraph; None for a subnet that is not there. Dividends on root are rao of alpha; no collateral."""
    if not exists(view, netuid):
        return None
    per_uid = neuron_columns(view, netuid)
    keys = per_uid["hotkeys"]
    answer = view.codec.struct(
        "Metagraph",
        **outline(view, netuid),
        **per_uid,
        name=subnet_name(view, netuid),
        symbol=symbol(view, netuid),
        identity=items.SUBNET_IDENTITIES.get(view, netuid),
        block=view.block,
        identities=[items.IDENTITIES.get(view, coldkey) for coldkey in per_uid["coldkeys"]],
        axons=[axon_of(view, netuid, hotkey) for hotkey in keys],
        tao_dividends_per_hotkey=[(hotkey, accounts.ROOT_DIVIDENDS.get(view, netuid, hotkey)) for hotkey in keys],
        alpha_dividends_per_hotkey=[(hotkey, accounts.ALPHA_DIVIDENDS.get(view, netuid, hotkey)) for hotkey in keys],
        collateral_locked=[0] * len(keys),
        collateral_min=[0] * len(keys),
        collateral_earned=[0] * len(keys),
    )
    return hyperparameters.fill(view, netuid, answer)


def mechagraph(view: View, netuid: int, mechanism: int) -> dict[str, Any] | None:
    """The metagraph with one mechanism's index, updates and incentive; None for one that is not there."""
    if mechanism >= items.MECHANISM_COUNT.get(view, netuid):
        return None
    answer = metagraph(view, netuid)
    if answer is not None:
        answer["netuid"] = index = storage_index(netuid, mechanism)
        answer["last_update"] = vectors.LAST_UPDATE.read(view, index)
        answer["incentives"] = vectors.INCENTIVE.read(view, index)
    return answer


def _commitments(view: View, netuid: int, keys: list[str]) -> list[tuple[str, list[int]]]:
    entry = view.codec.entry(COMMITMENT_OF.pallet, COMMITMENT_OF.name)
    found = ((hotkey, view.get_raw(entry.key((netuid, hotkey)))) for hotkey in keys)
    return [(hotkey, list(raw)) for hotkey, raw in found if raw is not None]


def selective(view: View, netuid: int, indexes: list[int], mechanism: int = 0) -> dict[str, Any] | None:
    """The fields with these positions; the others are none, but for the netuid."""
    whole = mechagraph(view, netuid, mechanism)
    if whole is None:
        return None
    wanted = set(indexes)
    extra = {
        "validators": [uid for uid, permit in enumerate(whole["validator_permit"]) if permit],
        "commitments": _commitments(view, netuid, whole["hotkeys"]),
    }
    answer = view.codec.struct("SelectiveMetagraph")
    for position, name in enumerate(answer):
        if name == "netuid" or position in wanted:
            answer[name] = whole[name] if name in whole else extra.get(name)
    return answer
