"""What a supervisor goes by: the fleet as it was brought up, on disk, whatever becomes of the profile meanwhile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec

from netctl.errors import PrerequisiteError
from netctl.fleet import Fleet
from netctl.render.context import files_of
from netctl.supervisor.restarts import SESSION

FILE = "orders.json"


def path_of(fleet: Fleet) -> Path:
    """Where a fleet's orders lie."""
    return files_of(fleet, SESSION) / FILE


def encoded(fleet: Fleet) -> bytes:
    """The fleet as JSON, without what only one command asked for. It names secrets at most, and holds none."""
    lasting = replace(fleet, tops_up_stake=False, reregister=False, no_coldkey=False)
    return msgspec.json.encode(lasting, enc_hook=str) + b"\n"


def read(path: Path) -> Fleet:
    """The fleet of these orders; PrerequisiteError where they are none of this netctl."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Fleet, dec_hook=_path)
    except (OSError, msgspec.MsgspecError) as error:
        raise PrerequisiteError(f"{path} holds no orders: {error}", hint="netctl fleet up writes them anew") from error


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(f"no {kind} from {value!r}")
