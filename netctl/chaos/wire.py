"""What netctl and the fleet's proxy tell each other: three small files beside the proxy's launcher, replaced whole.

`routes` and `orders` are netctl's, `report` is the proxy's. Files and no socket: a proxy that was killed and started
again finds what holds, and an order has its end in it, whoever is left to watch.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

ROUTES, ORDERS, REPORT = "routes.json", "orders.json", "report.json"


@dataclass(frozen=True, slots=True)
class Route:
    """One neuron's two ways through the proxy.

    `rpc_port` of loopback leads to `upstream`, a ws(s):// address. `axon_port` on `axon_host` leads to `bind_port` of
    loopback; None where the neuron's axon cannot be behind the proxy.
    """

    neuron: str
    rpc_port: int
    upstream: str
    axon_host: str = "127.0.0.1"
    axon_port: int | None = None
    bind_port: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A disturbance as the proxy makes it, until `until` (seconds since the epoch); see `disturbance.Disturbance`."""

    id: str
    what: str
    neuron: str
    until: float
    delay_s: float = 0.0
    jitter_s: float = 0.0
    hang: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What the proxy has taken in: digests of the two files as it read them, and the doors that it cannot open.

    `struck` says how many open connections each order found when it was first obeyed.
    """

    pid: int
    routes: str
    orders: str
    closed: dict[str, str]
    struck: dict[str, int]


def routes_text(routes: Sequence[Route]) -> bytes:
    """The file of routes; the same routes give the same bytes."""
    return _text({"routes": [asdict(route) for route in sorted(routes, key=lambda route: route.neuron)]})


def orders_text(orders: Sequence[Order]) -> bytes:
    """The file of orders."""
    return _text({"orders": [asdict(order) for order in orders]})


def routes_of(content: bytes) -> tuple[Route, ...]:
    """Routes from their file; none from one that is damaged."""
    return tuple(Route(**each) for each in _read(content).get("routes", ()))


def orders_of(content: bytes) -> tuple[Order, ...]:
    """Orders from their file; none from one that is damaged."""
    return tuple(Order(**each) for each in _read(content).get("orders", ()))


def report_at(place: Path) -> Report | None:
    """What the proxy last said of itself, None where it said nothing."""
    document = _read(content_of(place / REPORT))
    return Report(**document) if document else None


def digest_of(content: bytes) -> str:
    """What a report calls a file by."""
    return sha256(content).hexdigest()[:16]


def content_of(path: Path) -> bytes:
    """A file's content, empty where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def put(path: Path, content: bytes) -> None:
    """Replace a file whole, 0600; what nobody reads after the machine went down is not fsynced."""
    handle, name = tempfile.mkstemp(prefix=f".netctl-{path.name}.", dir=path.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    Path(name).replace(path)


def put_report(place: Path, report: Report) -> None:
    """The proxy's own file."""
    put(place / REPORT, _text(asdict(report)))


def _text(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=1, sort_keys=True).encode() + b"\n"


def _read(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content or b"{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
