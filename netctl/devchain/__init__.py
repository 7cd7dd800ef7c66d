"""A local Subtensor: the bittensor SDK and btcli talk to it over a websocket as to any node.

Imports nothing else of netctl. State is SCALE bytes under the runtime's own storage keys; pallets and runtime
APIs are classes over it; blocks are built on a virtual clock, so that equal input gives equal hashes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netctl.devchain.library import DevChain
    from netctl.devchain.remote import DevChainError

__all__ = ["DevChain", "DevChainError"]


def __getattr__(name: str) -> Any:
    """The library on first use: importing this package, as pytest does, must cost nothing."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from netctl.devchain import library

    return getattr(library, name)
