"""The map of the US: places where one knows them to be, in characters and as a picture."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import pytest

from netctl.adapters.positions import positions
from netctl.coverage.cells import MARKS, cells_of
from netctl.coverage.coverage import coverage_of
from netctl.coverage.drawn import Drawing, Spot, drawing_of
from netctl.coverage.projection import Point, Position, point_of
from netctl.coverage.svg import svg_of
from netctl.rehearsal.zipcodes import all_zipcodes
from tests.coverage.made import holding, universe

CITIES = {
    "Seattle": (47.61, -122.33, "WA"),
    "San Diego": (32.72, -117.16, "CA"),
    "Bangor": (44.80, -68.77, "ME"),
    "Miami": (25.76, -80.19, "FL"),
    "Wichita": (37.69, -97.34, "KS"),
    "Juneau": (58.30, -134.42, "AK"),
    "Adak": (51.88, -176.65, "AK"),
    "Attu": (52.90, 172.91, "AK"),
    "Honolulu": (21.31, -157.86, "HI"),
}


def at(city: str) -> Point:
    point = point_of(Position(*CITIES[city]))
    assert point is not None
    return point


def small() -> Drawing:
    held = [holding("a", {"77494": 1, "08701": 1}), holding("b", {"77494": 1, "58501": 1}), holding("c", {"77494": 1})]
    places = {
        "77494": Position(29.76, -95.81, "TX"),
        "77449": Position(29.84, -95.74, "TX"),
        "08701": Position(40.09, -74.20, "NJ"),
        "10001": Position(40.75, -73.99, "NY"),
        "58501": Position(46.80, -100.79, "ND"),
        **{city: Position(*place) for city, place in CITIES.items()},
    }
    return drawing_of(coverage_of(universe(), held, {}), places)


def _of_odd_names() -> Drawing:
    place = replace(universe().places["08701"], city="A & <B>", state='"C"', premium=False)
    return Drawing((), (Spot(Point(0.5, 0.5), place, ()),), (), 1)


@pytest.mark.fast
def test_cities_lie_where_they_should() -> None:
    assert at("Seattle").x < at("Wichita").x < at("Bangor").x
    assert at("Seattle").y < at("Wichita").y < at("Miami").y
    assert at("San Diego").x < at("Miami").x
    # The middle of the country is in the middle of it, a little left of the map's for the Aleutians.
    assert abs(at("Wichita").x - 0.51) < 0.03
    assert abs(at("Wichita").y - 0.53) < 0.03


@pytest.mark.fast
def test_alaska_and_hawaii_are_insets_below_the_southwest() -> None:
    for city in ("Juneau", "Adak", "Honolulu"):
        assert at(city).y > at("San Diego").y
        assert at(city).x < at("Wichita").x
    assert at("Adak").x < at("Juneau").x < at("Honolulu").x
    assert at("Attu").x < at("Adak").x, "the Aleutians go on beyond the 180th meridian"


@pytest.mark.fast
@pytest.mark.parametrize(
    "position", [Position(18.4, -66.1, "PR"), Position(13.4, 144.8, "GU"), Position(0.0, 0.0, "TX"), Position(9, 9, "")]
)
def test_what_is_on_no_part_of_the_map_is_left_out(position: Position) -> None:
    assert point_of(position) is None


@pytest.mark.fast
def test_equal_areas_stay_equal() -> None:
    """A degree of longitude at 49 north is cos 49 / cos 25 of one at 25 north, and the map's areas say so."""

    def area(latitude: float) -> float:
        corners = [
            point_of(Position(latitude + a, -100 + b, "KS")) for a, b in ((0, 0), (0, 0.1), (0.1, 0.1), (0.1, 0))
        ]
        xy = [(p.x, p.y) for p in corners if p is not None]
        return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(xy, xy[1:] + xy[:1], strict=True))) / 2

    assert area(48.95) / area(24.95) == pytest.approx(0.7239, rel=1e-3)  # cos 49 / cos 25


@pytest.mark.fast
def test_a_cell_tells_what_is_held_of_its_zipcodes(golden: Callable[[str, str], None]) -> None:
    rows = ["".join(MARKS[kind] for kind in row).rstrip() for row in cells_of(small(), 60)]
    golden("coverage-cells.txt", "\n".join(rows) + "\n")


@pytest.mark.fast
def test_a_place_at_the_very_edge_has_a_cell() -> None:
    edge = Spot(Point(1.0, 1.0), universe().places["08701"], ())
    assert cells_of(Drawing((), (edge,), (), 1), 10)[-1][-1] == "none"


@pytest.mark.fast
def test_the_picture_is_one_whole_document() -> None:
    text = svg_of(small(), 'a <fleet> & "more"')
    root = ET.fromstring(text)
    assert ET.fromstring(svg_of(_of_odd_names(), "x")).find(".//*[.='08701 A & <B>, \"C\" (t1): nobody']") is not None
    told = [node.text for node in root.iter("{http://www.w3.org/2000/svg}title")]
    assert told[0] == 'a <fleet> & "more"'
    assert "77494 Katy, TX (t1, premium): a, b, c" in told
    assert "77449 Katy, TX (t2): nobody" in told
    assert "href" not in text
    circles = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    looks = {node.attrib["fill"] for node in circles}
    assert {"#7fb8e6", "#0b3d73", "#ffffff"} <= looks


@pytest.mark.fast
def test_gaps_and_premium_zipcodes_lie_on_top_in_the_picture() -> None:
    text = svg_of(small(), "x")
    order = [text.index(f"<title>{code} ") for code in ("58501", "10001", "77449", "08701", "77494")]
    assert order == sorted(order), "held, gaps, premium; each from the smallest to the largest"


@pytest.mark.fast
def test_a_zipcode_whose_place_nobody_knows_is_told() -> None:
    assert [place.zipcode for place in small().unplaced] == ["99501"]


@pytest.mark.slow
def test_every_zipcode_of_the_rehearsal_has_a_place_on_the_map_in_its_own_state() -> None:
    known = positions()
    listed = all_zipcodes()
    assert [z for z in listed if z not in known or point_of(known[z]) is None] == []
    assert [z for z, one in listed.items() if known[z].state != one.state] == []
    assert known["08701"].state == "NJ"
    assert len(known) > 40_000
