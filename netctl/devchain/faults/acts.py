"""Adding, listing and clearing faults of a chain: the calls behind dev_fault, for programs in the same process too."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from netctl.devchain.errors import Refused
from netctl.devchain.faults import chain_state
from netctl.devchain.faults.fault import BadFault, Fault, make_fault
from netctl.devchain.faults.kinds import KINDS
from netctl.devchain.seal import seal_if_instant

if TYPE_CHECKING:
    from netctl.devchain.chain import Chain


def add(chain: Chain, kind: str, **options: Any) -> dict[str, Any]:
    """Let a fault hold, and give its description, with the `id` to clear it by. BadFault if it makes no sense.

    Kinds and their options are in faults.kinds. Every kind takes `for_s`; those that strike now and then `count`,
    `probability` (0 to 1) and `seed`; messages a `method` pattern. A fault in the chain's state seals a block.
    """
    faults = chain.faults
    taken = [fault.id for fault in faults] + [record["id"] for record in chain_state.records(chain.view())]
    faults.last_id = max([faults.last_id, *taken]) + 1
    fault = make_fault(faults.last_id, kind, options, faults.clock())
    if fault.layer == "state":
        chain_state.check(chain.view(), fault)
        chain.seal(lambda frame: chain_state.begin(frame, fault))
        if fault.until is not None:
            faults.deadlines[fault.id] = fault.until
    else:
        if fault.layer == "finality":
            _begin_lag(chain, fault)
        faults.put(fault)
    if fault.until is not None and fault.layer in ("state", "finality", "author"):
        _end_in_time(chain, options["for_s"])
    return fault.told(faults.clock())


def listed(chain: Chain) -> list[dict[str, Any]]:
    """All faults that hold, oldest first. Empty, and cheap, when there are none."""
    faults = chain.faults
    now = faults.clock()
    found = [fault.told(now) for fault in faults]
    for record in chain_state.records(chain.view()):
        options = {name: value for name, value in record.items() if name not in ("id", "kind", "saved")}
        until = faults.deadlines.get(record["id"])
        found.append(Fault(record["id"], record["kind"], "*", until=until, options=options).told(now))
    return sorted(found, key=lambda told: int(told["id"]))


def clear(chain: Chain, number: int | None = None) -> list[int]:
    """End one fault, or all; gives the ids that ended. BadFault if there is none by that id. State is put back."""
    ended = []
    for fault in tuple(chain.faults):
        if number in (None, fault.id):
            chain.faults.remove(fault.id)
            ended.append(fault.id)
            if fault.layer == "finality":
                _set_lag(chain, fault.options["before"])
    for record in list(chain_state.records(chain.view())):
        if number in (None, record["id"]):
            chain.seal(partial(chain_state.end, record=record))
            chain.faults.deadlines.pop(record["id"], None)
            ended.append(record["id"])
    if number is not None and not ended:
        raise BadFault(f"no fault {number} holds")
    return sorted(ended)


def expire(chain: Chain) -> None:
    """End what had a time and is not ended by being asked: faults of state and finality, and what waits for a block."""
    now = chain.faults.clock()
    over = [number for number, until in chain.faults.deadlines.items() if now >= until]
    over += [fault.id for fault in chain.faults if fault.layer == "finality" and fault.is_over(now)]
    for number in over:
        chain.faults.deadlines.pop(number, None)
        with suppress(BadFault):  # cleared by hand, or reverted away
            clear(chain, number)
    seal_if_instant(chain)


def _end_in_time(chain: Chain, seconds: float) -> None:
    with suppress(RuntimeError):  # without a running loop the caller calls `expire`
        asyncio.get_running_loop().call_later(seconds + 0.001, expire, chain)


def _begin_lag(chain: Chain, fault: Fault) -> None:
    if any(each.layer == "finality" for each in chain.faults):
        raise BadFault("finality-lag: it holds already", hint="end it first: netctl chain fault clear")
    fault.options["before"] = chain.heads.lag
    _set_lag(chain, fault.options["blocks"])


def _set_lag(chain: Chain, blocks: int) -> None:
    try:
        chain.set_finality_lag(blocks)
    except Refused as exc:
        raise BadFault(f"finality-lag: {exc.message}", hint=exc.hint) from exc


def kinds() -> dict[str, str]:
    """Every kind with one sentence."""
    return {name: kind.summary for name, kind in KINDS.items()}
