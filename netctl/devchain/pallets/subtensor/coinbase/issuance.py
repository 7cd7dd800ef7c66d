"""How much a block emits, of TAO and of each subnet's alpha: one whole token, halved at half, three quarters, ... of
21 million issued (subtensor, block_emission). The runtime finds the halving by a fixed-point logarithm; this is exact.
"""

from __future__ import annotations

SUPPLY_RAO = 21_000_000 * 10**9
FIRST_EMISSION_RAO = 10**9


def block_emission_rao(issued_rao: int) -> int:
    """What one block emits when so much has been issued."""
    left = SUPPLY_RAO - issued_rao
    return FIRST_EMISSION_RAO >> (SUPPLY_RAO // left).bit_length() - 1 if left > 0 else 0
