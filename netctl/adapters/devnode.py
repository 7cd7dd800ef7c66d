"""What only an embedded chain can be asked over its websocket: time, TAO and snapshots on demand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from netctl.errors import ChainError, ChainUnreachable, UsageError
from netctl.money import Rao

DEADLINE_S = 60.0
INVALID_PARAMS = -32602
OPERATORS = "/dev"
"""Where an embedded chain lets its operator in, whatever faults hold at the door."""


CHUNK = 1000
"""Blocks asked for at a time, so that who waits sees them pass and Ctrl-C is heard."""

Progress = Callable[[int, int], None]


class OptionsRefused(UsageError):
    """What an embedded chain cannot be asked: a reason for each wrong option, by the chain's name for it."""

    def __init__(self, message: str, *, hint: str, wrong: Mapping[str, str]) -> None:
        super().__init__(message, hint=hint)
        self.wrong = wrong


async def warp(endpoint: str, target: dict[str, Any], progress: Progress) -> int:
    """Seal blocks up to a target as dev_warp takes it; returns the head's number.

    `progress` is told (blocks made, blocks wanted) now and then. Interrupted, the blocks made so far stay.
    """
    first = int((await status(endpoint))["block"])
    told = await _ask(endpoint, "dev_warp", target, CHUNK)
    wanted = int(told["target"])
    while (at := int(told["block"])) < wanted:
        progress(at - first, wanted - first)
        # Not to the block itself: the clock may pass it meanwhile, and nothing goes back.
        told = await _ask(endpoint, "dev_warp", {"by_blocks": wanted - at}, CHUNK)
    return at


async def pause(endpoint: str) -> None:
    """No blocks by the clock until resumed."""
    await _ask(endpoint, "dev_pause")


async def resume(endpoint: str) -> None:
    """Blocks by the clock again."""
    await _ask(endpoint, "dev_resume")


async def set_speed(endpoint: str, speed: float) -> float:
    """So many times the pace that the chain was started with; returns the seconds between two blocks."""
    return float((await _ask(endpoint, "dev_setSpeed", speed))["interval_s"])


async def set_finality_lag(endpoint: str, blocks: int) -> int:
    """Blocks are final when so many are above them; returns the number of the highest final one."""
    return int((await _ask(endpoint, "dev_setFinalityLag", blocks))["finalized"])


async def reorganise(endpoint: str, depth: int, *, readmit: bool) -> list[str]:
    """Replace the last blocks, none of them final; returns the new ones' hashes."""
    return list(await _ask(endpoint, "dev_reorg", depth, readmit))


async def snapshot(endpoint: str, name: str) -> int:
    """Keep the chain as it is under a name; returns the head's number in it."""
    return int((await _ask(endpoint, "dev_snapshot", name))["block"])


async def snapshots(endpoint: str) -> list[dict[str, Any]]:
    """Name, block, hash, bytes and problem of each snapshot; a damaged one has neither block nor hash."""
    return list(await _ask(endpoint, "dev_snapshots"))


async def revert(endpoint: str, name: str) -> int:
    """Go back to a snapshot; returns the head's number."""
    return int((await _ask(endpoint, "dev_revert", name))["block"])


async def export(endpoint: str, file: Path) -> int:
    """Have the chain write itself to a file; returns the head's number in it."""
    return int((await _ask(endpoint, "dev_export", str(file)))["block"])


async def import_file(endpoint: str, file: Path) -> int:
    """Have the chain become what an exported file holds; returns the head's number."""
    return int((await _ask(endpoint, "dev_import", str(file)))["block"])


async def faucet(endpoint: str, ss58: str, amount_rao: Rao) -> str:
    """New TAO for an account, in a block sealed at once; returns that block's hash."""
    return str(await _ask(endpoint, "dev_faucet", ss58, amount_rao))


async def status(endpoint: str) -> dict[str, Any]:
    """The embedded chain's account of itself; ChainError from a node that is no embedded chain."""
    return dict(await _ask(endpoint, "dev_status"))


async def add_fault(endpoint: str, kind: str, options: dict[str, Any]) -> dict[str, Any]:
    """Let a fault hold; returns its description, with its `id`. OptionsRefused says what is wrong with it."""
    return dict(await _ask(endpoint, "dev_fault", kind, options))


async def faults(endpoint: str) -> list[dict[str, Any]]:
    """The faults that hold, oldest first."""
    return list(await _ask(endpoint, "dev_faults"))


async def clear_faults(endpoint: str, number: int | None = None) -> list[int]:
    """End one fault by its id, or all; returns the ids that ended."""
    return list(await _ask(endpoint, "dev_clearFault", number))


async def _ask(endpoint: str, method: str, *params: Any) -> Any:
    from websockets.asyncio.client import connect
    from websockets.exceptions import WebSocketException

    request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    try:
        async with asyncio.timeout(DEADLINE_S), connect(f"{endpoint}{OPERATORS}", proxy=None, max_size=None) as socket:
            await socket.send(request)
            answer = json.loads(await socket.recv())
    except (OSError, TimeoutError, WebSocketException) as error:
        found = str(error).strip() or "no answer in time"
        raise ChainUnreachable(f"no answer from {endpoint}: {found}", hint="is it up? netctl chain up") from error
    if "error" in answer:
        why, told = answer["error"].get("message", answer["error"]), answer["error"].get("data")
        if isinstance(told, dict) and "hint" in told:
            if answer["error"].get("code") == INVALID_PARAMS:
                message = str(why).removeprefix("Invalid params: ")
                raise OptionsRefused(message, hint=str(told["hint"]), wrong=dict(told.get("wrong") or {}))
            raise ChainError(str(why), hint=str(told["hint"]))
        raise ChainError(
            f"{endpoint} refused {method}: {why}", hint="is it an embedded chain, and is the argument right?"
        )
    return answer["result"]
