"""What each key of the wallet directory is and holds: the files as they lie there, and what the chain has of them.

`observe` answers also while the chain does not; the rows are pure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netctl.errors import ChainError
from netctl.money import Rao, tao_text
from netctl.ports import Chain, Staked

PATIENCE_S = 12.0
"""A list is asked for now: it waits less for a chain than a payment would."""


@dataclass(frozen=True, slots=True)
class KeySeen:
    """One key as its files show it, without opening a secret; `hotkey` is None for a coldkey.

    `here` says whether the secret is; `locked` whether it is encrypted, None without one. `odd` names what is wrong
    with owners and permissions.
    """

    wallet: str
    hotkey: str | None
    path: Path
    address: str | None
    here: bool
    locked: bool | None
    odd: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OnChain:
    """What the chain has of these keys at one block; `problem` says why nothing is known."""

    block: int | None = None
    free: Mapping[str, Rao] = field(default_factory=dict)
    staked: Mapping[str, Sequence[Staked]] = field(default_factory=dict)
    uids: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """A key and what it holds; None where the chain did not say. `neuron` is who uses it in this fleet.

    A coldkey has `free_rao`; a hotkey has `staked`, what its wallet's coldkey has on it, and `uids` by netuid.
    """

    key: KeySeen
    neuron: str | None
    free_rao: Rao | None = None
    staked: tuple[Staked, ...] | None = None
    uids: Mapping[int, int] | None = None


async def observe(chain: Chain, keys: Sequence[KeySeen], *, patience_s: float = PATIENCE_S) -> OnChain:
    """Everything at the head, in a few reads however many keys there are; why not, where the chain does not answer."""
    if not chain.endpoint:
        return OnChain(problem="its chain does not run")
    cold = list(dict.fromkeys(key.address for key in keys if key.hotkey is None and key.address is not None))
    hot = list(dict.fromkeys(key.address for key in keys if key.hotkey is not None and key.address is not None))
    try:
        async with asyncio.timeout(patience_s):
            head = await chain.head()
            accounts, staked, uids = await asyncio.gather(
                chain.accounts(cold, at=head), chain.staked(cold, at=head), chain.uids(hot, at=head)
            )
    except TimeoutError:
        return OnChain(problem=f"{chain.endpoint} did not answer within {patience_s:g} s")
    except ChainError as error:
        return OnChain(problem=error.message)
    return OnChain(head.number, {ss58: account.free_rao for ss58, account in accounts.items()}, staked, uids)


def holdings(keys: Sequence[KeySeen], neurons: Mapping[tuple[str, str], str], seen: OnChain) -> tuple[Holding, ...]:
    """A holding for each key, in their order; `neurons` are named by (wallet, hotkey)."""
    coldkeys = {key.wallet: key.address for key in keys if key.hotkey is None}
    return tuple(_holding(key, coldkeys.get(key.wallet), neurons, seen) for key in keys)


def _holding(key: KeySeen, coldkey: str | None, neurons: Mapping[tuple[str, str], str], seen: OnChain) -> Holding:
    known = seen.problem is None and key.address is not None
    if key.hotkey is None:
        return Holding(key, None, free_rao=seen.free[key.address] if known and key.address else None)
    on_it = [each for each in seen.staked.get(coldkey or "", ()) if each.hotkey == key.address]
    return Holding(
        key,
        neurons.get((key.wallet, key.hotkey)),
        staked=tuple(on_it) if known else None,
        uids=seen.uids[key.address] if known and key.address else None,
    )


def documents(found: Sequence[Holding]) -> list[dict[str, Any]]:
    """``netctl wallet list --json``: an object for each hotkey, its wallet's coldkey in it; wallets without one too."""
    cold = {holding.key.wallet: holding for holding in found if holding.key.hotkey is None}
    hot = [holding for holding in found if holding.key.hotkey is not None]
    bare = [wallet for wallet in cold if all(holding.key.wallet != wallet for holding in hot)]
    return [_document(cold[each.key.wallet], each) for each in hot] + [_document(cold[name], None) for name in bare]


def _document(cold: Holding, hot: Holding | None) -> dict[str, Any]:
    staked, uids = (hot.staked, hot.uids) if hot is not None else (None, None)
    return {
        "neuron": hot.neuron if hot is not None else None,
        "wallet": cold.key.wallet,
        "hotkey": hot.key.hotkey if hot is not None else None,
        "coldkey_ss58": cold.key.address,
        "hotkey_ss58": hot.key.address if hot is not None else None,
        "coldkey_path": str(cold.key.path),
        "hotkey_path": str(hot.key.path) if hot is not None else None,
        "coldkey_here": cold.key.here,
        "hotkey_here": hot.key.here if hot is not None else None,
        "coldkey_encrypted": cold.key.locked,
        "hotkey_encrypted": hot.key.locked if hot is not None else None,
        "free_tao": None if cold.free_rao is None else tao_text(cold.free_rao),
        "staked": None
        if staked is None
        else [{"netuid": each.netuid, "alpha": tao_text(each.alpha_rao)} for each in staked],
        "registered": None if uids is None else [{"netuid": netuid, "uid": uid} for netuid, uid in uids.items()],
        "odd": [*cold.key.odd, *(hot.key.odd if hot is not None else ())],
    }
