"""The HTTP server behind a published axon: answers signed requests of validators, refuses everybody else.

It answers a caller when the request is signed by its hotkey for this one, is new and recent, when the metagraph that
the neuron last read has that hotkey with a validator permit and enough stake, and within the limits of
REQUESTS_PER_EVALUATION (twice as many per evaluation period, as RESI's miners have it).
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web
from bittensor.sp_core import Keypair

from netctl.rehearsal.chain import Metagraph
from netctl.rehearsal.logformat import TRACE
from netctl.rehearsal.protocol import CLOCK_TOLERANCE_MS, REQUESTS_PER_EVALUATION, SignedRequest, read_request

Answer = Callable[[str, Any], Awaitable[Any]]  # (caller's hotkey, parsed body) -> what to answer, as JSON
MAX_BODY_BYTES = 64 * 1024
_log = logging.getLogger("rehearsal")


class Gate:
    """Decides who is answered. `now_ms` is injected, so that limits can be tried without waiting."""

    def __init__(
        self,
        own_hotkey: str,
        *,
        window_ms: float,
        vpermit_limit: float,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self.metagraph: Metagraph | None = None
        self._own_hotkey = own_hotkey
        self._window_ms = window_ms
        self._vpermit_limit = vpermit_limit
        self._now_ms = now_ms
        self._answered: dict[tuple[str, str], deque[int]] = {}
        self._nonces: dict[str, int] = {}

    @property
    def knows_itself(self) -> bool:
        """Whether its own hotkey is registered, by the metagraph that it read last."""
        return self.metagraph is not None and self.metagraph.by_hotkey(self._own_hotkey) is not None

    def refusal(self, request: SignedRequest | None, name: str) -> tuple[int, str] | None:
        """Why a request is not answered (HTTP status, reason), or None; one that passes is counted."""
        if request is None or not _signature_holds(request):
            return 401, "Request is not signed"
        now_ms = self._now_ms()
        if request.receiver != self._own_hotkey or abs(now_ms - request.time_ms) > CLOCK_TOLERANCE_MS:
            return 401, "Signature is for another hotkey or another time"
        if not self._is_validator(request.sender):
            return 403, f"Hotkey {request.sender} is not a validator"
        if request.nonce in self._nonces:
            return 401, f"Nonce was used before by {request.sender}"
        if not self._take_turn((request.sender, name), now_ms):
            return 429, f"Hotkey {request.sender} asks too often for {name}"
        horizon = now_ms - 2 * CLOCK_TOLERANCE_MS
        self._nonces = {nonce: seen for nonce, seen in self._nonces.items() if seen > horizon}
        self._nonces[request.nonce] = now_ms
        return None

    def _is_validator(self, hotkey: str) -> bool:
        neuron = self.metagraph.by_hotkey(hotkey) if self.metagraph is not None else None
        return neuron is not None and neuron.validator_permit and neuron.stake >= self._vpermit_limit

    def _take_turn(self, who: tuple[str, str], now_ms: int) -> bool:
        turns = self._answered.setdefault(who, deque())
        while turns and turns[0] <= now_ms - self._window_ms:
            turns.popleft()
        if len(turns) >= 2 * REQUESTS_PER_EVALUATION.get(who[1], 1):
            return False
        turns.append(now_ms)
        return True


class Axon:
    """One listening HTTP server; `answers` maps the name of a request to who answers it."""

    def __init__(self, gate: Gate, answers: Mapping[str, Answer]) -> None:
        self.gate = gate
        self._answers = answers
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises OSError when the port is taken."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_post("/{name}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, shutdown_timeout=0.5).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _serve(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._answers:
            return web.json_response({"error": f"no such request: {name}"}, status=404)
        body = await request.read()
        signed = read_request(request.headers, method=request.method, path=request.path, body=body)
        refusal = self.gate.refusal(signed, name)
        if refusal is not None or signed is None:
            status, reason = refusal or (401, "Request is not signed")
            _log.log(TRACE, "Blacklisted: True, %s", reason)
            return web.json_response({"error": reason}, status=status)
        try:
            document = await request.json() if body else {}
            answer = await self._answers[name](signed.sender, document)
        except (ValueError, KeyError, TypeError) as exc:
            return web.json_response({"error": f"malformed request: {exc}"}, status=400)
        return web.json_response(answer)


def _signature_holds(request: SignedRequest) -> bool:
    try:
        return bool(Keypair(ss58_address=request.sender).verify(request.message, request.signature))
    except ValueError:
        return False
