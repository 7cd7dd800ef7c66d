"""A client that leaves while the chain seals: neither waits for the other."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from netctl.devchain.rpc.server import RpcServer
from tests.devchain.lab import make_chain
from tests.sdk import connected

SOON_S = 6
TURNS = range(2, 12)


async def test_a_block_that_comes_as_the_client_leaves_does_not_keep_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A head that meets the close takes the place of its cancellation (Python 3.11): tried turn by turn until seen."""
    monkeypatch.setenv("BITTENSOR_RUNTIME_CACHE_DIR", str(tmp_path))
    chain = make_chain()
    rpc = RpcServer(chain)
    server = await rpc.listen(0)
    met = False
    for turns in TURNS:
        async with connected(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}") as client:
            heads = client.blocks()
            chain.seal()
            await anext(heads)
            reading: Any = client._substrate._substrate._session._supervisor  # type: ignore[union-attr]
            chain.seal()
            for _ in range(turns):
                await asyncio.sleep(0)
            started = time.monotonic()
        assert time.monotonic() - started < SOON_S
        assert reading.done()
        met = reading.cancelling() > 1
        if met:
            break
    assert met == (sys.version_info < (3, 12))
    await rpc.end(server)
    chain.close()
