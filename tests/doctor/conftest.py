"""A chain for each module of rows, as new for each test, and a directory with wallets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netctl.devchain import DevChain
from tests.doctor.ward import Ward

TEMPO = 120
"""Blocks: long enough for a look on a busy machine, and a third of what the tests that wait for epochs would mine."""


@pytest.fixture(scope="module")
def going_chain(loopback_only: None) -> Iterator[DevChain]:
    """A chain with one subnet, whose blocks come by the clock, quickly."""
    with DevChain(seal="interval", block_time_s=0.1, first_netuid=7) as chain:
        chain.set_hyperparameter(chain.add_subnet(), "tempo", TEMPO)
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
