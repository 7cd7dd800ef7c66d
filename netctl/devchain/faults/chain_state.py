"""Faults that are states of the chain: written in a block of their own, undone in another.

What is needed to undo one is kept in the state beside it, so that it can be cleared after a restart or on a snapshot.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from netctl.devchain.faults.fault import BadFault, Fault
from netctl.devchain.pallets.subtensor import items, ownership, pool
from netctl.devchain.storage import Frame, View

PREFIX = b":devchain:fault:"
Saved = dict[str, int]
MOST = (1 << 64) - 1
"""What prices and reserves can be, in rao."""


def _full(frame: Frame, netuid: int, _: float) -> Saved:
    slots = items.MAX_ALLOWED_UIDS.get(frame, netuid)
    items.MAX_ALLOWED_UIDS.put(frame, items.SUBNETWORK_N.get(frame, netuid), netuid)
    return {"slots": slots}


def _not_full(frame: Frame, netuid: int, saved: Saved) -> None:
    items.MAX_ALLOWED_UIDS.put(frame, max(saved["slots"], items.SUBNETWORK_N.get(frame, netuid)), netuid)


def _closed(frame: Frame, netuid: int, _: float) -> Saved:
    ways = (items.REGISTRATION_ALLOWED, items.POW_REGISTRATION_ALLOWED)
    saved = {item.name: int(bool(item.get(frame, netuid))) for item in ways}
    for item in ways:
        item.put(frame, False, netuid)
    return saved


def _open(frame: Frame, netuid: int, saved: Saved) -> None:
    for item in (items.REGISTRATION_ALLOWED, items.POW_REGISTRATION_ALLOWED):
        item.put(frame, bool(saved[item.name]), netuid)


def _dear(frame: Frame, netuid: int, factor: float) -> Saved:
    before = int(items.BURN.get(frame, netuid))
    raised = min(int(before * factor), MOST)
    saved = {"before": before, "raised": raised}
    for item, is_outside in (
        (items.MAX_BURN, raised > items.MAX_BURN.get(frame, netuid)),
        (items.MIN_BURN, raised < items.MIN_BURN.get(frame, netuid)),
    ):
        if is_outside:
            saved[item.name] = int(item.get(frame, netuid))
            item.put(frame, raised, netuid)
    items.BURN.put(frame, raised, netuid)
    return saved


def _cheap(frame: Frame, netuid: int, saved: Saved) -> None:
    """What the price has done since stays: it is scaled back, not set back."""
    for item in (items.MAX_BURN, items.MIN_BURN):
        if item.name in saved:
            item.put(frame, saved[item.name], netuid)
    scaled = int(items.BURN.get(frame, netuid)) * saved["before"] // max(1, saved["raised"])
    low, high = int(items.MIN_BURN.get(frame, netuid)), int(items.MAX_BURN.get(frame, netuid))
    items.BURN.put(frame, min(max(scaled, low), high), netuid)


def _dear_alpha(frame: Frame, netuid: int, factor: float) -> Saved:
    reserve = int(items.SUBNET_ALPHA_IN.get(frame, netuid))
    left = min(max(1, int(reserve / factor)), MOST)
    items.SUBNET_ALPHA_IN.put(frame, left, netuid)
    pool.note_price(frame, netuid, *pool.reserves(frame, netuid))
    return {"taken": reserve - left}


def _cheap_alpha(frame: Frame, netuid: int, saved: Saved) -> None:
    reserve = int(items.SUBNET_ALPHA_IN.get(frame, netuid))
    items.SUBNET_ALPHA_IN.put(frame, min(max(1, reserve + saved["taken"]), MOST), netuid)
    pool.note_price(frame, netuid, *pool.reserves(frame, netuid))


_DO: dict[str, tuple[Callable[[Frame, int, float], Saved], Callable[[Frame, int, Saved], None]]] = {
    "full-subnet": (_full, _not_full),
    "registration-closed": (_closed, _open),
    "price-jump": (_dear, _cheap),
    "alpha-jump": (_dear_alpha, _cheap_alpha),
}


def check(view: View, fault: Fault) -> None:
    """BadFault where there is no such subnet, or where it has that fault already: two could not be told apart."""
    netuid = fault.options["netuid"]
    if not items.NETWORKS_ADDED.get(view, netuid):
        there = ", ".join(str(each) for each in ownership.netuids(view))
        hint = f"say which with --netuid: there are {there}" if there != "0" else "make one first: btcli subnets create"
        raise BadFault(f"{fault.kind}: there is no subnet {netuid}", hint=hint)
    if any(each["kind"] == fault.kind and each["netuid"] == netuid for each in records(view)):
        raise BadFault(f"{fault.kind}: subnet {netuid} has it already", hint="end it first: netctl chain fault clear")


def begin(frame: Frame, fault: Fault) -> None:
    """Make it so, and note how to undo it."""
    saved = _DO[fault.kind][0](frame, fault.options["netuid"], float(fault.options.get("factor", 1)))
    record = {"id": fault.id, "kind": fault.kind, **fault.options, "saved": saved}
    frame.put_raw(_key(fault.id), json.dumps(record, sort_keys=True).encode())


def end(frame: Frame, record: dict[str, Any]) -> None:
    """Undo it."""
    _DO[record["kind"]][1](frame, record["netuid"], record["saved"])
    frame.remove_raw(_key(record["id"]))


def records(view: View) -> Iterator[dict[str, Any]]:
    """Those that hold, by id: id, kind, netuid, options, and what undoing needs."""
    for key in view.page(PREFIX):
        raw = view.get_raw(key)
        if raw is not None:
            yield json.loads(raw)


def _key(number: int) -> bytes:
    return PREFIX + number.to_bytes(4, "big")
