"""An endpoint on loopback that answers scrapes."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from netctl.errors import PrerequisiteError, UsageError
from netctl.metrics.exposition import Subject, registry_of
from netctl.store.latest import Now

PATH = "/metrics"


def place_of(text: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``, ``:PORT`` or ``PORT``; UsageError for one that is not on loopback."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise UsageError(f"{text}: no place to listen at", hint="write HOST:PORT, such as 127.0.0.1:9428")
    try:
        is_near = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_near = False
    if not is_near:
        raise UsageError(
            f"{text} is not on loopback, and anybody could read what is served there",
            hint=f"serve at 127.0.0.1:{port}, and reach it from elsewhere through ssh -L {port}:127.0.0.1:{port}",
        )
    return "127.0.0.1" if host == "localhost" else host, int(port)


@contextmanager
def endpoint(read: Callable[[], tuple[Subject, Now]], host: str, port: int) -> Iterator[str]:
    """Answers at the URL that is given while the block runs; PrerequisiteError where the port is taken.

    With port 0 the system chooses one.
    """
    from prometheus_client import start_http_server

    try:
        server, thread = start_http_server(port, host, registry_of(read))
    except OSError as error:
        raise PrerequisiteError(
            f"{host}:{port} cannot be listened at: {error.strerror}",
            hint="name another port: netctl metrics --serve :9429",
        ) from error
    shown = f"[{host}]" if ":" in host else host
    try:
        yield f"http://{shown}:{server.server_port}{PATH}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
