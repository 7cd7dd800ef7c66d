"""A chain for a module's tests, and for each of them a world with keys and a journal of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from netctl.ports import World
from tests.chains import RunningChain, start_chain
from tests.phases.worlds import world_on


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningChain]:
    chain = start_chain(tmp_path_factory.mktemp("phases") / "chain", seal="interval")
    yield chain
    chain.stop()


@pytest.fixture
async def world(node: RunningChain, tmp_path: Path) -> AsyncIterator[World]:
    world = world_on(node, tmp_path)
    yield world
    await world.chain.close()
