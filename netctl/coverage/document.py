"""A coverage as one JSON document: plain values, every name a person would use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from netctl.coverage.coverage import Coverage, Part, Reach, Spread
from netctl.coverage.universe import Place, Universe
from netctl.coverage.validated import Validated


def document(coverage: Coverage, filters: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Everything that is known, the gaps whole. `filters` is told as it is."""
    universe = coverage.universe
    return {
        "ok": coverage.whole,
        "universe": _universe(universe),
        "filters": {name: list(values) for name, values in filters.items()},
        "miners": [_miner(miner, universe) for miner in coverage.miners],
        "together": _reach(coverage.together, universe),
        "overlap": {
            "miners": [miner.name for miner in coverage.readable],
            "jaccard": [list(row) for row in coverage.overlap],
        },
        "concentration": {
            "entities_over_miners": _spread(coverage.volume),
            "zipcodes_over_miners": _spread(coverage.breadth),
            "entities_over_zipcodes": _spread(coverage.together.spread),
        },
        "gaps": [_place(place) for place in coverage.gaps],
    }


def _universe(universe: Universe) -> dict[str, Any]:
    places = universe.places.values()
    return {
        "source": universe.source,
        "zipcodes": len(universe.places),
        "tiers": {tier: sum(place.tier == tier for place in places) for tier in universe.tiers},
        "premium": list(universe.premium),
        "premium_weight": universe.premium_weight,
    }


def _miner(miner: Reach, universe: Universe) -> dict[str, Any]:
    return {"name": miner.name, "database": miner.path, "problem": miner.problem, **_reach(miner, universe)}


def _reach(reach: Reach, universe: Universe) -> dict[str, Any]:
    if reach.problem is not None:
        return {"zipcodes": None, "validated": _validated(reach.validated)}
    held = {z: {"entities": label.entities, "bytes": label.bytes} for z, label in sorted(reach.zipcodes.items())}
    return {
        "zipcodes": len(held),
        "entities": reach.entities,
        "bytes": reach.bytes,
        "newest_at": _utc(reach.last_s),
        "tiers": _parts(reach.tiers),
        "regions": _parts(reach.regions),
        "states": _parts(reach.states),
        "premium": {z: held[z]["entities"] if z in held else 0 for z in universe.premium},
        **_spread(reach.spread),
        "held": held,
        "others": [{"label": label.label, "entities": label.entities} for label in reach.others],
        "validated": _validated(reach.validated),
    }


def _validated(validated: Validated | None) -> dict[str, Any] | None:
    if validated is None:
        return None
    return {
        "asked": validated.asked,
        "passed": validated.passed,
        "refused": validated.refused,
        "zipcodes": {
            zipcode: {
                "asked": asked.asked,
                "passed": asked.passed if validated.tells_passed else None,
                "refused": asked.refused,
                "validators": list(asked.validators),
                "last_at": _utc(asked.last_s),
            }
            for zipcode, asked in sorted(validated.zipcodes.items())
        },
    }


def _parts(parts: Iterable[Part]) -> dict[str, Any]:
    return {
        part.name: {"zipcodes": part.zipcodes, "held": part.held, "entities": part.entities, "bytes": part.bytes}
        for part in parts
    }


def _spread(spread: Spread) -> dict[str, float | None]:
    return {"gini": spread.gini, "hhi": spread.hhi}


def _place(place: Place) -> dict[str, Any]:
    return {
        "zipcode": place.zipcode,
        "city": place.city,
        "state": place.state,
        "region": place.region,
        "tier": place.tier,
        "rank": place.rank,
        "premium": place.premium,
    }


def _utc(at: float | None) -> str | None:
    if at is None:
        return None
    try:
        return datetime.fromtimestamp(int(at), UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return None  # whatever the column counts, it is no time
