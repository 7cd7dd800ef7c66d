"""Which block was the head at a moment, asked in few reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from netctl.errors import ChainError
from netctl.ports import BlockRef
from netctl.runs.keeping import block_at

pytestmark = pytest.mark.fast


@dataclass
class Blocks:
    """A chain whose blocks were made at these times; those below `kept` are pruned."""

    times: list[float]
    kept: int = 0
    reads: list[int] = field(default_factory=list)

    @property
    def chain(self) -> Blocks:
        return self

    async def head(self) -> BlockRef:
        return BlockRef(len(self.times) - 1, "0xhead")

    async def block_hash(self, number: int) -> str | None:
        return f"0x{number}" if number < len(self.times) else None

    async def made_at(self, block: BlockRef) -> float:
        self.reads.append(block.number)
        if block.number < self.kept:
            raise ChainError("state discarded")
        return self.times[block.number]


def world(blocks: Blocks) -> Any:
    return blocks


@pytest.mark.parametrize("when", [0.0, 11.9, 12.0, 13.0, 599.9, 600.0, 5000.5, 11_988.0, 12_000.0])
async def test_the_block_at_a_moment_is_the_last_that_was_made_by_then(when: float) -> None:
    blocks = Blocks([12.0 * number for number in range(1000)])
    assert await block_at(world(blocks), when, 12.0) == min(999, int(when // 12))
    assert len(blocks.reads) <= 14


async def test_blocks_that_came_slower_and_faster_than_they_should_are_found_all_the_same() -> None:
    times = [0.0, 1.0, 2.0, 50.0, 51.0, 200.0, 200.1, 200.2, 200.3, 900.0]
    for when, block in ((0.5, 0), (49.0, 2), (50.5, 3), (199.0, 4), (200.15, 6), (899.0, 8), (901.0, 9)):
        assert await block_at(world(Blocks(times)), when, 12.0) == block


async def test_a_block_that_the_node_no_longer_has_is_not_guessed() -> None:
    blocks = Blocks([12.0 * number for number in range(1000)], kept=900)
    assert await block_at(world(blocks), 60.0, 12.0) is None
    assert await block_at(world(blocks), 11_000.0, 12.0) == 916
