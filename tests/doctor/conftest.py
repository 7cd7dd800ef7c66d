"""A chain for each module of rows, as new for each test, and a directory with wallets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netctl.devchain import DevChain
from tests.doctor.ward import Ward


@pytest.fixture(scope="module")
def going_chain(loopback_only: None) -> Iterator[DevChain]:
    """A chain with one subnet, whose blocks come by the clock, quickly."""
    with DevChain(seal="interval", block_time_s=0.1, first_netuid=7) as chain:
        chain.add_subnet()
        chain.snapshot("fresh")
        yield chain


@pytest.fixture
def ward(tmp_path: Path, going_chain: DevChain) -> Iterator[Ward]:
    """A place for keys, and the chain of the module; what the test does to it is undone."""
    yield Ward(tmp_path, going_chain)
    going_chain.revert("fresh")


@pytest.fixture
def netuid() -> int:
    """The subnet on the chain."""
    return 7
