"""JSON-RPC 2.0: errors, parameters, and the marks that make a method answer to its names."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from netctl.devchain.errors import PoolRejection, Refused

F = TypeVar("F", bound=Callable[..., Any])

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL = -32700, -32600, -32601, -32602, -32603
CLIENT_ERROR = 4003
"""What a node answers when a block or its state is not there, or a runtime call fails."""


class RpcError(Exception):
    """An error answer."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


@dataclass(frozen=True)
class Method:
    """A callable behind a method name; `wants_session` ones get the session first."""

    run: Callable[..., Any]
    wants_session: bool
    signature: inspect.Signature = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "signature", inspect.signature(self.run))


class Encoded(str):
    """A result that is JSON text already."""

    __slots__ = ()


REFUSED = -32000
"""What an operator asked for and the chain will not do; the error's data is {"hint": what to do instead}."""


@contextmanager
def obeying() -> Iterator[None]:
    """Tell a refusal as an error answer."""
    try:
        yield
    except Refused as exc:
        raise RpcError(REFUSED, exc.message, {"hint": exc.hint}) from exc


def method(*names: str) -> Callable[[F], F]:
    """Mark a plain method: `def f(self, *params)`."""
    return _marker(names, wants_session=False)


def session_method(*names: str) -> Callable[[F], F]:
    """Mark a method that needs to know who asks: `def f(self, session, *params)`."""
    return _marker(names, wants_session=True)


def _marker(names: tuple[str, ...], *, wants_session: bool) -> Callable[[F], F]:
    def mark(function: F) -> F:
        function.__rpc__ = (names, wants_session)  # type: ignore[attr-defined]
        return function

    return mark


def collect(namespaces: Iterable[object]) -> dict[str, Method]:
    """All marked methods of these objects by name."""
    found: dict[str, Method] = {}
    for namespace in namespaces:
        for attribute in dir(type(namespace)):
            bound = getattr(namespace, attribute)
            for name in getattr(bound, "__rpc__", ((), False))[0]:
                found[name] = Method(bound, bound.__rpc__[1])
    return found


def hex_bytes(value: object, what: str = "hex string") -> bytes:
    """Bytes of a hex parameter, 0x or not; INVALID_PARAMS for anything else."""
    try:
        return bytes.fromhex(value.removeprefix("0x"))  # type: ignore[attr-defined]
    except (AttributeError, ValueError):
        raise RpcError(INVALID_PARAMS, f"Invalid params: {what} wanted, not {_short(value)}") from None


def hex_list(value: object) -> list[bytes]:
    """Bytes of each of a list of hex strings."""
    if not isinstance(value, list):
        raise RpcError(INVALID_PARAMS, f"Invalid params: list of hex strings wanted, not {_short(value)}")
    return [hex_bytes(each) for each in value]


def natural(value: object, what: str, limit: int = 1 << 32) -> int:
    """A number parameter, decimal or 0x hex."""
    if isinstance(value, str) and len(value) <= 18:
        with suppress(ValueError):
            value = int(value, 16 if value.startswith("0x") else 10)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < limit:
        raise RpcError(INVALID_PARAMS, f"Invalid params: {what} wanted, from 0 to {limit - 1}, not {_short(value)}")
    return value


def to_hex(raw: bytes) -> str:
    """0x and hex digits."""
    return "0x" + raw.hex()


def dumps(value: Any) -> str:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":"))


def result_text(identity: Any, result: Any) -> str:
    """An answer's text; results that are Encoded are taken as they are."""
    if isinstance(result, Encoded):
        return f'{{"jsonrpc":"2.0","id":{dumps(identity)},"result":{result}}}'
    return dumps({"jsonrpc": "2.0", "id": identity, "result": result})


def error_text(identity: Any, exc: RpcError | PoolRejection) -> str:
    """An error answer's text."""
    told: dict[str, Any] = {"code": exc.code, "message": exc.message}
    if exc.data is not None:
        told["data"] = exc.data
    return dumps({"jsonrpc": "2.0", "id": identity, "error": told})


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
