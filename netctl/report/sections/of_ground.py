"""Coverage: what is held and validated where, and the map."""

from __future__ import annotations

from collections.abc import Iterable

from netctl.coverage.coverage import Coverage
from netctl.coverage.coverage import Part as Tier
from netctl.coverage.drawn import Drawing
from netctl.coverage.svg import svg_of
from netctl.report.facts import Facts
from netctl.report.page import Block, Cell, Part, Picture, Section, Table, Text
from netctl.report.sections.words import number, percent, right
from netctl.report.told import Unknown

MOST_GAPS = 20


def coverage_section(facts: Facts) -> Section:
    """What the miners hold, as of now."""
    coverage = facts.coverage
    if isinstance(coverage, Unknown):
        return Section("Coverage", (Part("", (Text(f"Not known: {coverage.why}.", "open"),)),))
    return Section(
        "Coverage",
        (
            Part("", (*_told(coverage), *_map(facts.drawing, coverage))),
            Part("By tier and region", (_parts(coverage),)),
            Part("What nobody holds", tuple(_gaps(coverage))),
        ),
        own_page=True,
    )


def _told(coverage: Coverage) -> Iterable[Block]:
    places, held = len(coverage.universe.places), len(coverage.together.zipcodes)
    unread = [f"{miner.name} ({miner.problem})" for miner in coverage.miners if miner.problem is not None]
    breadth, volume, hhi = map(number, (coverage.breadth.gini, coverage.volume.gini, coverage.volume.hhi))
    yield Text(
        f"{held:,} of {places:,} zipcodes ({percent(held / places if places else None)}) are held by somebody."
        f" How uneven the miners are (Gini, 0 to 1): {breadth} by zipcodes, {volume} by entities. Concentration of"
        f" entities over miners (HHI): {hhi}."
    )
    if unread:
        told = f"Not read, and so left out of all figures here: {', '.join(unread)}."
        yield Text(told, "open")


def _map(drawing: Drawing | None, coverage: Coverage) -> Iterable[Block]:
    if drawing is None:
        return
    svg = svg_of(drawing, "Coverage of the US")
    unplaced = f" {len(drawing.unplaced)} have no place on the map." if drawing.unplaced else ""
    gaps = len(coverage.gaps)
    yield Picture(svg.strip(), f"Rings are zipcodes that nobody holds ({gaps:,}); squares are premium ones.{unplaced}")


def _parts(coverage: Coverage) -> Table:
    whole = coverage.together
    validated, places = whole.validated, coverage.universe.places
    names = [("tier", part) for part in whole.tiers] + [("region", part) for part in whole.regions]
    rows = []
    for what, part in names:
        asked = None
        if validated is not None:
            known = [places[code] for code in validated.zipcodes if code in places]
            asked = sum((place.tier if what == "tier" else place.region) == part.name for place in known)
        rows.append(_row(what, part, asked))
    headers = ("", "zipcodes", "held", "share", "entities", "asked for by validators")
    return Table(headers, tuple(rows))


def _row(what: str, part: Tier, asked: int | None) -> tuple[Cell, ...]:
    return (
        Cell(f"{what} {part.name}"),
        right(f"{part.zipcodes:,}"),
        right(f"{part.held:,}"),
        right(percent(part.held / part.zipcodes if part.zipcodes else None)),
        right(f"{part.entities:,}"),
        right("-" if asked is None else f"{asked:,}"),
    )


def _gaps(coverage: Coverage) -> Iterable[Block]:
    if not coverage.gaps:
        yield Text("Every zipcode of the list is held by somebody.", "good")
        return
    if not coverage.whole:
        yield Text("As far as the databases could be read.", "open")
    shown = [f"{place.zipcode} {place.city}, {place.state}".strip(" ,") for place in coverage.gaps[:MOST_GAPS]]
    more = len(coverage.gaps) - len(shown)
    end = f", and {more:,} more: netctl coverage --gaps lists them" if more else ""
    yield Text(f"The largest first: {'; '.join(shown)}{end}.")
