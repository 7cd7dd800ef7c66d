"""The proxy's desk: reads routes and orders when they change, opens and shuts doors, and reports what it has done."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from netctl.chaos.proxy.door import Door, Upstream, upstream_of
from netctl.chaos.proxy.rules import LANES, Rules
from netctl.chaos.wire import (
    ORDERS,
    ROUTES,
    Order,
    Report,
    Route,
    content_of,
    digest_of,
    orders_of,
    put_report,
    routes_of,
)

RETRY_S = 0.2
LOOPBACK = "127.0.0.1"


class Desk:
    """All doors of one fleet's proxy."""

    def __init__(self, place: Path, say: Callable[[str], None]) -> None:
        self._place, self._say = place, say
        self._rules = Rules()
        self._doors: dict[tuple[str, int], Door] = {}
        self._stamps: dict[str, tuple[int, int, int] | None] = {}
        self._digests = {ROUTES: "", ORDERS: ""}
        self._struck: dict[str, int] = {}
        self._obeyed: tuple[Order, ...] = ()
        self._retry_at = 0.0
        self._reported: Report | None = None

    async def look(self) -> None:
        """Take in what has changed: files, ends of orders, ports that have become free."""
        if self._has_changed(ROUTES):
            content = content_of(self._place / ROUTES)
            await self._follow(routes_of(content))
            self._digests[ROUTES] = digest_of(content)
        if self._has_changed(ORDERS):
            content = content_of(self._place / ORDERS)
            self._rules.give(orders_of(content))
            self._digests[ORDERS] = digest_of(content)
        self._rules.look()
        self._obey()
        if time.monotonic() >= self._retry_at:
            for door in self._doors.values():
                await door.open()
            self._retry_at = time.monotonic() + RETRY_S
        self._report()

    async def close(self) -> None:
        """Shut every door."""
        for door in self._doors.values():
            await door.close()

    def _has_changed(self, name: str) -> bool:
        try:
            found = (self._place / name).stat()
        except FileNotFoundError:
            stamp = None
        else:
            stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
        if name in self._stamps and self._stamps[name] == stamp:
            return False
        self._stamps[name] = stamp
        return True

    async def _follow(self, routes: tuple[Route, ...]) -> None:
        """Shut the doors that are no more, lead those that stay where they lead now, open the new ones."""
        wanted: dict[tuple[str, int], Door] = {}
        for route in routes:
            doors = [
                Door(
                    route.neuron, "rpc", (LOOPBACK, route.rpc_port), upstream_of(route.upstream), self._rules, self._say
                )
            ]
            if route.axon_port is not None and route.bind_port is not None:
                place, to = (route.axon_host, route.axon_port), Upstream(LOOPBACK, route.bind_port)
                doors.append(Door(route.neuron, "axon", place, to, self._rules, self._say))
            wanted |= {door.place: door for door in doors}
        for place, door in list(self._doors.items()):
            new = wanted.get(place)
            if new is None or (new.neuron, new.lane) != (door.neuron, door.lane):
                await self._doors.pop(place).close()
            else:
                door.upstream = new.upstream
                wanted[place] = door
        self._doors = wanted
        for door in wanted.values():
            await door.open()

    def _obey(self) -> None:
        """Reset what a new cut finds open, and say what begins and ends."""
        holding = self._rules.holding
        for order in holding:
            if order in self._obeyed:
                continue
            doors = [d for d in self._doors.values() if (d.neuron, d.lane) == (order.neuron, LANES[order.what])]
            is_cut = order.what != "slow-rpc" and not order.hang
            self._struck[order.id] = sum(door.reset() if is_cut else door.connections for door in doors)
            self._say(f"{order.neuron}: {order.what} holds, open connections: {self._struck[order.id]}")
        for order in self._obeyed:
            if order not in holding:
                self._say(f"{order.neuron}: {order.what} is over")
                self._struck.pop(order.id, None)
        self._obeyed = holding

    def _report(self) -> None:
        closed = {f"{d.neuron} {d.lane} {d.place[1]}": d.closed for d in self._doors.values() if d.closed is not None}
        report = Report(os.getpid(), self._digests[ROUTES], self._digests[ORDERS], closed, dict(self._struck))
        if report != self._reported:
            put_report(self._place, report)
            self._reported = report
