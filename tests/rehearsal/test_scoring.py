"""The formula, by figures; and what a validator remembers."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl.rehearsal import scoring
from netctl.rehearsal.memory import Memory
from netctl.rehearsal.protocol import BucketId

pytestmark = pytest.mark.fast
HOUR = 100
PREMIUM, PLAIN = BucketId("77494", HOUR), BucketId("10001", HOUR)


def test_worth_is_weight_times_freshness_times_the_own_share_of_the_bytes() -> None:
    mine = {PREMIUM: 1_000, PLAIN: 1_000, BucketId("10001", HOUR - 1): 1_000, BucketId("10001", HOUR - 2): 1_000}
    totals = scoring.sum_holdings([mine, {PREMIUM: 3_000}])
    assert totals[PREMIUM] == 4_000
    found = scoring.worth(mine, totals, hour=HOUR, premium_weight=4.0)
    assert found == pytest.approx(4.0 * 1_000 * 0.25 + 0.3 * 1_000 + 0.3 * 0.75 * 1_000)


def test_credibility_starts_at_nothing_and_is_earned_slowly() -> None:
    earned = [0.0]
    for _ in range(14):
        earned.append(scoring.next_credibility(earned[-1], 1.0))
    assert earned[1:4] == pytest.approx([0.15, 0.2775, 0.385875])
    assert earned[-1] == pytest.approx(0.9, abs=0.01)
    assert scoring.next_credibility(0.9, 0.0) == pytest.approx(0.765)
    assert scoring.score(1_000, 0.25) == pytest.approx(1_000 * 0.25**2.5)


def test_memory_survives_a_restart_and_forgets_who_left(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory.json")
    memory.note_index("5A", {PREMIUM: 10})
    memory.note_result("5A", 1.0)
    memory.note_score("5A", 3.5)
    memory.note_result("5B", 1.0)
    memory.save()
    again = Memory(tmp_path / "memory.json")
    assert again.miners == memory.miners
    assert again.of("5A").holdings == {PREMIUM: 10}
    again.forget_all_but({"5A"})
    assert set(again.miners) == {"5A"}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"5A": 3}', '{"5A": {"credibility": "x"}}'])
def test_memory_that_cannot_be_read_starts_anew(tmp_path: Path, text: str) -> None:
    path = tmp_path / "memory.json"
    path.write_text(text)
    assert Memory(path).miners == {}
