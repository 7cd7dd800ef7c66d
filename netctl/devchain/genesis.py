"""Block 0: a localnet's accounts and subnets, with defaults that suit development."""

from __future__ import annotations

from bittensor_core import Keypair

from netctl.devchain.options import ChainOptions
from netctl.devchain.pallets import ledger
from netctl.devchain.pallets.shield import publish_keys
from netctl.devchain.pallets.subtensor import items, ownership, subnets
from netctl.devchain.pallets.sudo import KEY
from netctl.devchain.storage import Frame, Item

TAO = 10**9
ENDOWED_TAO = {
    "//Alice": 1_000_000,
    "//Bob": 1_000_000,
    "//Charlie": 1_000_000,
    "//Dave": 2_000,
    "//Eve": 2_000,
    "//Ferdie": 2_000,
}
ROOT_MAX_UIDS = 64
LOCALNET_TEMPO = 100
FIRST_NETUID = 1
LAST_RUNTIME_UPGRADE = Item("System", "LastRuntimeUpgrade")

_UNLIMITED = ("TxRateLimit", "NetworkRateLimit", "OwnerHyperparamRateLimit", "AdminFreezeWindow")
"""Limits of the whole chain that only make development wait."""


def build(frame: Frame, options: ChainOptions) -> None:
    """Write the state of block 0. Depends on the options alone: equal options, equal bytes."""
    for uri, tao in ENDOWED_TAO.items():
        ledger.mint(frame, _address(uri), tao * TAO)
    for account, amount_rao in options.endow:
        ledger.mint(frame, account, amount_rao)
    alice = _address("//Alice")
    KEY.put(frame, alice)
    publish_keys(frame)
    for name in _UNLIMITED:
        Item(items.PALLET, name).put(frame, 0)
    items.TOTAL_ISSUANCE.put(frame, ledger.TOTAL_ISSUANCE.get(frame))
    _root(frame, alice)
    if options.first_netuid != FIRST_NETUID:
        _first_subnet(frame, alice)
    LAST_RUNTIME_UPGRADE.put(frame, {"spec_version": options.spec, "spec_name": "node-subtensor"})


def _address(uri: str) -> str:
    return str(Keypair.create_from_uri(uri).ss58_address)


def _root(frame: Frame, owner: str) -> None:
    root = ownership.ROOT_NETUID
    subnets.create(frame, root, owner=owner, owner_hotkey=owner, mechanism=0, tempo=LOCALNET_TEMPO)
    items.MAX_ALLOWED_UIDS.put(frame, ROOT_MAX_UIDS, root)
    items.SUBTOKEN_ENABLED.put(frame, True, root)


def _first_subnet(frame: Frame, owner: str) -> None:
    """The localnet's subnet 1: started, and without neurons."""
    subnets.create(
        frame,
        FIRST_NETUID,
        owner=owner,
        owner_hotkey=owner,
        mechanism=subnets.DYNAMIC_MECHANISM,
        tempo=LOCALNET_TEMPO,
    )
    subnets.fill_pool(frame, FIRST_NETUID, 0)
    subnets.start(frame, FIRST_NETUID)
