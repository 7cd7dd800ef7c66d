"""A session's specification on disk, beside its launcher: what whoever starts it again has to know, and no secret."""

from __future__ import annotations

from pathlib import Path

import msgspec

from netctl.json_paths import path_from
from netctl.ports import SessionSpec

FILE = "session.json"
# Made here and once: two threads that are the first to decode a dataclass, at the same time, crash msgspec.
_DECODER = msgspec.json.Decoder(SessionSpec, dec_hook=path_from)


class Unreadable(Exception):
    """There is no such file, or it is no specification of a session."""


def encoded(spec: SessionSpec) -> bytes:
    """The file's content, the same bytes for the same specification."""
    return msgspec.json.format(msgspec.json.encode(spec, enc_hook=str)) + b"\n"


def read(path: Path) -> SessionSpec:
    """The specification that lies there; Unreadable."""
    try:
        return _DECODER.decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError) as error:
        raise Unreadable(f"{path}: {error}") from error
