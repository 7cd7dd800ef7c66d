"""Which block it was, between looks at the chain that are not evenly spaced."""

from __future__ import annotations

import pytest

from netctl.chain_time import ChainTime
from netctl.store.histories import Look

pytestmark = pytest.mark.fast

TIME = ChainTime([Look(0.0, 100, 90), Look(10.0, 110, 108), Look(20.0, 150, 144)])


@pytest.mark.parametrize(
    ("time", "block"),
    # A block a second at first, then four; before and behind that, fifty in twenty seconds.
    [(0.0, 100), (5.0, 105), (10.0, 110), (15.0, 130), (20.0, 150), (24.0, 160), (-4.0, 90)],
)
def test_a_block_is_reckoned_between_the_two_looks_around_it(time: float, block: int) -> None:
    assert TIME.block_at(time) == block
    assert TIME.time_of(block) == pytest.approx(time)


def test_without_looks_nothing_is_known_and_one_is_all_there_is() -> None:
    assert (ChainTime([]).block_at(3.0), ChainTime([]).time_of(7), ChainTime([]).seen_at(3.0)) == (None, None, None)
    assert ChainTime([Look(5.0, 100, 90)]).block_at(99.0) == 100


def test_the_last_look_until_then_is_found() -> None:
    assert TIME.seen_at(-1.0) is None
    found = TIME.seen_at(10.0)
    assert found is not None
    assert found.last_epoch == 108
