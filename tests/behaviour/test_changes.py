"""The rule for changes: four slices against the four before, noise and chance left out."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from netctl.behaviour.changes import Change, apart, by_chance, changes_of, surprise_of
from netctl.behaviour.slices import Slice, slices_for


def slices(
    *,
    rounds: Sequence[int] | None = None,
    brought: Sequence[float] | None = None,
    good: Sequence[int] | None = None,
    kinds: Sequence[dict[str, int]] | None = None,
    incentives: Sequence[float | None] | None = None,
    sent: Sequence[float] | None = None,
) -> list[Slice]:
    """Slices of a minute, each like the others but for what is given; ten samples each where `good` says how many."""
    count = len(next(each for each in (rounds, brought, good, kinds, sent) if each is not None))
    return [
        Slice(
            begin_s=60.0 * at,
            kinds=Counter(kinds[at] if kinds else {"t4": 30}),
            regions=Counter(),
            zipcodes=3,
            rounds=rounds[at] if rounds else 10,
            brought=brought[at] if brought else 100.0,
            sent=sent[at] if sent else None,
            every_s=6.0,
            good=good[at] if good else 0,
            bad=10 - good[at] if good and good[at] >= 0 else 0,
            incentive=incentives[at] if incentives else None,
        )
        for at in range(count)
    ]


def told(changes: Sequence[Change]) -> list[tuple[str, float]]:
    return [(change.what, change.time) for change in changes]


def test_a_step_is_found_where_it_is_with_its_figures_and_pay() -> None:
    (change,) = changes_of(slices(rounds=[10, 11, 10, 9, 10, 5, 5, 4, 5, 5], incentives=[0.3] * 5 + [0.1] * 5))
    assert (change.what, change.time) == ("cadence", 300.0)
    assert (change.before, change.after) == (pytest.approx(10.0), pytest.approx(4.75))
    assert change.moved == pytest.approx(-0.525)
    assert change.incentive == (pytest.approx(0.3), pytest.approx(0.1))


def test_one_that_stops_is_found_and_so_is_one_that_stops_uploading() -> None:
    assert told(changes_of(slices(brought=[100.0] * 6 + [0.0] * 6))) == [("volume", 360.0)]
    assert told(changes_of(slices(sent=[40.0] * 6 + [0.0] * 6))) == [("uploads", 360.0)]


def test_quality_that_falls_is_found_though_slices_without_samples_lie_between() -> None:
    (change,) = changes_of(slices(good=[10, 9, 10, 10, 10, 4, 3, 4, 4, 4]))
    assert (change.what, change.time, change.after) == ("quality", 300.0, pytest.approx(0.375))


def test_what_moves_by_less_than_a_quarter_or_than_its_own_noise_is_no_change() -> None:
    assert changes_of(slices(brought=[100.0] * 6 + [128.0] * 6)) == ()
    assert changes_of(slices(brought=[50, 150, 60, 140, 50, 150, 90, 210, 100, 190, 90, 200])) == ()


def test_two_changes_that_are_a_side_apart_are_two_and_closer_ones_are_one() -> None:
    assert told(changes_of(slices(rounds=[10] * 4 + [20] * 4 + [40] * 4))) == [("cadence", 240.0), ("cadence", 480.0)]
    assert len(changes_of(slices(rounds=[10] * 5 + [20] * 2 + [40] * 5))) == 1


def test_three_slices_on_a_side_are_needed() -> None:
    assert changes_of(slices(rounds=[10] * 2 + [20] * 8)) == ()
    assert told(changes_of(slices(rounds=[10] * 3 + [20] * 8))) == [("cadence", 180.0)]


def test_a_mix_that_moves_is_told_with_its_shares() -> None:
    kinds = [{"t4": 27, "premium": 3}] * 5 + [{"t4": 15, "premium": 15}] * 5
    (change,) = changes_of(slices(kinds=kinds))
    assert (change.what, change.time, change.moved) == ("mix", 300.0, pytest.approx(0.4))
    assert change.before == {"t4": pytest.approx(0.9), "premium": pytest.approx(0.1)}
    assert change.after == {"t4": pytest.approx(0.5), "premium": pytest.approx(0.5)}


@pytest.mark.slow
@pytest.mark.parametrize("looks", [3, 30])
def test_chance_alone_changes_no_mix(looks: int) -> None:
    """A hundred miners that draw from one mix all along."""
    chance = random.Random(7)
    found = 0
    for _ in range(100):
        kinds = [dict(Counter(chance.choices(["premium", "t1", "t4"], [4, 20, 76], k=looks))) for _ in range(24)]
        found += len(changes_of(slices(kinds=kinds)))
    assert found <= 2


@pytest.mark.slow
def test_noise_alone_is_seldom_a_change() -> None:
    chance = random.Random(1)
    found = [changes_of(slices(brought=[max(0.0, chance.gauss(100, 25)) for _ in range(24)])) for _ in range(100)]
    assert sum(map(len, found)) <= 4


def test_surprise_is_the_deviate_of_chi_square() -> None:
    """Of 30 and 10 against 10 and 30, chi-square is 20 with one degree of freedom, once in 130,000 times: 4.3."""
    assert surprise_of(Counter(a=30, b=10), Counter(a=10, b=30)) == pytest.approx(
        (20 ** (1 / 3) - 7 / 9) / (2 / 9) ** 0.5
    )
    assert surprise_of(Counter(a=30, b=10), Counter(a=30, b=10)) < 0
    assert surprise_of(Counter(a=30), Counter(a=10)) == 0.0


def test_mixes_lie_apart_by_what_would_have_to_move() -> None:
    assert apart(Counter(a=1, b=1), Counter(a=30)) == pytest.approx(0.5)
    assert apart(Counter(a=1), Counter(b=5)) == pytest.approx(1.0)
    assert apart(Counter(a=2, b=2), Counter(a=9, b=9)) == pytest.approx(0.0)


def test_what_chance_moves_is_what_it_does_move() -> None:
    """The mean of a thousand pairs of draws, against the figure that is reckoned."""
    chance = random.Random(3)
    draws = [Counter(chance.choices("abc", [5, 3, 2], k=60)) for _ in range(2000)]
    pairs = list(zip(draws[::2], draws[1::2], strict=True))
    seen = sum(apart(one, other) for one, other in pairs) / len(pairs)
    assert by_chance(Counter(a=30, b=18, c=12), Counter(a=30, b=18, c=12)) == pytest.approx(seen, rel=0.05)


@pytest.mark.parametrize(("rounds", "count"), [(0, 8), (20, 8), (36, 12), (71, 23), (5000, 24)])
def test_slices_hold_three_rounds_or_more(rounds: int, count: int) -> None:
    assert slices_for(rounds) == count
