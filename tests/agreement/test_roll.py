"""Who is who: by keys and by the chain, and where nobody has looked at it by the neurons' own word."""

from __future__ import annotations

import pytest

from netctl.roll import roll_of
from netctl.store.histories import Heard, Seat

pytestmark = pytest.mark.fast


def said(neuron: str, time: float, *, uid: int | None = None, hotkey: str | None = None) -> Heard:
    return Heard(neuron, "own_uid" if uid is not None else "serving", time, uid, hotkey, {})


def test_a_hotkey_has_the_name_of_the_log_that_says_it_is_its_own_unless_the_fleet_knows_better() -> None:
    servings = [said("old_1", 5, hotkey="5A"), said("old_2", 6, hotkey="5B"), said("old_2", 9, hotkey="5C")]
    roll = roll_of({"5A": "miner_1"}, (), (), servings)
    assert [roll.called(uid=None, hotkey=key, time=0) for key in ("5A", "5B", "5C")] == ["miner_1", "old_2", "5C…"]


def test_a_uid_that_nobody_has_looked_at_is_whose_it_said_to_be_also_before_it_said_so() -> None:
    roll = roll_of({}, (), [said("old_1", 10, uid=3), said("old_2", 20, uid=3)])
    assert [roll.called(uid=3, hotkey=None, time=time) for time in (1, 15, 25)] == ["old_1", "old_1", "old_2"]
    assert roll.called(uid=4, hotkey=None, time=1) == "uid 4"
    assert roll.called(uid=3, hotkey="5A", time=1) == "old_1"


def test_what_the_chain_shows_counts_before_any_word() -> None:
    roll = roll_of({"5A": "miner_1"}, [Seat(3, 5, "5A"), Seat(4, 5, "5Stranger")], [said("old_1", 10, uid=3)])
    assert roll.called(uid=3, hotkey=None, time=15) == "miner_1"
    assert roll.called(uid=4, hotkey=None, time=15) == "5Strange…"
