"""Who pays and who owns on a chain: a wallet by its name, or a well-known dev account by its uri."""

from __future__ import annotations

from netctl.errors import WalletError
from netctl.fleet import Fleet
from netctl.ports import Signer, World

DEV_ACCOUNT = "//Alice"


def payer_of(fleet: Fleet) -> str | None:
    """The dev account's uri on dev chains, else the wallet that the profile names, else nobody."""
    return DEV_ACCOUNT if fleet.network.has_dev_accounts else fleet.funding.from_wallet


def owner_uri(fleet: Fleet) -> str:
    """The uri of the hotkey that owns this fleet's subnet on dev chains; the same for the same fleet name."""
    return f"{DEV_ACCOUNT}//netctl//{fleet.name}"


def is_dev(payer: str) -> bool:
    """Whether it is a dev account's uri and not a wallet's name."""
    return payer.startswith("//")


async def signer_of(world: World, payer: str) -> Signer:
    """Opens what signs for the payer; WalletError when it is missing or locked."""
    return world.keys.dev_signer(payer) if is_dev(payer) else await world.keys.coldkey_signer(payer)


def known_address(world: World, payer: str) -> str | None:
    """The payer's address without opening a wallet; None when the wallet has no public half here."""
    return world.keys.dev_signer(payer).ss58 if is_dev(payer) else world.keys.coldkey_ss58(payer)


def address_of(world: World, payer: str) -> str:
    """The payer's address without opening a wallet; WalletError when the wallet has no public half here."""
    address = known_address(world, payer)
    if address is None:
        raise WalletError(f"wallet {payer}: no coldkey found", hint="check funding.from in the profile")
    return address
