"""The subnet's list of zipcodes: tiers, regions, and zeros that stay."""

from __future__ import annotations

from collections import Counter

import pytest

from netctl import packs
from netctl.coverage.regions import REGIONS, region_of
from netctl.coverage.universe import NO_TIER, universe_of
from netctl.pack_model import Tier, ZipcodeList
from netctl.packs import PACKAGE
from netctl.rehearsal.zipcodes import REGION_BY_STATE, all_zipcodes
from netctl.render.strategies import zipcode_rows
from tests.coverage.made import LISTED, ROWS, universe

pytestmark = pytest.mark.fast


def test_a_zipcode_keeps_its_leading_zero_and_is_of_one_tier() -> None:
    place = universe().places["08701"]
    assert (place.zipcode, place.state, place.region, place.tier, place.premium) == (
        "08701",
        "NJ",
        "Northeast",
        "t1",
        True,
    )
    assert "8701" not in universe().places


def test_the_first_rank_comes_first_and_a_population_the_other_way_round() -> None:
    assert list(universe().places) == ["77494", "08701", "77449", "10001", "99501", "58501"]
    largest = universe_of(LISTED.model_copy(update={"largest_first": True}), ROWS)
    assert list(largest.places) == list(universe().places)[::-1]


@pytest.mark.parametrize("rank", ["", "1.5", "-3", "²", None])
def test_a_rank_that_is_no_number_makes_no_tier(rank: str | None) -> None:
    found = universe_of(LISTED, [*ROWS, {"zip": "00501", "rank": rank, "city": "", "state": ""}])  # type: ignore[dict-item]
    place = found.places["00501"]
    assert (place.tier, place.rank, place.region) == (NO_TIER, None, "elsewhere")
    assert found.tiers == ("t1", "t2", "t3", NO_TIER)
    assert list(found.places)[-1] == "00501"


def test_the_first_tier_that_takes_a_rank_has_it() -> None:
    spec = ZipcodeList(
        path="z.csv",
        zipcode="zip",
        rank="rank",
        tiers=(Tier(name="a", first_rank=2, last_rank=3), Tier(name="b", last_rank=4)),
    )
    tiers = {place.rank: place.tier for place in universe_of(spec, ROWS).places.values()}
    assert tiers == {1: "b", 2: "a", 3: "a", 4: "b", 5: NO_TIER, 6: NO_TIER}


def test_of_a_zipcode_that_is_listed_twice_the_first_counts() -> None:
    found = universe_of(LISTED, [*ROWS, {**ROWS[2], "rank": "6"}, {"zip": "", "rank": "1"}])
    assert (len(found.places), found.places["08701"].rank) == (6, 2)


def test_a_part_of_it_keeps_the_tiers_and_premium_zipcodes_of_that_part() -> None:
    part = universe().narrowed(tiers=["t1"], states=["NJ", "NY"])
    assert (list(part.places), part.tiers, part.premium) == (["08701"], ("t1",), ("08701",))
    assert universe().narrowed().premium == ("08701", "77494", "99999")


def test_the_four_regions_are_the_census_bureaus() -> None:
    """9, 12, 17 with DC, and 13 states, as the Bureau counts them; the stand-ins know the same."""
    states = {place.state for place in _rehearsal().places.values()}
    assert [Counter(map(region_of, states))[region] for region in REGIONS] == [9, 12, 17, 13]
    assert all(region_of(state).lower() == region for state, region in REGION_BY_STATE.items())


def test_the_rehearsals_tiers_are_those_that_its_validator_pays_by() -> None:
    found = _rehearsal()
    assert {z: place.tier for z, place in found.places.items()} == {
        z: f"t{one.tier}" for z, one in all_zipcodes().items()
    }
    assert next(iter(found.places)) == "08701"


def _rehearsal():  # type: ignore[no-untyped-def]
    spec = packs.load("rehearsal").spec.zipcodes
    assert spec is not None
    rows = zipcode_rows(spec, (PACKAGE / spec.path).read_bytes())
    assert rows is not None
    return universe_of(spec, rows)
