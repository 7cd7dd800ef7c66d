"""The real SDK's client in tests, closed within seconds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import bittensor as bt

from netctl.adapters.chain_link import close_bounded


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[bt.Client]:
    """A client of one node and no other. Its own `async with` never ends if a message meets its close (Python 3.11)."""
    client = bt.Client(url, fallback_endpoints=[], archive_endpoints=[])
    try:
        yield await client.connect()
    finally:
        await close_bounded(client._substrate)
