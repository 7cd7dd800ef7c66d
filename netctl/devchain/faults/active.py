"""The faults that hold: asked at every message, submission and block, and false, at no cost, when there are none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from netctl.devchain.errors import PoolRejection
from netctl.devchain.faults.fault import Fault
from netctl.devchain.faults.kinds import Layer
from netctl.devchain.pool import TOO_LOW
from netctl.devchain.validity import Candidate

EXEMPT = "dev_"
"""Methods that no fault touches, so that it can be cleared."""


class Faults:
    """All faults but those in the chain's state. True while one holds; nothing here survives the process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._held: dict[int, Fault] = {}
        self._buckets: dict[tuple[int, str], tuple[float, float]] = {}
        self.deadlines: dict[int, float] = {}
        """When faults in the chain's state end, by their id."""
        self.last_id = 0

    def __bool__(self) -> bool:
        return bool(self._held)

    def __iter__(self) -> Iterator[Fault]:
        self._forget_over()
        return iter(tuple(self._held.values()))

    def put(self, fault: Fault) -> None:
        """Let it hold from now on."""
        self._held[fault.id] = fault

    def remove(self, number: int) -> Fault | None:
        """End one; None if it does not hold."""
        self._buckets = {key: value for key, value in self._buckets.items() if key[0] != number}
        return self._held.pop(number, None)

    def _forget_over(self) -> None:
        now = self.clock()
        for fault in [each for each in self._held.values() if each.is_over(now) and each.layer != "finality"]:
            self.remove(fault.id)

    def _of(self, layer: Layer) -> Iterator[Fault]:
        return (fault for fault in self._held.values() if fault.layer == layer)

    def at_message(self, method: str, *, pushed: bool = False) -> dict[str, Fault]:
        """What strikes a request for this method, or a push by this name: faults by kind."""
        if method.startswith(EXEMPT):
            return {}
        now = self.clock()
        struck: dict[str, Fault] = {}
        for fault in self._of("message"):
            if pushed and fault.kind == "refuse":
                continue  # a push asks for nothing that could be refused
            if fault.kind not in struck and fault.matches(method) and fault.strikes(now):
                struck[fault.kind] = fault
        self._forget_over()
        return struck

    def turns_away(self, source: str) -> bool:
        """Whether a connection from this address is answered 429."""
        now = self.clock()
        away = any(fault.kind == "handshake-429" and fault.strikes(now) for fault in self._of("source"))
        self._forget_over()
        return away or self.is_too_much(source)

    def is_too_much(self, source: str) -> bool:
        """Whether one more request from this address is beyond a rate limit; a second's worth may come at once."""
        now = self.clock()
        over = False
        for fault in self._of("source"):
            if fault.kind != "rate-limit" or fault.is_over(now):
                continue
            rate = float(fault.options["rate"])
            most = max(1.0, rate)
            left, at = self._buckets.get((fault.id, source), (most, now))
            left = min(most, left + (now - at) * rate)
            if left < 1:
                over = fault.strikes(now) or over
            else:
                left -= 1
            self._buckets[fault.id, source] = (left, now)
        return over

    def check_submission(self, signer: str | None) -> None:
        """PoolRejection where a fault refuses what this account (ss58) submits."""
        now = self.clock()
        for fault in self._of("pool"):
            if fault.options.get("signer") in (None, signer) and fault.strikes(now):
                self._forget_over()
                if fault.kind == "pool-1010":
                    raise PoolRejection.invalid(str(fault.options["text"]))
                raise PoolRejection(1014, "Priority is too low: (0 vs 0)", TOO_LOW)

    def let_through(self, ready: Iterable[Candidate]) -> Iterator[Candidate]:
        """Of what could be in the next block, what no fault keeps out of it."""
        now = self.clock()
        for candidate in ready:
            signer = candidate.extrinsic.signer
            if not any(
                fault.options.get("signer") in (None, signer) and fault.strikes(now) for fault in self._of("author")
            ):
                yield candidate
