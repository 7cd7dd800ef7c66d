"""What only an embedded chain can be asked over its websocket: blocks and TAO on demand."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from netctl.errors import ChainError, ChainUnreachable
from netctl.money import Rao

DEADLINE_S = 60.0


async def mine(endpoint: str, blocks: int) -> int:
    """Seal that many blocks now; returns the head's number."""
    return int(await _ask(endpoint, "dev_mine", blocks))


async def faucet(endpoint: str, ss58: str, amount_rao: Rao) -> str:
    """New TAO for an account, in a block sealed at once; returns that block's hash."""
    return str(await _ask(endpoint, "dev_faucet", ss58, amount_rao))


async def status(endpoint: str) -> dict[str, Any]:
    """The embedded chain's account of itself; ChainError from a node that is no embedded chain."""
    return dict(await _ask(endpoint, "dev_status"))


async def _ask(endpoint: str, method: str, *params: Any) -> Any:
    from websockets.asyncio.client import connect
    from websockets.exceptions import WebSocketException

    request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    try:
        async with asyncio.timeout(DEADLINE_S), connect(endpoint, proxy=None, max_size=None) as socket:
            await socket.send(request)
            answer = json.loads(await socket.recv())
    except (OSError, TimeoutError, WebSocketException) as error:
        found = str(error).strip() or "no answer in time"
        raise ChainUnreachable(f"no answer from {endpoint}: {found}", hint="is it up? netctl chain up") from error
    if "error" in answer:
        why = answer["error"].get("message", answer["error"])
        raise ChainError(
            f"{endpoint} refused {method}: {why}", hint="is it an embedded chain, and is the argument right?"
        )
    return answer["result"]
