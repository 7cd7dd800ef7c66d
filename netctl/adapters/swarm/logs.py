"""Reading what a neuron wrote on its node, with the time of each line and the two streams apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime

import requests

from netctl.adapters.swarm.engine import Engine, stream
from netctl.errors import SessionError
from netctl.ports.gathering import Piece, Stream

_STREAMS: dict[int, Stream] = {1: "stdout", 2: "stderr"}
_HEAD = 8
_NANO = 1_000_000_000


def of_task(engine: Engine, task: str, *, since_ns: int, follow: bool) -> Iterator[Sequence[Piece]]:
    """What one task wrote at that time or later, together what came together; SessionError."""
    wanted = {"stdout": "1", "stderr": "1", "timestamps": "1", "follow": "1" if follow else "0", "tail": "all"}
    if since_ns:
        wanted["since"] = f"{since_ns // _NANO}.{since_ns % _NANO:09d}"
    response = engine.look(lambda client: stream(client, f"/tasks/{task}/logs", **wanted))
    with closing(response):
        yield from _pieces(response)


def _pieces(response: requests.Response) -> Iterator[Sequence[Piece]]:
    rest = b""
    try:
        for chunk in response.iter_content(chunk_size=None):
            rest += chunk
            batch = []
            while len(rest) >= _HEAD and len(rest) >= _HEAD + (length := int.from_bytes(rest[4:8], "big")):
                batch.append(_piece(rest[0], rest[_HEAD : _HEAD + length]))
                rest = rest[_HEAD + length :]
            if batch:
                yield batch
    except (requests.RequestException, OSError) as error:
        hint = "what was not read is read again"
        raise SessionError(f"the engine's log broke off: {error}", hint=hint) from error


def _piece(kind: int, content: bytes) -> Piece:
    if kind not in _STREAMS:
        said = content.decode(errors="replace").strip()
        raise SessionError(f"the engine cannot read this log: {said}", hint="docker node ls: is its node there?")
    stamp, _, line = content.partition(b" ")
    return Piece(nanoseconds(stamp.decode()), _STREAMS[kind], line)


def nanoseconds(stamp: str) -> int:
    """The engine's time, 2026-11-29T22:56:21.345666257Z, since the epoch."""
    whole, _, fraction = stamp.rstrip("Z").partition(".")
    seconds = datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp()
    return int(seconds) * _NANO + int(fraction.ljust(9, "0")[:9] or 0)
