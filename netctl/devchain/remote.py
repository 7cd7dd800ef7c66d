"""A running embedded chain, asked over its websocket: what tests do to it, from any thread."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

ANSWER_S = 120.0
MOST_MINED = 10_000


class DevChainError(RuntimeError):
    """The chain did not start, refused a method, or does not answer."""


class Remote:
    """The chain at `url`. Each question has a connection of its own: faults on other connections do not touch it."""

    def __init__(self, url: str = "") -> None:
        self.url = url
        self._ids = count(1)

    def rpc(self, method: str, *params: Any) -> Any:
        """The result of a JSON-RPC method; DevChainError with the chain's message when it refuses."""
        if not self.url:
            raise DevChainError("the chain does not run")
        request = json.dumps({"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params})
        try:
            with connect(self.url, proxy=None, max_size=None, ping_interval=None, close_timeout=1) as socket:
                socket.send(request)
                answer = json.loads(socket.recv(timeout=ANSWER_S))
        except (OSError, TimeoutError, WebSocketException) as error:
            raise DevChainError(f"no answer from {self.url}: {str(error) or type(error).__name__}") from error
        if "error" in answer:
            raise DevChainError(f"{method}: {answer['error'].get('message', answer['error'])}")
        return answer["result"]

    @property
    def block(self) -> int:
        """The head's number."""
        return int(self.rpc("chain_getHeader")["number"], 16)

    def status(self) -> dict[str, Any]:
        """The chain's account of itself: head, pace, pool, and under `unsupported` what was asked for in vain."""
        return dict(self.rpc("dev_status"))

    def mine(self, blocks: int = 1) -> int:
        """Seal blocks now; gives the head's number."""
        return int(self.rpc("dev_mine", blocks))

    # Time

    def warp(self, *, blocks: int | None = None, seconds: float | None = None, to_block: int | None = None) -> int:
        """Go ahead by blocks or by seconds of the chain's clock, or to a block; every block between is made."""
        if sum(given is not None for given in (blocks, seconds, to_block)) != 1:
            raise ValueError("warp takes exactly one of blocks, seconds and to_block")
        if seconds is not None:
            blocks = -(-int(seconds * 1000) // int(self.status()["slot_ms"]))
        elif to_block is not None:
            blocks = to_block - self.block
            if blocks < 0:
                raise ValueError(f"block {to_block} is past: revert to a snapshot to go back")
        left = int(blocks or 0)
        while left > 0:
            self.mine(min(left, MOST_MINED))
            left -= MOST_MINED
        return self.block

    def pause(self) -> None:
        """Let no block come by the clock."""
        self.rpc("dev_pause")

    def resume(self) -> None:
        """Let blocks come by the clock again."""
        self.rpc("dev_resume")

    # Snapshots and faults

    def snapshot(self, name: str | None = None) -> str:
        """Keep the whole state under a name, one of its own if none is given; gives the name."""
        chosen = name or f"snapshot-{next(self._ids)}"
        self.rpc("dev_snapshot", chosen)
        return chosen

    def revert(self, name: str) -> None:
        """Go back to a snapshot; what came after it is gone."""
        self.rpc("dev_revert", name)

    def fault(self, kind: str, **options: Any) -> dict[str, Any]:
        """Let a fault hold from now on, see docs/faults.md; gives its description, with its `id`."""
        return dict(self.rpc("dev_fault", kind, options))

    def clear_fault(self, number: int | None = None) -> None:
        """End one fault by its id, or all of them."""
        self.rpc("dev_clearFault", *([] if number is None else [number]))
