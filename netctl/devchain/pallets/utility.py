"""Utility: several calls in one extrinsic."""

from __future__ import annotations

from typing import Any

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallet import Origin, Pallet, call
from netctl.devchain.storage import Frame

BATCHED_CALLS_LIMIT = 10_922
"""The runtime's constant Utility.batched_calls_limit."""

_BATCHES = frozenset({"batch", "batch_all", "force_batch"})


def _run(frame: Frame, inner: dict[str, Any], origin: Origin) -> DispatchError | None:
    """Run one of several calls; it rolls back alone when it fails."""
    try:
        with frame.checkpoint():
            frame.dispatch(inner, origin)
    except DispatchError as error:
        return error
    return None


def _check(calls: list[dict[str, Any]], origin: Origin) -> None:
    """Nobody but root may put a batch into a batch: the whole is refused before anything of it runs."""
    nested = any(inner["call_module"] == "Utility" and inner["call_function"] in _BATCHES for inner in calls)
    if nested and origin.kind != "root":
        raise DispatchError("CallFiltered", "System")
    if len(calls) > BATCHED_CALLS_LIMIT:
        raise DispatchError("TooManyCalls", "Utility")


class Utility(Pallet):
    """pallet-utility's batches."""

    name = "Utility"

    @call()
    def batch(self, frame: Frame, origin: Origin, *, calls: list[dict[str, Any]]) -> None:
        """Run until one fails; what was done before it stays done, and the batch itself succeeds."""
        _check(calls, origin)
        for index, inner in enumerate(calls):
            error = _run(frame, inner, origin)
            if error is not None:
                told = {"index": index, "error": frame.codec.dispatch_error(error)}
                frame.emit("Utility", "BatchInterrupted", told)
                return
            frame.emit("Utility", "ItemCompleted")
        frame.emit("Utility", "BatchCompleted")

    @call()
    def batch_all(self, frame: Frame, origin: Origin, *, calls: list[dict[str, Any]]) -> None:
        """All or nothing."""
        _check(calls, origin)
        for inner in calls:
            error = _run(frame, inner, origin)
            if error is not None:
                raise error
            frame.emit("Utility", "ItemCompleted")
        frame.emit("Utility", "BatchCompleted")

    @call()
    def force_batch(self, frame: Frame, origin: Origin, *, calls: list[dict[str, Any]]) -> None:
        """Run every call, whatever became of the others."""
        _check(calls, origin)
        failed = False
        for inner in calls:
            error = _run(frame, inner, origin)
            if error is None:
                frame.emit("Utility", "ItemCompleted")
                continue
            failed = True
            frame.emit("Utility", "ItemFailed", {"error": frame.codec.dispatch_error(error)})
        frame.emit("Utility", "BatchCompletedWithErrors" if failed else "BatchCompleted")

    @call()
    def if_else(self, frame: Frame, origin: Origin, *, main: dict[str, Any], fallback: dict[str, Any]) -> None:
        """Try one call, and on its failure another."""
        error = _run(frame, main, origin)
        if error is None:
            frame.emit("Utility", "IfElseMainSuccess")
            return
        second = _run(frame, fallback, origin)
        if second is not None:
            raise second
        told = {"main_error": frame.codec.dispatch_error(error)}
        frame.emit("Utility", "IfElseFallbackCalled", told)
