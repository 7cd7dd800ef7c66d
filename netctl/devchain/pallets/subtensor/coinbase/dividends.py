"""Who has which part of the validators' alpha and of root's (subtensor, calculate_dividend_distribution)."""

from __future__ import annotations

from typing import NamedTuple

from netctl.devchain.pallets.subtensor import items, ownership, shares
from netctl.devchain.pallets.subtensor.coinbase import accounts
from netctl.devchain.pallets.subtensor.coinbase.terms import U16_MAX, U64_MAX
from netctl.devchain.storage import View


class Given(NamedTuple):
    """Rao of alpha by hotkey, of the validators' part and of root's; nothing is listed with 0."""

    alpha: dict[str, int]
    root: dict[str, int]


def take_of(view: View, hotkey: str, amount: int) -> int:
    """What a validator keeps of a dividend, by its take in 65535ths; the default where it has set none."""
    return amount * ((int(items.DELEGATES.get(view, hotkey)) << 32) // U16_MAX) >> 32


def split(view: View, netuid: int, earned: list[tuple[str, int]], alpha_pot: int, root_pot: int) -> Given:
    """Each hotkey's dividend counts for alpha and for root as its stake on the subnet is to its weighted one on root.

    Only hotkeys with a seat on root have a part of root's; what the others would have had goes to those.
    """
    weight_q32 = (accounts.TAO_WEIGHT.get(view) << 32) // U64_MAX
    alpha: dict[str, int] = {}
    root: dict[str, int] = {}
    for hotkey, dividend in earned:
        if not dividend:
            continue
        own_q32 = shares.hotkey_alpha(view, hotkey, netuid) << 32
        all_q32 = own_q32 + shares.hotkey_alpha(view, hotkey, ownership.ROOT_NETUID) * weight_q32
        part_q32 = (own_q32 << 32) // all_q32 if all_q32 else 1 << 32
        alpha[hotkey] = dividend * part_q32
        if ownership.is_registered(view, ownership.ROOT_NETUID, hotkey):
            root[hotkey] = (dividend << 32) - alpha[hotkey]
    return Given(_parts(alpha, alpha_pot), _parts(root, root_pot))


def _parts(weights: dict[str, int], pot: int) -> dict[str, int]:
    total = sum(weights.values())
    if not total:
        return {}
    parts = {hotkey: pot * ((weight << 32) // total) >> 32 for hotkey, weight in weights.items()}
    return {hotkey: part for hotkey, part in parts.items() if part}
