"""Fixtures of the stand-ins' tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chains import start_chain
from tests.ports import free_ports
from tests.rehearsal.subnet import Subnet
from tests.sdk import connected


@pytest.fixture
async def subnet(tmp_path: Path) -> AsyncIterator[Subnet]:
    """A fresh chain with subnet 428 on it; ends every process that was started from it."""
    made: Subnet | None = None
    chain = start_chain(tmp_path / "chain", seal="interval", port=free_ports(1)[0])
    try:
        async with connected(chain.url) as client:
            made = Subnet(chain, client, tmp_path)
            try:
                await made.settle()
                yield made
            finally:
                made.end()
    finally:
        (made.chain if made is not None else chain).stop()
