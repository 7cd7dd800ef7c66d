"""Making subnets, and starting them.

A subnet comes into the world as on the chain, except for what a development chain has no use for: limits on how
often things may be done, commit-reveal, a difficulty for mining hardware, a pool so thin that any stake moves it, and
a vote of root before TAO is emitted to it.
"""

from __future__ import annotations

from typing import Any

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallet import Origin, approximates, call
from netctl.devchain.pallets import ledger
from netctl.devchain.pallets.subtensor import items, ownership, pool, uids, windows
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


def _register(frame: Frame, coldkey: str, hotkey: str, identity: dict[str, Any] | None) -> None:
    if ownership.has_owner(frame, hotkey) and ownership.owner_of(frame, hotkey) != coldkey:
        raise DispatchError("NonAssociatedColdKey")
    last_block = items.LAST_RATE_LIMITED_BLOCK.get(frame, "NetworkLastRegistered")
    if last_block and frame.block - last_block < items.NETWORK_RATE_LIMIT.get(frame):
        raise DispatchError("NetworkTxRateLimitExceeded")
    if len(ownership.netuids(frame)) - 1 >= items.SUBNET_LIMIT.get(frame):
        raise DispatchError("SubnetLimitReached")
    cost_rao = lock_cost_rao(frame)
    if ledger.reducible_rao(frame, coldkey, keep_alive=False) < cost_rao:
        raise DispatchError("CannotAffordLockCost")
    cost_rao = min(cost_rao, ledger.reducible_rao(frame, coldkey, keep_alive=True))
    netuid = next_netuid(frame)
    create(frame, netuid, owner=coldkey, owner_hotkey=hotkey, mechanism=DYNAMIC_MECHANISM, tempo=DEFAULT_TEMPO)
    ledger.transfer(frame, coldkey, ownership.subnet_account(netuid), cost_rao, keep_alive=True)
    items.NETWORK_LAST_LOCK_COST.put(frame, cost_rao)
    items.LAST_RATE_LIMITED_BLOCK.put(frame, frame.block, "NetworkLastRegistered")
    ownership.associate(frame, coldkey, hotkey)
    uids.register(frame, netuid, hotkey)
    items.SUBNET_LOCKED.put(frame, cost_rao, netuid)
    fill_pool(frame, netuid, cost_rao)
    frame.emit(items.PALLET, "SubnetOwnerHotkeySet", (netuid, hotkey))
    if identity is not None:
        items.SUBNET_IDENTITIES.put(frame, identity, netuid)
        frame.emit(items.PALLET, "SubnetIdentitySet", netuid)
    items.SUBNET_EMISSION_ENABLED.put(frame, True, netuid)
    frame.emit(items.PALLET, "NetworkAdded", (netuid, DYNAMIC_MECHANISM))


FRIENDLY = (
    "commit-reveal is off, nothing is rate-limited, the pool is deep and at price 1; "
    "at the limit of subnets none is dissolved to make room"
)


class SubnetCalls:
    """Calls of subnet owners."""

    @call()
    @approximates(FRIENDLY)
    def register_network(self, frame: Frame, origin: Origin, *, hotkey: str) -> None:
        """Make a subnet; the hotkey becomes its uid 0. Needs start_call before alpha can be traded."""
        _register(frame, origin.signed(), hotkey, None)

    @call()
    @approximates(FRIENDLY)
    def register_network_with_identity(
        self, frame: Frame, origin: Origin, *, hotkey: str, identity: dict[str, Any] | None
    ) -> None:
        """Make a subnet that has a name."""
        _register(frame, origin.signed(), hotkey, identity)

    @call()
    def start_call(self, frame: Frame, origin: Origin, *, netuid: int) -> None:
        """Start a subnet, once."""
        ownership.ensure_subnet(frame, netuid)
        ensure_owner(frame, origin, netuid)
        if items.FIRST_EMISSION_BLOCK.get(frame, netuid) is not None:
            raise DispatchError("FirstEmissionBlockNumberAlreadySet")
        earliest = items.NETWORK_REGISTERED_AT.get(frame, netuid) + items.START_CALL_DELAY.get(frame)
        if frame.block < earliest:
            raise DispatchError("StartCallNotReady")
        start(frame, netuid)
        frame.emit(items.PALLET, "FirstEmissionBlockNumberSet", (netuid, frame.block + 1))

    @call()
    def set_subnet_identity(self, frame: Frame, origin: Origin, *, netuid: int, **identity: Any) -> None:
        """Give a subnet a name, a repository, a contact and so on."""
        ensure_owner(frame, origin, netuid)
        ownership.ensure_subnet(frame, netuid)
        items.SUBNET_IDENTITIES.put(frame, identity, netuid)
        frame.emit(items.PALLET, "SubnetIdentitySet", netuid)

    @call()
    def set_identity(self, frame: Frame, origin: Origin, **identity: Any) -> None:
        """Give a coldkey a name; it must have a registered hotkey."""
        coldkey = origin.signed()
        owned = items.OWNED_HOTKEYS.get(frame, coldkey)
        if not any(True for hotkey in owned for _ in items.IS_NETWORK_MEMBER.entries(frame, hotkey)):
            raise DispatchError("HotKeyNotRegisteredInNetwork")
        items.IDENTITIES.put(frame, identity, coldkey)
        frame.emit(items.PALLET, "ChainIdentitySet", coldkey)
