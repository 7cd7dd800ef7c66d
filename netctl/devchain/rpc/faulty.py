"""Answering one call while faults hold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from netctl.devchain.faults.active import EXEMPT
from netctl.devchain.rpc.protocol import RpcError, error_text
from netctl.devchain.rpc.session import Session

RATE_LIMITED = -32005
"""What gateways in front of nodes answer beyond their limit."""

Answer = Callable[[Session, dict[str, Any]], Awaitable[str | None]]


async def answer_with_faults(session: Session, request: dict[str, Any], answer: Answer) -> str | None:
    """What the client gets to hear; None for nothing. Whether the call is carried out depends on the fault."""
    name = request["method"]
    if name.startswith(EXEMPT):
        return await answer(session, request)
    faults = session.faults
    if faults.is_too_much(session.source):
        return error_text(request.get("id"), RpcError(RATE_LIMITED, "Rate limit exceeded"))
    struck = faults.at_message(name)
    if "hang" in struck:
        session.hang()
    if struck.keys() & {"hang", "drop"}:
        return None
    if "delay" in struck:
        await session.wait(struck["delay"].options["ms"] / 1000)
        if not session.is_open:
            return None
    if "refuse" in struck:
        options = struck["refuse"].options
        return error_text(request.get("id"), RpcError(options["code"], options["text"]))
    before = session.subscriptions()
    told = await answer(session, request)
    if "unheard" in struck:
        session.mute(session.subscriptions() - before)
        return None
    if "disconnect" in struck:
        session.abort()
        return None
    if "lose-answer" in struck:
        return None
    if "duplicate" in struck and told is not None:
        session.send(told)
    return told
