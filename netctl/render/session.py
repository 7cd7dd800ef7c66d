"""A session's specification on disk, beside its launcher: what whoever starts it again has to know, and no secret."""

from __future__ import annotations

from pathlib import Path

import msgspec

from netctl.json_paths import path_from
from netctl.ports import SessionSpec

FILE = "session.json"


class Unreadable(Exception):
    """There is no such file, or it is no specification of a session."""


def encoded(spec: SessionSpec) -> bytes:
    """The file's content, the same bytes for the same specification."""
    return msgspec.json.format(msgspec.json.encode(spec, enc_hook=str)) + b"\n"


def read(path: Path) -> SessionSpec:
    """The specification that lies there; Unreadable."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=SessionSpec, dec_hook=path_from)
    except (OSError, msgspec.MsgspecError) as error:
        raise Unreadable(f"{path}: {error}") from error
