"""The proxy as the program it is, in a directory of the test, and the little servers that it leads to."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from netctl.chaos import wire
from netctl.chaos.wire import Order, Report, Route
from tests.sessions.conftest import wait_until


@dataclass
class RunningProxy:
    """A proxy process and its files."""

    place: Path
    environ: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it has taken in what is there."""
        words = [sys.executable, "-P", "-m", "netctl.chaos.proxy", str(self.place)]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, env={**os.environ, **self.environ})
        self._until_read()

    def lead(self, *routes: Route) -> None:
        """Give it routes."""
        wire.put(self.place / wire.ROUTES, wire.routes_text(routes))
        self._until_read()

    def order(self, *orders: Order) -> Report:
        """Give it orders in place of the former; returns its report on them."""
        wire.put(self.place / wire.ORDERS, wire.orders_text(orders))
        return self._until_read()

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _until_read(self) -> Report:
        process = self.process
        if process is None:
            return Report(0, "", "", {}, {})
        files = [wire.digest_of(wire.content_of(self.place / name)) for name in (wire.ROUTES, wire.ORDERS)]

        def has_read() -> bool:
            report = wire.report_at(self.place)
            return report is not None and [report.pid, report.routes, report.orders] == [process.pid, *files]

        wait_until(has_read, f"the proxy has read {self.place}", 30)
        report = wire.report_at(self.place)
        assert report is not None
        return report


def order(what: str, neuron: str = "miner_1", lasts_s: float = 600.0, **how: object) -> Order:
    """An order that holds from now."""
    fields = {"delay_s": 0.0, "jitter_s": 0.0, "hang": False} | how
    return Order(os.urandom(4).hex(), what, neuron, time.time() + lasts_s, **fields)  # type: ignore[arg-type]


@contextmanager
def echo_server() -> Iterator[int]:
    """Sends back what it gets, after a moment's look at it; gives its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def echo(stream: socket.socket) -> None:
        with stream, suppress(OSError):
            while chunk := stream.recv(65536):
                stream.sendall(chunk)

    def serve() -> None:
        with suppress(OSError):
            while True:
                stream, _ = listener.accept()
                threading.Thread(target=echo, args=(stream,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def says(port: int, word: bytes, timeout_s: float = 20.0) -> bytes:
    """What comes back through a port for a word; OSError where the connection breaks."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as stream:
        stream.sendall(word)
        return stream.recv(65536)


def ask(url: str, method: str = "chain_getHeader", params: Sequence[object] = ()) -> object:
    """One JSON-RPC question by a WebSocket."""
    from websockets.sync.client import connect

    with connect(url, open_timeout=20, max_size=None, proxy=None) as client:
        client.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}))
        return json.loads(client.recv(timeout=20))["result"]
