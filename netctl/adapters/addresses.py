"""Addresses, as the SDK reads them."""

from __future__ import annotations


def is_address(text: str) -> bool:
    """Whether this is an account's ss58 address."""
    from bittensor_core import ss58_decode

    try:
        ss58_decode(text)
    except ValueError:
        return False
    return True
