"""Who counts as a validator, and who therefore is a miner."""

from __future__ import annotations

import bittensor as bt


def is_validator(uid: int, metagraph: bt.Metagraph, vpermit_rao_limit: int) -> bool:
    """A permit and enough stake."""
    return bool(metagraph.validator_permit[uid]) and float(metagraph.S[uid]) >= vpermit_rao_limit


def miner_uids(metagraph: bt.Metagraph, vpermit_rao_limit: int) -> list[int]:
    """Whoever is no validator counts as a miner."""
    return [int(uid) for uid in metagraph.uids if not is_validator(int(uid), metagraph, vpermit_rao_limit)]


def is_registered(wallet: bt.Wallet, metagraph: bt.Metagraph, netuid: int) -> bool:
    """Whether the hotkey has a uid; said where it has none."""
    if wallet.hotkey.ss58_address in metagraph.hotkeys:
        return True
    bt.logging.error(f"Wallet: {wallet} is not registered on netuid {netuid}. Please register the hotkey first.")
    return False
