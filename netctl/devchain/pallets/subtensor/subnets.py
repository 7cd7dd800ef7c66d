"""Making subnets, and starting them.

A subnet comes into the world as on the chain, except for what a development chain has no use for: limits on how
often things may be done, commit-reveal, a difficulty for mining hardware, a pool so thin that any stake moves it, and
a vote of root before TAO is emitted to it.
"""

from __future__ import annotations

from typing import Any

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallet import Origin
from netctl.devchain.pallets import ledger
from netctl.devchain.pallets.subtensor import items, ownership, pool, windows
from netctl.devchain.pallets.wire import hexed
from netctl.devchain.storage import Frame, Item, View

DYNAMIC_MECHANISM = 1
DEFAULT_TEMPO = 360
DEFAULT_IMMUNITY_BLOCKS = 5_000
DEFAULT_MAX_UIDS = 256
DEFAULT_MAX_VALIDATORS = 64
DEV_POOL_RAO = 1_000_000 * pool.RAO
DEV_MIN_DIFFICULTY = 1
DEV_DIFFICULTY = 1_000
_LETTERS = "Ταβγδεζηθικλμνξοπρστυφχψω"

_FRIENDLY: tuple[tuple[Item, Any], ...] = (
    (items.COMMIT_REVEAL_ENABLED, False),
    (items.WEIGHTS_SET_RATE_LIMIT, 0),
    (items.SERVING_RATE_LIMIT, 0),
    (items.MIN_DIFFICULTY, DEV_MIN_DIFFICULTY),
    (items.DIFFICULTY, DEV_DIFFICULTY),
)
_AS_ON_CHAIN: tuple[tuple[Item, Any], ...] = (
    (items.REGISTRATION_ALLOWED, True),
    (items.MAX_ALLOWED_UIDS, DEFAULT_MAX_UIDS),
    (items.MAX_ALLOWED_VALIDATORS, DEFAULT_MAX_VALIDATORS),
    (items.MIN_ALLOWED_WEIGHTS, 1),
    (items.IMMUNITY_PERIOD, DEFAULT_IMMUNITY_BLOCKS),
    (Item(items.PALLET, "Yuma3On"), True),
)
_EXPLICIT = ("Kappa", "ActivityCutoff", "Burn", "MaxRegistrationsPerBlock", "TargetRegistrationsPerInterval")
"""What the runtime writes down at its default, so that reading the whole map finds the subnet."""


def symbol(netuid: int) -> str:
    """A token symbol of the subnet's own: a Greek letter, and its number where letters run out."""
    return _LETTERS[netuid] if netuid < len(_LETTERS) else f"{_LETTERS[1]}{netuid}"


def next_netuid(view: View) -> int:
    """The first free netuid, from `first_netuid` on."""
    netuid = view.options.first_netuid or 1
    while items.NETWORKS_ADDED.get(view, netuid):
        netuid += 1
    return netuid


def lock_cost_rao(view: View) -> int:
    """What a new subnet costs now: twice the last one's price, sinking to the minimum over the reduction interval."""
    last, interval = items.NETWORK_LAST_LOCK_COST.get(view), items.NETWORK_LOCK_REDUCTION_INTERVAL.get(view)
    last_block = items.LAST_RATE_LIMITED_BLOCK.get(view, "NetworkLastRegistered")
    asked = last * (2 if last_block else 1)
    sunk = last // interval * (view.block - last_block) if interval else asked
    return int(max(items.NETWORK_MIN_LOCK_COST.get(view), asked - sunk))


def create(frame: Frame, netuid: int, *, owner: str, owner_hotkey: str, mechanism: int, tempo: int) -> None:
    """A subnet without neurons and with an empty pool."""
    items.SUBNETWORK_N.put(frame, 0, netuid)
    items.NETWORKS_ADDED.put(frame, True, netuid)
    items.TEMPO.put(frame, tempo, netuid)
    items.LAST_EPOCH_BLOCK.put(frame, max(0, frame.block - netuid % max(1, tempo)), netuid)
    items.TOTAL_NETWORKS.put(frame, items.TOTAL_NETWORKS.get(frame) + 1)
    items.NETWORK_REGISTERED_AT.put(frame, frame.block, netuid)
    counter = items.REGISTERED_SUBNET_COUNTER
    counter.put(frame, counter.get(frame, netuid) + 1, netuid)
    items.SUBNET_MECHANISM.put(frame, mechanism, netuid)
    items.SUBNET_OWNER.put(frame, owner, netuid)
    items.SUBNET_OWNER_HOTKEY.put(frame, owner_hotkey, netuid)
    items.TOKEN_SYMBOL.put(frame, hexed(symbol(netuid).encode()), netuid)
    for item, value in (*_AS_ON_CHAIN, *_FRIENDLY):
        item.put(frame, value, netuid)
    for name in _EXPLICIT:
        item = Item(items.PALLET, name)
        item.put(frame, item.get(frame, netuid), netuid)
    windows.open_subnet(frame, netuid)


def fill_pool(frame: Frame, netuid: int, locked_rao: int) -> None:
    """A deep pool at price 1: what the owner locked, and new TAO for the rest."""
    missing = max(0, DEV_POOL_RAO - locked_rao)
    if missing:
        ledger.mint(frame, ownership.subnet_account(netuid), missing)
        items.TOTAL_ISSUANCE.put(frame, items.TOTAL_ISSUANCE.get(frame) + missing)
    total = locked_rao + missing
    items.SUBNET_TAO.put(frame, total, netuid)
    items.SUBNET_ALPHA_IN.put(frame, total, netuid)
    pool.note_price(frame, netuid, total, total)
    items.SUBNET_ALPHA_OUT.put(frame, 0, netuid)
    items.SUBNET_MOVING_PRICE.put(frame, {"bits": 1 << 32}, netuid)
    items.TOTAL_STAKE.put(frame, items.TOTAL_STAKE.get(frame) + total)


def start(frame: Frame, netuid: int) -> None:
    """Let the subnet's alpha be traded from here on."""
    items.FIRST_EMISSION_BLOCK.put(frame, frame.block + 1, netuid)
    items.SUBTOKEN_ENABLED.put(frame, True, netuid)


def ensure_owner(view: View, origin: Origin, netuid: int) -> str:
    """BadOrigin unless the subnet's owner signs."""
    who = origin.signed()
    if items.SUBNET_OWNER.get(view, netuid) != who:
        raise DispatchError.bad_origin()
    return who
