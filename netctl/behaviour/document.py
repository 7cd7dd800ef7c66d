"""Miners' behaviour as one JSON document."""

from __future__ import annotations

from typing import Any

from netctl.behaviour.changes import shares
from netctl.behaviour.slices import Slice
from netctl.behaviour.strategies import Course, Moved, Strategies
from netctl.durations import utc_text


def document(found: Strategies) -> dict[str, Any]:
    """Everything that is known; shares, quality and incentives are 0 to 1, durations seconds of this clock."""
    window, first = found.slicing.window, found.first
    return {
        "since": utc_text(window.since),
        "until": utc_text(window.until),
        "slice_s": found.slicing.length_s,
        "premium": {"zipcodes": list(found.kinds.premium), "share_of_list": found.kinds.share},
        "first_to_find_premium": None if first is None else first.miner,
        "apart": [
            {"by": p.by, "early": p.early, "late": p.late, "by_chance": p.chance, "parted": p.parted}
            for p in found.partings
        ],
        "miners": [_course(course) for course in found.courses],
    }


def _course(course: Course) -> dict[str, Any]:
    found = course.discovery
    return {
        "name": course.miner,
        "first_premium": {
            "zipcode": found.zipcode,
            "at": utc_text(found.time),
            "block": found.block,
            "after_s": found.after_s,
            "found": found.found,
        },
        "premium_share": {"early": found.early, "late": found.late, "by_chance": found.chance},
        "incentive": {"early": found.incentive[0], "late": found.incentive[1]},
        "sent": dict(course.sent),
        "held": dict(course.held),
        "changes": [_moved(moved) for moved in course.changes],
        "slices": [_slice(one) for one in course.slices],
    }


def _moved(moved: Moved) -> dict[str, Any]:
    change = moved.change
    return {
        "what": change.what,
        "at": utc_text(change.time),
        "block": moved.block,
        "before": change.before,
        "after": change.after,
        "moved": change.moved,
        "incentive": {"before": change.incentive[0], "after": change.incentive[1]},
    }


def _slice(one: Slice) -> dict[str, Any]:
    return {
        "at": utc_text(one.begin_s),
        "kinds": shares(one.kinds),
        "regions": shares(one.regions),
        "looks": one.looks,
        "zipcodes": one.zipcodes,
        "rounds": one.rounds,
        "every_s": one.every_s,
        "brought": one.brought,
        "sent": one.sent,
        "quality": one.quality,
        "incentive": one.incentive,
    }
