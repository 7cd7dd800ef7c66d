"""A fleet of three miners over six zipcodes, counted by hand."""

from __future__ import annotations

import pytest

from netctl.coverage.coverage import Coverage, coverage_of
from netctl.coverage.held import Held, Label, Reading, held_of
from netctl.coverage.validated import Asked, Validated
from tests.coverage.made import HELD, holding, universe

pytestmark = pytest.mark.fast


def three() -> Coverage:
    return coverage_of(
        universe(),
        [
            holding("a", {"77494": 30, "08701": 10}),
            holding("b", {"77494": 10, "10001": 10}),
            holding("c", {"unknown": 7, "00000": 1}),
        ],
        {},
    )


def test_each_miner_is_counted_per_tier_region_and_state() -> None:
    first = three().miners[0]
    assert (len(first.zipcodes), first.entities, first.bytes) == (2, 40, 400)
    assert [(part.name, part.held, part.zipcodes) for part in first.tiers] == [
        ("t1", 2, 2),
        ("t2", 0, 2),
        ("t3", 0, 2),
    ]
    assert {part.name: part.held for part in first.regions} == {"Northeast": 1, "Midwest": 0, "South": 1, "West": 0}
    assert {part.name: part.entities for part in first.states if part.held} == {"NJ": 10, "TX": 30}


def test_labels_of_no_zipcode_of_the_list_are_told_and_count_nowhere() -> None:
    third = three().miners[2]
    assert (third.entities, dict(third.zipcodes)) == (0, {})
    assert [(label.label, label.entities) for label in third.others] == [("zip:unknown", 7), ("zip:00000", 1)]


def test_a_zipcode_without_its_zero_or_prefix_is_another_label() -> None:
    reading = Reading((Label("zip:8701", 1), Label("08701", 1), Label("zip:08701", 1), Label("", 1)))
    held = held_of("a", "", reading, HELD, universe())
    assert list(held.zipcodes) == ["08701"]
    assert {label.label for label in held.others} == {"zip:8701", "08701", ""}


def test_all_together_hold_the_union_and_the_sum() -> None:
    together = three().together
    assert {z: label.entities for z, label in together.zipcodes.items()} == {"77494": 40, "08701": 10, "10001": 10}
    assert three().holders["77494"] == ("a", "b")


def test_gaps_are_what_nobody_holds_the_largest_first() -> None:
    assert [place.zipcode for place in three().gaps] == ["77449", "99501", "58501"]


def test_figures_by_hand() -> None:
    found = three()
    assert found.overlap == ((1.0, pytest.approx(1 / 3), 0.0), (pytest.approx(1 / 3), 1.0, 0.0), (0.0, 0.0, None))
    # Entities 0, 20, 40: differences sum up to 160; 160 / (2 * 3 * 60). Shares 1/3 and 2/3.
    assert (found.volume.gini, found.volume.hhi) == (pytest.approx(160 / 360), pytest.approx(5 / 9))
    # Zipcodes 2, 2, 0.
    assert (found.breadth.gini, found.breadth.hhi) == (pytest.approx(1 / 3), pytest.approx(0.5))
    # Over the six zipcodes: 0, 0, 0, 10, 10, 40; (2i - 7) x sums up to 10 + 30 + 200.
    assert (found.together.spread.gini, found.together.spread.hhi) == (pytest.approx(240 / 360), pytest.approx(0.5))


def test_a_miner_that_could_not_be_read_changes_nobody_elses_figures() -> None:
    broken = Held("d", "/d", problem="is torn")
    whole = coverage_of(universe(), [holding("a", {"77494": 1}), broken, holding("b", {"08701": 1})], {})
    assert [miner.name for miner in whole.readable] == ["a", "b"]
    assert (whole.whole, whole.volume.count, len(whole.overlap)) == (False, 2, 2)


def test_a_part_of_the_list_counts_only_that_part() -> None:
    held = [holding("a", {"77494": 30, "08701": 10, "unknown": 2})]
    part = coverage_of(universe().narrowed(states=["NJ"]), held, {})
    assert (part.miners[0].entities, [p.zipcode for p in part.gaps], part.miners[0].spread.count) == (10, [], 1)


def test_what_validators_asked_for_is_summed_up_and_narrowed_too() -> None:
    both = {
        "a": Validated(
            True, {"77494": Asked("77494", 2, 1, 0, ("v1",), 5.0), "08701": Asked("08701", 1, 0, 1, ("v1",), 7.0)}
        ),
        "b": Validated(True, {"77494": Asked("77494", 3, 0, 3, ("v2",), 9.0)}),
    }
    held = [holding("a", {"77494": 1}), holding("b", {"77494": 1}), holding("c", {})]
    whole = coverage_of(universe(), held, both).together.validated
    assert whole is not None
    assert whole.zipcodes["77494"] == Asked("77494", 5, 1, 3, ("v1", "v2"), 9.0)
    assert (whole.asked, whole.passed, whole.refused) == (2, 1, 2)
    part = coverage_of(universe().narrowed(states=["NJ"]), held, both)
    assert [None if m.validated is None else list(m.validated.zipcodes) for m in part.miners] == [["08701"], [], None]
    assert coverage_of(universe(), held, {}).together.validated is None
