"""Where the zipcodes of the US are, from the package `zipcodes`, which brings its table along: nothing is asked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from netctl.coverage.projection import Position


@cache
def positions() -> Mapping[str, Position]:
    """Every zipcode that there is; the first time takes about half a second and 150 MB."""
    import zipcodes

    found = {}
    for row in zipcodes.list_all():  # type: ignore[no-untyped-call]
        try:
            found[row["zip_code"]] = Position(float(row["lat"]), float(row["long"]), row["state"])
        except (TypeError, ValueError):
            continue  # it has no place
    return found
