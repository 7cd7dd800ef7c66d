"""What the supervisor writes down of one look at the chain is all of one block."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest

from netctl.observation import Observation
from netctl.ports import BlockRef, Metagraph, MetagraphRow, Weights, World
from netctl.sampling.sampler import Sampler
from netctl.store.database import FILE, looked_into
from tests.phases.fleets import fleet

pytestmark = pytest.mark.fast

ROW = MetagraphRow(0, "5H0", "5C", 10, True, True, None, 7, 0.5, 0.0, 3, 0.25, 11)
GRAPH = Metagraph(428, 100, (ROW,), last_epoch=99, burn_rao=5, tao_in_rao=6, alpha_in_rao=7)
SEEN = Observation(1.0, 428, 100, GRAPH, None, {}, {}, {}, asked_at=1.0)


@dataclass(frozen=True, slots=True)
class MovedOn:
    """A chain whose weights have changed since block 100, which it knows unless it is `another` chain by now."""

    another: bool = False

    async def block_hash(self, number: int) -> str | None:
        return None if self.another else f"0x{number:064x}"

    async def weights(self, netuid: int, uids: Sequence[int], *, at: BlockRef | None = None) -> Weights:
        assert (netuid, list(uids)) == (428, [0])
        share = 0.25 if at == BlockRef(100, f"0x{100:064x}") else 1.0
        return Weights({0: {0: share}}, ())


async def written(chain: MovedOn, state: Path) -> list[tuple[int, Any]]:
    sampler = Sampler(replace(fleet(), state=state), cast("World", _OfChain(chain)))
    try:
        await sampler.look(SEEN)
    finally:
        sampler.close()
    with looked_into(state / FILE) as store:
        return [(block, json.loads(text)) for block, text in store.execute("SELECT block, targets FROM weights")]


@dataclass(frozen=True, slots=True)
class _OfChain:
    chain: MovedOn


async def test_weights_are_those_of_the_block_that_they_are_written_under(tmp_path: Path) -> None:
    assert await written(MovedOn(), tmp_path) == [(100, {"0": 0.25})]


async def test_nothing_is_written_of_a_block_that_the_chain_no_longer_knows(tmp_path: Path) -> None:
    assert await written(MovedOn(another=True), tmp_path) == []
