"""The made-up market: the same for everybody, checkable, and changing slowly."""

from __future__ import annotations

import itertools
import json

import pytest

from netctl.rehearsal.scoring import PREMIUM_ZIPCODES
from netctl.rehearsal.world import PAGE_SIZE, TICKS_PER_HOUR, World, zpid_of

pytestmark = pytest.mark.fast
HOUR = 488_193
TICK = HOUR * TICKS_PER_HOUR


def test_everybody_sees_the_same_market() -> None:
    assert World(1).page("77494", TICK) == World(1).page("77494", TICK)
    assert World(1).page("77494", TICK) != World(2).page("77494", TICK)


def test_what_a_page_shows_can_be_looked_up_by_its_uri() -> None:
    world = World(1)
    for zipcode in ("77494", "59301", "10001"):
        for listing in world.page(zipcode, TICK):
            assert world.find(listing.uri, HOUR) == listing


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "77494",
        "https://homes.example/77494/9999-1",
        "https://homes.example/77494/1-x",
        "https://homes.example/33101/1-1",
        "https://homes.example/77494/²-1",
        "https://homes.example/77494/1-²",
        "https://homes.example/77494/1-1-1",
    ],
)
def test_what_is_not_on_the_market_is_not_found(uri: str) -> None:
    assert World(1).find(uri, HOUR) is None


def test_a_home_is_sold_within_a_day() -> None:
    world = World(1)
    listing = world.page("77494", TICK)[0]
    assert listing.listed_hour <= HOUR
    assert world.find(listing.uri, listing.listed_hour) == listing
    assert world.find(listing.uri, listing.listed_hour - 1) is None
    assert world.find(listing.uri, HOUR + 17) is None


def test_no_two_homes_have_one_address() -> None:
    world = World(1)
    for tick in range(TICK, TICK + 5_000, 400):
        for zipcode in PREMIUM_ZIPCODES:
            homes = [json.loads(listing.content)["address"] for listing in world.page(zipcode, tick)]
            assert len(set(homes)) == len(homes)


def test_a_page_is_full_where_many_live_and_short_where_few_do() -> None:
    world = World(1)
    assert {len(world.page(code, TICK)) for code in PREMIUM_ZIPCODES} == {PAGE_SIZE}
    assert 0 < len(world.page("59301", TICK)) < 10
    assert world.page("33101", TICK) == []


def test_the_zipcodes_span_all_states_and_tiers_and_hold_the_premium_ten() -> None:
    places = World(1).zipcodes
    assert len(PREMIUM_ZIPCODES) == 10
    assert set(places) >= PREMIUM_ZIPCODES
    assert len({place.state for place in places.values()}) == 51
    assert {place.tier for place in places.values()} == {1, 2, 3, 4}
    assert {place.region for place in places.values()} == {"northeast", "south", "midwest", "west"}
    assert all(len(code) == 5 and code.isdigit() for code in places)


def test_a_market_that_moves_has_something_new_in_most_five_minutes() -> None:
    world = World(1)
    pages = [{listing.uri for listing in world.page("77494", TICK + number)} for number in range(13)]
    assert sum(bool(later - earlier) for earlier, later in itertools.pairwise(pages)) >= 3
    assert zpid_of("https://homes.example/77494/7-421") == "774947421"
