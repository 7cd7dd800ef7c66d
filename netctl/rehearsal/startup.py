"""What both programs do before their work: find their hotkey on the subnet, listen, publish the axon."""

from __future__ import annotations

import asyncio
import logging
import sys

import bittensor as bt
from bittensor.sp_core import Keypair
from bittensor_core import KeyfileError

from netctl.rehearsal.arguments import Arguments
from netctl.rehearsal.axon import Axon
from netctl.rehearsal.chain import Chain, ChainTrouble, Metagraph
from netctl.rehearsal.lifecycle import Refused

FIRST_PATIENCE_S = 8.0
PUBLISH_ATTEMPTS = 5
_log = logging.getLogger("rehearsal")


def open_wallet(arguments: Arguments) -> bt.Wallet:
    """The wallet as named; reads nothing yet, and never its coldkey's private half."""
    return bt.Wallet(arguments.wallet_name, arguments.wallet_hotkey, str(arguments.wallet_path))


def load_hotkey(wallet: bt.Wallet) -> Keypair:
    """The hotkey that signs; raises Refused when its keyfile cannot be used."""
    try:
        return wallet.hotkey
    except (OSError, ValueError, KeyfileError) as exc:
        _log.error("Hotkey of %r cannot be loaded: %s", wallet, exc)
        raise Refused from exc


async def find_self(chain: Chain, arguments: Arguments, hotkey: str) -> Metagraph:
    """Read the metagraph and make sure that this hotkey is on it; raises Refused otherwise."""
    try:
        metagraph = await chain.metagraph(patience_s=FIRST_PATIENCE_S)
    except ChainTrouble as exc:
        sys.stderr.write(f"ConnectionError: {exc}\n")
        raise Refused from exc
    own = metagraph.by_hotkey(hotkey)
    if own is None:
        _log.error(
            "Wallet: Wallet (Name: '%s', Hotkey: '%s', Path: '%s') is not registered on netuid %d. "
            "Please register the hotkey using `btcli subnets register` before trying again",
            arguments.wallet_name,
            arguments.wallet_hotkey,
            arguments.wallet_path,
            arguments.netuid,
        )
        raise Refused
    _log.info(
        "Running neuron on subnet: %d with uid %d using network: %s.", arguments.netuid, own.uid, arguments.network
    )
    return metagraph


async def open_axon(axon: Axon, chain: Chain, arguments: Arguments, hotkey: str, *, role: str) -> None:
    """Listen, then publish ip and port on the chain unless they are there; raises Refused when either fails."""
    try:
        await axon.start(arguments.bind_host, arguments.axon_port)
    except OSError as exc:
        _log.error("Axon cannot listen on %s:%d: %s", arguments.bind_host, arguments.axon_port, exc.strerror)
        raise Refused from exc
    _log.info(
        "Serving %s axon Axon([%s], %d, %s, started) on network: %s with netuid: %d.",
        role,
        arguments.bind_host,
        arguments.axon_port,
        hotkey,
        arguments.network,
        arguments.netuid,
    )
    wanted = f"{arguments.axon_external_ip}:{arguments.axon_external_port}"
    for attempt in range(PUBLISH_ATTEMPTS):
        try:
            # Looked up each time: an attempt of unknown outcome may have succeeded.
            own = (await chain.metagraph()).by_hotkey(hotkey)
            if own is not None and own.axon == wanted:
                return
            await chain.publish_axon(arguments.axon_external_ip, arguments.axon_external_port)
        except ChainTrouble as exc:
            _log.warning("Axon %s could not be published: %s", wanted, exc)
            await asyncio.sleep(2.0**attempt / 4)
        else:
            return
    _log.error("Failed to serve axon %s on netuid %d.", wanted, arguments.netuid)
    raise Refused
