"""Which order holds for which door, now. An order ends by itself: by the clock, or by the time since it was read."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from netctl.chaos.wire import Order

Lane = Literal["rpc", "axon"]
LANES: dict[str, Lane] = {"cut-rpc": "rpc", "slow-rpc": "rpc", "drop-axon": "axon"}


@dataclass(frozen=True, slots=True)
class Rule:
    """How a door behaves: `cut` resets its connections, `hang` keeps them and passes nothing, `delay_s` is answers'."""

    cut: bool = False
    hang: bool = False
    delay_s: float = 0.0
    jitter_s: float = 0.0


OPEN = Rule()


class Rules:
    """The orders that hold. `changed` is set, and replaced by a new one, whenever the rule of some door may differ."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self._orders: tuple[Order, ...] = ()
        self._limits: dict[str, float] = {}
        self._holding: tuple[Order, ...] = ()

    def give(self, orders: Iterable[Order]) -> None:
        """Take these orders in place of the former; one that was known keeps the end that it had."""
        now, wall = time.monotonic(), time.time()
        self._orders = tuple(order for order in orders if order.what in LANES)
        known = self._limits
        self._limits = {order.id: known.get(order.id, now + order.until - wall) for order in self._orders}
        self.look()

    def look(self) -> None:
        """Notice which orders have ended."""
        holding = tuple(order for order in self._orders if self._holds(order))
        if holding != self._holding:
            self._holding = holding
            self.changed.set()
            self.changed = asyncio.Event()

    def _holds(self, order: Order) -> bool:
        return time.time() < order.until and time.monotonic() < self._limits[order.id]

    @property
    def holding(self) -> tuple[Order, ...]:
        """The orders that hold."""
        return self._holding

    def of(self, neuron: str, lane: Lane) -> Rule:
        """The rule of one door; where several orders hold for it, the harshest of each."""
        mine = [order for order in self._holding if order.neuron == neuron and LANES[order.what] == lane]
        if not mine:
            return OPEN
        slow = [order for order in mine if order.what == "slow-rpc"]
        cuts = [order for order in mine if order.what != "slow-rpc"]
        return Rule(
            cut=any(not order.hang for order in cuts),
            hang=any(order.hang for order in cuts),
            delay_s=max((order.delay_s for order in slow), default=0.0),
            jitter_s=max((order.jitter_s for order in slow), default=0.0),
        )

    async def passage(self, neuron: str, lane: Lane, arrived: float, *, delayed: bool) -> None:
        """Wait until bytes that arrived then (monotonic) may go on; at once where nothing holds any more."""
        draw = random.uniform(-1, 1)
        while True:
            rule, changed = self.of(neuron, lane), self.changed
            if rule.hang:
                await changed.wait()
                continue
            late_s = max(0.0, rule.delay_s + draw * rule.jitter_s) if delayed else 0.0
            left_s = arrived + late_s - time.monotonic()
            if left_s <= 0:
                return
            try:
                await asyncio.wait_for(changed.wait(), left_s)
            except TimeoutError:
                return
