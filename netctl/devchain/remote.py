"""A running embedded chain, asked over its websocket: what tests do to it, from any thread."""

from __future__ import annotations

import json
from itertools import count
from threading import Lock
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.protocol import State
from websockets.sync.client import ClientConnection, connect

ANSWER_S = 120.0
MOST_AT_ONCE = 100_000
"""Blocks that the chain mines for one request."""
OPERATORS = "/dev"
"""Where the chain turns nobody away, whatever faults hold at the door."""


class DevChainError(RuntimeError):
    """The chain did not start, refused a method, or does not answer."""


class Remote:
    """The chain at `url`, over one connection that is kept. Faults strike only methods that are no dev_ ones."""

    def __init__(self, url: str = "") -> None:
        self.url = url
        self._ids = count(1)
        self._turn = Lock()
        self._socket: ClientConnection | None = None

    def connect(self) -> None:
        """Open the connection; the first question does it where this was not called."""
        with self._turn:
            self._connected()

    def _connected(self) -> ClientConnection:
        if not self.url:
            raise DevChainError("the chain does not run")
        if self._socket is None or self._socket.state is not State.OPEN:
            self._socket = connect(self.url + OPERATORS, proxy=None, max_size=None, ping_interval=None, close_timeout=1)
        return self._socket

    def disconnect(self) -> None:
        """Close the connection; harmless where there is none."""
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.close()

    def rpc(self, method: str, *params: Any) -> Any:
        """The result of a JSON-RPC method; DevChainError with the chain's message when it refuses.

        ValueError or TypeError for what JSON cannot say, such as NaN.
        """
        number = next(self._ids)
        request = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}, allow_nan=False)
        with self._turn:
            try:
                answer = self._asked(request, number)
            except (OSError, TimeoutError, WebSocketException) as error:
                self.disconnect()
                raise DevChainError(f"no answer from {self.url}: {str(error) or type(error).__name__}") from error
            except BaseException:
                self.disconnect()  # what was asked may still be answered, and must not be taken for another's answer
                raise
        if "error" in answer:
            raise DevChainError(f"{method}: {answer['error'].get('message', answer['error'])}")
        return answer["result"]

    def _asked(self, request: str, number: int) -> dict[str, Any]:
        socket = self._connected()
        socket.send(request)
        while True:
            answer: dict[str, Any] = json.loads(socket.recv(timeout=ANSWER_S))
            # What could not be read is answered without its id, and nothing else is asked meanwhile.
            if answer.get("id") == number or ("error" in answer and answer.get("id") is None):
                return answer

    @property
    def block(self) -> int:
        """The head's number."""
        return int(self.status()["block"])

    def status(self) -> dict[str, Any]:
        """The chain's account of itself: head, pace, pool, and under `unsupported` what was asked for in vain."""
        return dict(self.rpc("dev_status"))

    def forget_unsupported(self) -> None:
        """Begin to count anew what is asked for and is not modelled."""
        self.rpc("dev_forgetUnsupported")

    def mine(self, blocks: int = 1) -> int:
        """Seal blocks now; gives the head's number."""
        while blocks > MOST_AT_ONCE:
            self.rpc("dev_mine", MOST_AT_ONCE)
            blocks -= MOST_AT_ONCE
        return int(self.rpc("dev_mine", blocks))

    # Time

    def warp(
        self,
        *,
        blocks: int | None = None,
        seconds: float | None = None,
        to_block: int | None = None,
        next_epoch: int | None = None,
    ) -> int:
        """Make the blocks up to a target: by count, by the chain's clock, to a number, to the epoch of a netuid.

        Gives the head's number. ValueError for no target or several.
        """
        ahead_ms = None if seconds is None else round(seconds * 1000)
        targets = {"by_blocks": blocks, "by_ms": ahead_ms, "block": to_block, "epoch": next_epoch}
        given = {kind: value for kind, value in targets.items() if value is not None}
        if len(given) != 1:
            raise ValueError("warp takes exactly one of blocks, seconds, to_block and next_epoch")
        told = self.rpc("dev_warp", given)
        target = told["target"]
        while told["block"] < target:
            told = self.rpc("dev_warp", {"by_blocks": target - told["block"]})
        return int(told["block"])

    def pause(self) -> None:
        """Let no block come by the clock."""
        self.rpc("dev_pause")

    def resume(self) -> None:
        """Let blocks come by the clock again."""
        self.rpc("dev_resume")

    def set_speed(self, factor: float) -> None:
        """Let blocks come so many times as fast as the options say."""
        self.rpc("dev_setSpeed", factor)

    # Going back, and what can go wrong

    def snapshot(self, name: str | None = None) -> str:
        """Keep the whole state under a name, one of its own if none is given; gives the name."""
        chosen = name or f"unnamed-{next(self._ids)}"
        self.rpc("dev_snapshot", chosen)
        return chosen

    def revert(self, name: str) -> None:
        """Go back to a snapshot; what came after it is gone."""
        self.rpc("dev_revert", name)

    def remove_snapshot(self, name: str) -> None:
        """Forget a snapshot."""
        self.rpc("dev_removeSnapshot", name)

    def reorg(self, depth: int) -> None:
        """Replace the last blocks by others; the chain must have been started with a finality lag of as many."""
        self.rpc("dev_reorg", depth)

    def fault(self, kind: str, **options: Any) -> int:
        """Let a fault hold from now on, see docs/faults.md; gives the number to end it by."""
        return int(self.rpc("dev_fault", kind, options)["id"])

    def clear_fault(self, number: int | None = None) -> None:
        """End one fault, or all of them."""
        self.rpc("dev_clearFault", *([] if number is None else [number]))
