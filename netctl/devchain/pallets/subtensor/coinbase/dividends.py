"""Who has which part of the validators' alpha and of root's (subtensor, calculate_dividend_distribution)."""

from __future__ import annotations

from typing import NamedTuple

from netctl.devchain.pallets.subtensor import items, ownership, shares
from netctl.devchain.pallets.subtensor.coinbase import accounts
from netctl.devchain.pallets.subtensor.coinbase.terms import U16_MAX, U64_MAX
from netctl.devchain.storage import View


class Given(NamedTuple):
    """Alpha by hotkey, of the validators' part and of root's, in rao with 32 fractional bits."""

    alpha_q32: dict[str, int]
    root_q32: dict[str, int]


class Shared(NamedTuple):
    """A dividend in whole rao: what the validator keeps, and what is for those who stake with it."""

    take: int
    rest: int


def shared(view: View, hotkey: str, amount_q32: int) -> Shared:
    """Split a dividend by the validator's take in 65535ths, the default where it has set none; each is rounded down."""
    take_q32 = amount_q32 * ((int(items.DELEGATES.get(view, hotkey)) << 32) // U16_MAX) >> 32
    return Shared(take_q32 >> 32, amount_q32 - take_q32 >> 32)


def split(view: View, netuid: int, earned: list[tuple[str, int]], alpha_pot: int, root_pot: int) -> Given:
    """Each hotkey's dividend counts for alpha and for root as its stake on the subnet is to its weighted one on root.

    Only hotkeys with a seat on root have a part of root's; what the others would have had goes to those. Everybody in
    `earned` is listed for alpha, with 0 if need be; for root only who has something.
    """
    weight_q32 = (accounts.TAO_WEIGHT.get(view) << 32) // U64_MAX
    alpha: dict[str, int] = {}
    root: dict[str, int] = {}
    for hotkey, dividend in earned:
        if not dividend:
            alpha[hotkey] = 0
            continue
        own_q32 = shares.hotkey_alpha(view, hotkey, netuid) << 32
        all_q32 = own_q32 + shares.hotkey_alpha(view, hotkey, ownership.ROOT_NETUID) * weight_q32
        part_q32 = (own_q32 << 32) // all_q32 if all_q32 else 1 << 32
        alpha[hotkey] = dividend * part_q32
        if ownership.is_registered(view, ownership.ROOT_NETUID, hotkey):
            root[hotkey] = (dividend << 32) - alpha[hotkey]
    given_root = {hotkey: part for hotkey, part in _parts_q32(root, root_pot).items() if part}
    return Given(_parts_q32(alpha, alpha_pot), given_root)


def _parts_q32(weights: dict[str, int], pot: int) -> dict[str, int]:
    total = sum(weights.values())
    return {hotkey: pot * ((weight << 32) // total) if total else 0 for hotkey, weight in weights.items()}
