"""The websocket server, on loopback unless told otherwise: requests in order within a connection, clients at once."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from math import isfinite
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from netctl.devchain.chain import Chain
from netctl.devchain.errors import DispatchError, PoolRejection
from netctl.devchain.pallet import NOTE
from netctl.devchain.rpc.author_methods import AuthorMethods
from netctl.devchain.rpc.chain_methods import ChainMethods
from netctl.devchain.rpc.dev.account import AccountMethods
from netctl.devchain.rpc.dev.acts import ActMethods
from netctl.devchain.rpc.dev.clock import ClockMethods
from netctl.devchain.rpc.dev.faults import FaultMethods
from netctl.devchain.rpc.dev.money import MoneyMethods
from netctl.devchain.rpc.dev.snapshots import SnapshotMethods
from netctl.devchain.rpc.faulty import answer_with_faults
from netctl.devchain.rpc.protocol import (
    CLIENT_ERROR,
    INTERNAL,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    Method,
    RpcError,
    collect,
    error_text,
    result_text,
)
from netctl.devchain.rpc.session import Session
from netctl.devchain.rpc.state_methods import StateMethods
from netctl.devchain.rpc.system_methods import SystemMethods

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
MAX_MESSAGE_BYTES = 16 << 20
MAX_BATCH = 2000
DEV_PATH = "/dev"
CLOSE_TIMEOUT_S = 1
"""How long a client who does not read may hold up the end of the program."""


class RpcServer:
    """All methods over one chain."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._sessions: set[Session] = set()
        faults = FaultMethods(chain)
        namespaces = (
            ChainMethods(chain),
            StateMethods(chain),
            AuthorMethods(chain),
            SystemMethods(chain),
            ClockMethods(chain),
            MoneyMethods(chain),
            SnapshotMethods(chain),
            faults,
            AccountMethods(chain),
            ActMethods(chain),
        )
        self._methods = collect(namespaces)
        faults.methods = self._methods
        names = sorted([*self._methods, "rpc_methods"])
        self._methods["rpc_methods"] = Method(lambda: {"methods": names}, wants_session=False)

    def notes(self) -> dict[str, str | None]:
        """Every method that is answered, with what is said of how it differs from a node's."""
        said = ((name, getattr(method.run, "__func__", None)) for name, method in self._methods.items())
        return {name: getattr(run, NOTE, None) for name, run in said}

    async def listen(self, port: int, hosts: Sequence[str] = (HOST,)) -> Server:
        """Serve on a port of these addresses, 0 for a free one of a single address; OSError if one is taken.

        Pages in a browser are turned away.
        """
        return await serve(
            self._serve_client,
            list(hosts),  # type: ignore[arg-type]  # as asyncio, to which it goes, takes it
            port,
            origins=[None],
            process_request=self._meet,
            max_size=MAX_MESSAGE_BYTES,
            compression=None,
            ping_interval=None,
            close_timeout=CLOSE_TIMEOUT_S,
            logger=logging.getLogger(f"{__name__}.websockets"),
        )

    def _meet(self, connection: ServerConnection, request: Request) -> Response | None:
        """At the handshake: nobody is turned away but by a fault, and those who come to /dev never."""
        faults = self._chain.faults
        if not faults or request.path.startswith(DEV_PATH):
            return None
        address = connection.remote_address
        if faults.turns_away(str(address[0]) if address else ""):
            return connection.respond(HTTPStatus.TOO_MANY_REQUESTS, "Too Many Requests\n")
        return None

    async def end(self, server: Server) -> None:
        """Close all connections, and cut off who does not take part in that."""
        server.close()
        closed = asyncio.create_task(server.wait_closed())
        await asyncio.wait([closed], timeout=CLOSE_TIMEOUT_S)
        for session in tuple(self._sessions):
            session.abort()
        await closed

    async def _serve_client(self, connection: ServerConnection) -> None:
        address = connection.remote_address
        session = Session(connection, self._chain.faults, str(address[0]) if address else "")
        self._sessions.add(session)
        writer = asyncio.create_task(session.drain())
        try:
            async for message in connection:
                if not session.is_open:
                    break
                if session.is_hung:
                    continue
                await self._answer_message(session, message)
        except ConnectionClosed:
            log.debug("client gone")
        finally:
            session.close()
            with suppress(ConnectionClosed):
                await writer
            self._sessions.discard(session)

    async def _answer_message(self, session: Session, message: str | bytes) -> None:
        try:
            request = json.loads(message, parse_constant=_refuse_constant, parse_float=_finite)
        except (ValueError, RecursionError):
            session.send(error_text(None, RpcError(PARSE_ERROR, "Parse error")))
            return
        session.hold()
        answer: str | None = None
        try:
            answer = await self._answer(session, request)
        finally:
            session.release(answer)

    async def _answer(self, session: Session, request: Any) -> str | None:
        if not isinstance(request, list):
            return await self._answer_one(session, request)
        if not request or len(request) > MAX_BATCH:
            return error_text(None, RpcError(INVALID_REQUEST, f"Invalid request: 1 to {MAX_BATCH} calls make a batch"))
        answers = [await self._answer_one(session, each) for each in request]
        told = [answer for answer in answers if answer is not None]
        return f"[{','.join(told)}]" if told else None

    async def _answer_one(self, session: Session, request: Any) -> str | None:
        """The answer to one call; None for a notification."""
        if not isinstance(request, dict) or not isinstance(request.get("method"), str):
            return error_text(None, RpcError(INVALID_REQUEST, "Invalid request"))
        if self._chain.faults:
            return await answer_with_faults(session, request, self._answer_call)
        return await self._answer_call(session, request)

    async def _answer_call(self, session: Session, request: dict[str, Any]) -> str | None:
        identity = request.get("id")
        try:
            result = await self._run(session, request["method"], request.get("params"))
            answer = result_text(identity, result)
        except (RpcError, PoolRejection) as exc:
            answer = error_text(identity, exc)
        except Exception:
            name = request["method"][:80]
            log.exception("bug in %s", name)
            self._chain.world.count_unsupported(f"bug in rpc {name}")
            answer = error_text(identity, RpcError(INTERNAL, "Internal error"))
        return answer if "id" in request else None

    async def _run(self, session: Session, name: str, params: Any) -> Any:
        method = self._methods.get(name)
        if method is None:
            self._chain.world.count_unsupported(f"rpc {name[:80]}")
            raise RpcError(METHOD_NOT_FOUND, "Method not found")
        if params is not None and not isinstance(params, list):
            raise RpcError(INVALID_PARAMS, "Invalid params: a list is wanted")
        given = [session, *(params or [])] if method.wants_session else (params or [])
        try:
            method.signature.bind(*given)
        except TypeError as exc:
            raise RpcError(INVALID_PARAMS, f"Invalid params: {exc}") from exc
        try:
            result = method.run(*given)
            return await result if inspect.isawaitable(result) else result
        except OverflowError as exc:
            raise RpcError(INVALID_PARAMS, f"Invalid params: a number is too large: {exc}") from exc
        except DispatchError as exc:
            raise RpcError(CLIENT_ERROR, f"{name} failed: {exc}") from exc


def _finite(text: str) -> float:
    """1e999 is JSON, and infinite, which is none."""
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return number


def _refuse_constant(name: str) -> Any:
    """NaN and Infinity are no JSON, and could not be answered to in JSON."""
    raise ValueError(name)
