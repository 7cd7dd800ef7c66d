"""Values over time: kept short, and drawn as blocks."""

from __future__ import annotations

import pytest

from netctl.live.tracks import BLOCKS, MOST, Track, blocks, slotted

pytestmark = pytest.mark.fast


def test_a_slot_has_the_mean_of_its_points_and_an_empty_one_what_held_before() -> None:
    points = [(5.0, 9.0), (10.0, 1.0), (12.0, 3.0), (31.0, 4.0), (40.0, 6.0), (99.0, 7.0)]
    assert slotted(points, 3, 10, 40) == (2.0, 2.0, 5.0)
    assert slotted(points[1:], 4, 0, 40) == (None, 2.0, 2.0, 5.0)
    assert slotted([(5.0, 9.0)], 2, 10, 40) == (9.0, 9.0), "what held when it began holds on"
    assert slotted([], 2, 10, 40) == (None, None)


def test_blocks_rise_from_nothing_to_the_highest_of_their_own() -> None:
    points = [(float(at), at / 7) for at in range(8)]
    assert blocks(points, 8, 0, 7.99) == BLOCKS
    assert blocks([(1.0, 2.26e-38)], 2, 0, 2) == " █"
    assert blocks([(1.0, 0.0)], 2, 0, 2) == " ▁"
    assert blocks([(0.0, -1.0), (1.5, 1.0)], 2, 0, 2) == "▁█"
    assert blocks([(5.0, 1.0)], 3, 5, 5) == "█  ".replace(" ", "█"), "a stretch of no length is no fault"


def test_a_track_stays_short_and_keeps_its_first_and_last() -> None:
    track = Track()
    for at in range(10 * MOST):
        track.add(at, at)
        assert len(track.points) < 2 * MOST
    assert len(track.points) >= MOST
    assert (track.points[-1], track.points[0][0] < 20) == ((10 * MOST - 1, 10 * MOST - 1), True)
    times = [time for time, _ in track.points]
    assert times == sorted(times)


def test_a_point_that_comes_late_has_its_place_and_what_held_is_not_forgotten() -> None:
    track = Track()
    for at in (3, 1, 2):
        track.add(at, at * 10)
    assert track.points == [(1, 10), (2, 20), (3, 30)]
    track.forget(2.5)
    assert track.points == [(2, 20), (3, 30)]
    track.forget(99)
    assert track.points == [(3, 30)]
