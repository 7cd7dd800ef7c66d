"""What `netctl coverage` makes of a miner's database under a given pack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from netctl.cli.coverage_found import coverage_found
from netctl.coverage.coverage import Coverage
from netctl.errors import NetctlError
from netctl.layout import work_of
from tests.coverage.made import database
from tests.resi.bench import Bench
from tests.resi.fleet import copied_checkout

MORE = "90012,300,60629,zip,IL,IL,Chicago,,\n90013,1500,02118,zip,MA,MA,Boston,,\n"
"""One zipcode of the second tier and one of the third, which the checkout's list lacks."""


def covered(bench: Bench, pack: Path | None) -> str:
    """A line for each zipcode of the list, what the miner holds of it, and what its other labels are."""
    code = copied_checkout(bench.place / f"checkout{next(bench.numbers)}")
    with (code / "scraping/zillow/zipcodes.csv").open("a") as listed:
        listed.write(MORE)
    fleet = bench.changed("miner_1")
    fleet = replace(fleet, code=replace(fleet.code, path=code, pack=str(pack or "resi")))
    work_of(fleet, "miner_1").mkdir(parents=True)
    database(work_of(fleet, "miner_1") / "SqliteMinerStorage.sqlite", ["zip:08701", "zip:08701", "zip:unknown"])
    try:
        return "\n".join(_lines(coverage_found(fleet)))
    except NetctlError as error:
        return (
            f"refused: {error} {' '.join(f'{fault.field} {fault.message}' for fault in getattr(error, 'faults', ()))}"
        )


def _lines(coverage: Coverage) -> Iterator[str]:
    (miner,) = coverage.miners
    universe = coverage.universe
    others = [label.label for label in miner.others]
    yield f"premium weighs {universe.premium_weight}, the rest {universe.other_weight}; others {others}"
    for zipcode, place in universe.places.items():
        label = miner.zipcodes.get(zipcode)
        held = f"{label.entities} of {label.bytes} bytes, last {label.last_s}" if label is not None else "nothing"
        premium = "premium" if place.premium else "plain"
        yield f"{zipcode} in {place.city or '-'} {place.state or '-'}, {place.tier}, {premium}: {held}"
