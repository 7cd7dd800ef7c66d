"""Where capsules lie: ``<state>/capsules/<neuron>/<start of the run>-<restarts>.json``, the newest twenty of each.

``<state>/capsules/<neuron>.json`` is the run that was launched last, for the time when its tmux server is lost.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from netctl.capsules.capsule import Capsule, capsule_from
from netctl.ports import SessionFacts

NEWEST = 20
MODE, FOLDER_MODE = 0o600, 0o700
TORN_AFTER_S = 60.0
_NAME = re.compile(r"(\d{8}T\d{6}\.\d{3}Z)-(\d+)\.json")
# Made here and once: two threads that are the first to decode a dataclass, at the same time, crash msgspec.
_DECODER = msgspec.json.Decoder(SessionFacts)


def folder_of(state: Path, neuron: str) -> Path:
    """The directory of one neuron's capsules."""
    return state / "capsules" / neuron


def name_of(at: float, number: int) -> str:
    """A file's name; names sort as the runs began."""
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%S.%f")[:-3]
    return f"{stamp}Z-{number}.json"


def capsules_of(state: Path, neuron: str, most: int = NEWEST) -> tuple[Capsule, ...]:
    """The newest capsules of a neuron, newest first; a file that cannot be read as one is passed over."""
    found: list[Capsule] = []
    for path in reversed(_paths(folder_of(state, neuron))):
        if len(found) == most:
            break
        with suppress(OSError, ValueError):
            found.append(capsule_from(path.read_bytes()))
    return tuple(found)


def put(folder: Path, name: str, capsule: Capsule) -> Path:
    """Write one, whole or not at all, and remove what is more than twenty; OSError."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    folder.mkdir(exist_ok=True, mode=FOLDER_MODE)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".", suffix=".new")
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), MODE)
            file.write(capsule.to_json())
        path = Path(temporary).replace(folder / name)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sweep(folder)
    return path


def note(state: Path, session: SessionFacts) -> None:
    """Note that this run is about to begin, in place of the one before; for one writer at a time. OSError."""
    path = _begun(state, session.name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    temporary = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE), "wb") as file:
        file.write(msgspec.json.encode(session))
    temporary.replace(path)


def begun(state: Path, neuron: str) -> SessionFacts | None:
    """The run that was launched last, as it was then; None where none was, or it cannot be read."""
    try:
        return _DECODER.decode(_begun(state, neuron).read_bytes())
    except (OSError, msgspec.MsgspecError):
        return None


def _begun(state: Path, neuron: str) -> Path:
    folder = folder_of(state, neuron)
    return folder.with_name(f"{folder.name}.json")


def _sweep(folder: Path) -> None:
    """Remove what is more than twenty, and what a writer that was killed has left; never what one writes now."""
    for old in _paths(folder)[:-NEWEST]:
        old.unlink(missing_ok=True)
    for torn in folder.glob(".*.new"):
        with suppress(OSError):
            if torn.stat().st_mtime < (folder.stat().st_mtime - TORN_AFTER_S):
                torn.unlink()


def _paths(folder: Path) -> Sequence[Path]:
    """Those that are there, in the order in which their runs began."""
    try:
        found = [(name, path) for path in folder.iterdir() if (name := _NAME.fullmatch(path.name))]
    except OSError:
        return []
    return [path for _, path in sorted(found, key=lambda one: (one[0][1], int(one[0][2])))]
