"""What one block brings one subnet: pure arithmetic, 32 fractional bits as the runtime's (subtensor, run_coinbase)."""

from __future__ import annotations

from dataclasses import dataclass

U16_MAX = (1 << 16) - 1
U64_MAX = (1 << 64) - 1


def root_proportion_q32(root_tao_rao: int, tao_weight: int, alpha_rao: int) -> int:
    """Root's part of a subnet's weight: its TAO by `tao_weight` / 2^64-1, against all alpha of the subnet."""
    weighted = root_tao_rao * ((tao_weight << 32) // U64_MAX)
    total = weighted + (alpha_rao << 32)
    return (weighted << 32) // total if total else 0


@dataclass(frozen=True, slots=True)
class PoolTerms:
    """Rao for the pool: TAO and alpha laid in at the price, and TAO beyond that which buys alpha."""

    tao_in: int
    alpha_in: int
    excess_tao: int


def pool_terms(tao_q32: int, tao_reserve: int, alpha_reserve: int, alpha_rao: int, root_q32: int) -> PoolTerms:
    """Split a subnet's TAO: alpha is laid beside it only up to root's part of the block's alpha, the rest buys."""
    price_q32 = (tao_reserve << 32) // alpha_reserve if alpha_reserve else 0
    alpha_q32 = (tao_q32 << 32) // price_q32 if price_q32 else 0
    cap_q32 = root_q32 * alpha_rao
    laid_q32 = tao_q32
    if alpha_q32 > cap_q32:
        alpha_q32 = cap_q32
        laid_q32 = alpha_q32 * price_q32 >> 32
    return PoolTerms(laid_q32 >> 32, alpha_q32 >> 32, max(0, tao_q32 - laid_q32) >> 32)


@dataclass(frozen=True, slots=True)
class AlphaTerms:
    """Rao of alpha for the subnet's people; up to 3 of what the block emits are lost to rounding, and nobody's."""

    owner: int
    server: int
    validator: int
    root: int


def alpha_terms(alpha_rao: int, owner_cut_u16: int, root_q32: int) -> AlphaTerms:
    """The owner's cut first; half of the rest is the miners', the other half root's by its proportion and validators'.

    Each part is rounded down for itself, after the fractions have been divided.
    """
    owner_q32 = alpha_rao * ((owner_cut_u16 << 32) // U16_MAX)
    rest_q32 = (alpha_rao << 32) - owner_q32
    server_q32 = rest_q32 >> 1
    root_part_q32 = root_q32 * rest_q32 >> 33
    validator_q32 = rest_q32 - server_q32 - root_part_q32
    return AlphaTerms(owner_q32 >> 32, server_q32 >> 32, validator_q32 >> 32, root_part_q32 >> 32)
