"""Which fleets were brought up from a directory, and how; which one a command without a profile means.

The note decides nothing about the world: it only spares typing ``-p``, ``--rehearse`` and ``--network`` again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from netctl import whole_file
from netctl.errors import UsageError

NOTE = "fleet.json"


@dataclass(frozen=True, slots=True)
class Remembered:
    """A fleet that was brought up: `name` and `state` as the Fleet has them, and the words that made it."""

    name: str
    state: Path
    profile: Path
    rehearse: bool
    network: str | None
    neurons: tuple[str, ...]


def remember(fleet: Remembered) -> None:
    """Write the note into the fleet's state directory, whole or not at all; repeating it changes nothing."""
    fleet.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    document = {
        "profile": str(fleet.profile),
        "rehearse": fleet.rehearse,
        "network": fleet.network,
        "neurons": list(fleet.neurons),
    }
    text = json.dumps(document, indent=2) + "\n"
    note = fleet.state / NOTE
    if note.exists() and note.read_text(encoding="utf-8") == text:
        return
    whole_file.put(note, text.encode())


def remembered(root: Path) -> tuple[Remembered, ...]:
    """Every fleet with a readable note under the state root, by name; a broken note counts as none."""
    notes = (_read(note) for note in sorted(root.glob(f"*/{NOTE}")))
    return tuple(fleet for fleet in notes if fleet is not None)


def _read(note: Path) -> Remembered | None:
    try:
        document = json.loads(note.read_text(encoding="utf-8"))
        return Remembered(
            name=note.parent.name,
            state=note.parent,
            profile=Path(document["profile"]),
            rehearse=bool(document["rehearse"]),
            network=document["network"],
            neurons=tuple(document["neurons"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


FIRST_UP = "netctl fleet up profiles/day2.yaml --rehearse; or name a profile: -p PATH"


def choose(known: Sequence[Remembered], is_running: Callable[[Remembered], bool]) -> Remembered:
    """The fleet that a command without a profile means: the only one that runs, else the only one there is.

    UsageError, with the candidates, where that is not one.
    """
    running = [fleet for fleet in known if is_running(fleet)]
    candidates = running or list(known)
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise UsageError(
            "no fleet was brought up from this directory",
            hint=FIRST_UP,
        )
    state = "run from" if running else "are known in"
    names = "; ".join(f"{fleet.name} ({_words(fleet)})" for fleet in candidates)
    raise UsageError(
        f"{len(candidates)} fleets {state} this directory: {names}", hint="say which, with -p and --rehearse"
    )


def _words(fleet: Remembered) -> str:
    words = f"-p {fleet.profile}"
    if fleet.rehearse:
        words += " --rehearse"
    return words + (f" --network {fleet.network}" if fleet.network else "")
