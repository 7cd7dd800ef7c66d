"""The story of benchmarks/week.py, shorter: sixteen miners, and three validators that disagree."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.devchain.lab import make_chain
from tests.oracle import week


@pytest.mark.slow
@pytest.mark.parametrize("is_on_disk", [False, True], ids=["in memory", "on disk"])
def test_quality_is_paid_in_its_order_and_everything_adds_up(is_on_disk: bool, tmp_path: Path) -> None:
    chain = make_chain(tmp_path if is_on_disk else None)
    try:
        diary = week.live(week.set_the_scene(chain), week.WEEK_BLOCKS // 10)
    finally:
        chain.close()
    assert len(diary.blocks) == 14
    week.assert_order(diary)
