"""The coverage as people read it: tables of miners, premium zipcodes, overlap, concentration, gaps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from pathlib import Path

from netctl.cli.fitting import fitted
from netctl.cli.output import Cell, show, show_json, show_table, terminal_width
from netctl.cli.wrapping import hanging
from netctl.coverage.coverage import Coverage, Part, Reach, Spread
from netctl.coverage.document import document
from netctl.coverage.drawn import Drawing
from netctl.coverage.universe import Place
from netctl.fleet import Fleet

TIED = "\u00a0"
"""A space at which no line is broken; shown as a space."""
MOST_NAMES = 6
MOST_PAIRS = 10
LIST = "the list"
NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of it is to be shown; without any of these, the tables."""

    gaps: bool = False
    as_map: bool = False
    svg: Path | None = None
    as_json: bool = False


def show_found(coverage: Coverage, fleet: Fleet, filters: Mapping[str, Sequence[str]], wanted: Wanted) -> None:
    """Show it as wanted: one JSON document, or the tables, the gaps, the map; a picture beside either."""
    title = title_of(coverage, fleet.name, filters)
    drawing = _drawing(coverage, title, wanted) if wanted.svg is not None or wanted.as_map else None
    if wanted.as_json:
        show_json({"fleet": fleet.name, "rehearsal": fleet.rehearsal, **document(coverage, filters)})
        return
    show(title)
    _show_problems(coverage)
    if wanted.as_map and drawing is not None:
        from netctl.cli.coverage_map import show_map

        show_map(drawing)
    if wanted.gaps:
        show_gaps(coverage)
    if not wanted.gaps and drawing is None:
        show_tables(coverage)


def _drawing(coverage: Coverage, title: str, wanted: Wanted) -> Drawing:
    from netctl.cli.coverage_map import drawn, write_svg

    drawing = drawn(coverage)
    if wanted.svg is not None:
        write_svg(drawing, title, wanted.svg)
    return drawing


def title_of(coverage: Coverage, name: str, filters: Mapping[str, Sequence[str]]) -> str:
    """One line: how many zipcodes of which list, and what was left out."""
    count, miners = len(coverage.universe.places), len(coverage.miners)
    told = [
        f"{what[:-1] if len(values) == 1 else what} {', '.join(values)}" for what, values in filters.items() if values
    ]
    only = f"; only {' and '.join(told)}" if told else ""
    nouns = f"{count} zipcode{'' if count == 1 else 's'}", f"{miners} miner{'' if miners == 1 else 's'}"
    return f"{name}: {nouns[0]} of {coverage.universe.source}, {nouns[1]}{only}"


def show_tables(coverage: Coverage) -> None:
    """All of it but the gaps one by one and the map."""
    _show_miners(coverage)
    show()
    _show_regions(coverage)
    show()
    _show_states(coverage)
    if coverage.universe.premium:
        show()
        _show_premium(coverage)
    if len(coverage.readable) > 1:
        show()
        _show_overlap(coverage)
    show()
    for head, text in _concentration(coverage):
        _show_wrapped(head, text)
    _show_wrapped(*_gap_line(coverage))
    for miner in coverage.miners:
        if miner.others:
            _show_wrapped(f"{miner.name}: ", _others_text(miner))


def _show_problems(coverage: Coverage) -> None:
    for miner in coverage.miners:
        if miner.problem is not None:
            _show_wrapped(f"{miner.name}: ", f"its database {miner.path} {miner.problem}".replace("  ", " "))


def _show_miners(coverage: Coverage) -> None:
    tiers = coverage.universe.tiers
    headers = ("miner", "zipcodes", "entities", "size", *tiers, *(["premium"] if coverage.universe.premium else []))
    rows = [[*_miner_cells(miner, coverage), Cell(_asked_text(miner))] for miner in _rows(coverage)]
    totals = [str(part.zipcodes) for part in coverage.together.tiers]
    premium = [str(len(coverage.universe.premium))] if coverage.universe.premium else []
    whole = [LIST, str(len(coverage.universe.places)), "", "", *totals, *premium, ""]
    rows.append([Cell(text, "dim") for text in whole])
    show_table(*fitted((*headers, "validated"), rows, shorten={"miner": 12}, drop=("size",)))


def _rows(coverage: Coverage) -> list[Reach]:
    return [*coverage.miners, *([coverage.together] if len(coverage.readable) > 1 else [])]


def _miner_cells(miner: Reach, coverage: Coverage) -> list[Cell]:
    premium = coverage.universe.premium
    if miner.problem is not None:
        blank = [Cell("-")] * (3 + len(coverage.universe.tiers) + bool(premium))
        return [Cell(miner.name, "bold red"), *blank]
    held = [str(part.held) for part in miner.tiers]
    cells = [str(len(miner.zipcodes)), str(miner.entities), volume_text(miner.bytes), *held]
    if premium:
        cells.append(str(sum(zipcode in miner.zipcodes for zipcode in premium)))
    return [Cell(miner.name, "bold"), *map(Cell, cells)]


def _asked_text(miner: Reach) -> str:
    found = miner.validated
    if found is None:
        return NOT_KNOWN
    return f"{found.asked} asked" if found.passed is None else f"{found.passed} of {found.asked}"


def _show_regions(coverage: Coverage) -> None:
    headers = ["miner", *coverage.universe.regions, "states", "Gini", "HHI"]
    rows = []
    for miner in _rows(coverage):
        if miner.problem is None:
            counts = [str(part.held) for part in miner.regions]
            states = str(sum(part.held > 0 for part in miner.states))
            figures = (figure_text(miner.spread.gini), figure_text(miner.spread.hhi))
            rows.append([Cell(miner.name, "bold"), *(Cell(text) for text in (*counts, states, *figures))])
    totals = [str(part.zipcodes) for part in coverage.together.regions]
    rows.append([Cell(t, "dim") for t in [LIST, *totals, str(len(coverage.universe.states)), "", ""]])
    show_table(*fitted(headers, rows, shorten={"miner": 12}))


def _show_states(coverage: Coverage) -> None:
    """A column for each miner where that has room, else all together only."""
    miners = coverage.readable if len(coverage.readable) > 1 else ()
    needed = 22 + sum(max(len(miner.name), 4) + 2 for miner in miners)
    if len(coverage.universe.states) > 12 or needed > min(terminal_width(), 200):
        _show_wrapped("states: ", _states_text(coverage.together.states))
        return
    headers = ["state", "zipcodes", "all", *(miner.name for miner in miners)]
    columns = [coverage.together, *miners]
    rows = [
        [Cell(part.name or "-", "bold"), Cell(str(part.zipcodes)), *(Cell(str(one.states[at].held)) for one in columns)]
        for at, part in enumerate(coverage.together.states)
    ]
    show_table(headers, rows)


def _states_text(parts: Sequence[Part]) -> str:
    held = [f"{part.name or '-'}{TIED}{part.held}/{part.zipcodes}" for part in parts if part.held]
    none = [part.name or "-" for part in parts if not part.held]
    text = ", ".join(held) or "none"
    return f"{text}; nothing in {', '.join(none)}" if none else text


def _show_premium(coverage: Coverage) -> None:
    weight = coverage.universe.premium_weight
    show(f"premium zipcodes{f', which weigh {weight:g}' if weight is not None else ''}, who holds them, with how much:")
    width = max((len(_where(coverage, zipcode)) for zipcode in coverage.universe.premium), default=0)
    for zipcode in coverage.universe.premium:
        names = coverage.holders.get(zipcode, ())
        by_name = {miner.name: miner for miner in coverage.miners}
        text = ", ".join(f"{name} {by_name[name].zipcodes[zipcode].entities}" for name in names[:MOST_NAMES])
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        _show_wrapped(f"  {zipcode}  {_where(coverage, zipcode):<{width}}  ", f"{text}{more}" if names else "nobody")


def _where(coverage: Coverage, zipcode: str) -> str:
    place = coverage.universe.places.get(zipcode)
    return "not in the list" if place is None else ", ".join(filter(None, (place.city, place.state)))


def _show_overlap(coverage: Coverage) -> None:
    miners = coverage.readable
    names = [miner.name for miner in miners]
    if max(map(len, names)) + sum(max(len(name), 4) + 2 for name in names) <= min(terminal_width(), 200):
        show("overlap of their zipcodes: what both hold over what either holds (Jaccard)")
        rows = [
            [Cell(name, "bold"), *(Cell(figure_text(figure)) for figure in row)]
            for name, row in zip(names, coverage.overlap, strict=True)
        ]
        show_table(["", *names], rows)
        return
    pairs = [(coverage.overlap[a][b] or 0.0, a, b) for a, b in combinations(range(len(names)), 2)]
    pairs.sort(key=lambda pair: (-pair[0], pair[1:]))
    show(f"the {min(MOST_PAIRS, len(pairs))} pairs that are most alike, of {len(pairs)} (Jaccard of their zipcodes):")
    for figure, a, b in pairs[:MOST_PAIRS]:
        show(f"  {figure_text(figure)}  {names[a]}, {names[b]}")


def _concentration(coverage: Coverage) -> Iterator[tuple[str, str]]:
    if len(coverage.readable) > 1:
        yield "entities over miners: ", _spread_text(coverage.volume, "miners")
        yield "zipcodes over miners: ", _spread_text(coverage.breadth, "miners")
    yield "entities over the list: ", _spread_text(coverage.together.spread, "zipcodes")


def _spread_text(spread: Spread, noun: str) -> str:
    if spread.gini is None or spread.hhi is None:
        return "there are none"
    return (
        f"Gini {figure_text(spread.gini)}, HHI {figure_text(spread.hhi)}, "
        f"as concentrated as on {1 / spread.hhi:.1f} equal {noun} of {spread.count}"
    )


def _gap_line(coverage: Coverage) -> tuple[str, str]:
    whole, gaps = len(coverage.universe.places), len(coverage.gaps)
    if not gaps:
        return "gaps: ", "none, somebody holds every zipcode"
    by_tier = ", ".join(f"{part.zipcodes - part.held} of {part.zipcodes} in {part.name}" for part in _tiers(coverage))
    return "gaps: ", f"nobody holds {gaps} of {whole} zipcodes{f': {by_tier}' if by_tier else ''}; --gaps names them"


def _tiers(coverage: Coverage) -> list[Part]:
    return [part for part in coverage.together.tiers if part.held < part.zipcodes]


def _others_text(miner: Reach) -> str:
    named = ", ".join(f"{label.label or 'no label'} {label.entities}" for label in miner.others[:MOST_NAMES])
    more = f" and {len(miner.others) - MOST_NAMES} more" if len(miner.others) > MOST_NAMES else ""
    count = sum(label.entities for label in miner.others)
    return f"{count} entities are of no zipcode of the list and count nowhere above: {named}{more}"


def _show_wrapped(head: str, text: str) -> None:
    for line in hanging(head, text, terminal_width()):
        show(line.replace(TIED, " "))


def show_gaps(coverage: Coverage) -> None:
    """What nobody holds, by tier and state; a premium zipcode has a star."""
    if not coverage.gaps:
        show("somebody holds every zipcode")
    order = {tier: number for number, tier in enumerate(coverage.universe.tiers)}
    parts = {part.name: part for part in coverage.together.tiers}
    gaps = sorted(coverage.gaps, key=lambda p: (order.get(p.tier, len(order)), p.state))
    for tier, of_tier in groupby(gaps, key=lambda place: place.tier):
        part = parts.get(tier)
        if part is not None:
            show(f"{tier}: nobody holds {part.zipcodes - part.held} of {part.zipcodes}")
        for state, of_state in groupby(of_tier, key=lambda place: place.state):
            places = list(of_state)
            _show_wrapped(f"  {state or '-':<2} {len(places):>3}  ", ", ".join(map(_gap_text, places)))


def _gap_text(place: Place) -> str:
    return f"{place.zipcode}{'*' if place.premium else ''} {place.city}".rstrip().replace(" ", TIED)


def figure_text(figure: float | None) -> str:
    """A share with two places, the same everywhere; what is not quite nothing or all does not look it."""
    if figure is None:
        return "-"
    if 0 < figure < 0.005:
        return "0.00+"
    return "1.00-" if 0.995 <= figure < 1 else f"{figure:.2f}"


def volume_text(size: int) -> str:
    """Bytes in units of a thousand, three digits at the most."""
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 999.5:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 99.5 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
