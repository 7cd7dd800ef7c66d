"""On which swarm a fleet's neurons were started: a note in its state directory, from the first launch to `down`.

A profile that has changed its machines meanwhile would else start every neuron again, and one hotkey would run twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from netctl import whole_file
from netctl.errors import SessionError
from netctl.ports import Placed

FILE = "swarm.json"


class Note(msgspec.Struct, frozen=True):
    """The engine's id of the swarm, where its manager answered, and by neuron the addresses of the hotkeys there."""

    swarm: str
    manager: str
    hotkeys: Mapping[str, str] = {}

    @property
    def where(self) -> str:
        """The swarm, in words."""
        return f"the swarm of {self.manager}"


_DECODER = msgspec.json.Decoder(Note)


def read(state: Path) -> Note | None:
    """The note; None where nothing was started on a swarm, or all of it was stopped. OSError."""
    try:
        return _DECODER.decode((state / FILE).read_bytes())
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError:
        return Note("", "nobody knows where")


def write(state: Path, note: Note) -> None:
    """Put it in place of the last one, whole or not at all; OSError."""
    whole_file.put(state / FILE, msgspec.json.encode(note))


def remove(state: Path) -> None:
    """Nothing of the fleet runs on a swarm any more; OSError."""
    (state / FILE).unlink(missing_ok=True)


def of_others(state: Path) -> tuple[Placed, ...]:
    """What the other fleets beside this one have started on swarms, as their notes say; OSError."""
    own = state.resolve()
    found = [path.parent for path in sorted(state.parent.glob(f"*/{FILE}")) if path.parent.resolve() != own]
    notes = {place.name: read(place) for place in found}
    return tuple(
        Placed(fleet, name, is_ours=False, nodes=(note.where,), hotkey=hotkey)
        for fleet, note in notes.items()
        if note is not None
        for name, hotkey in note.hotkeys.items()
    )


def insist_on(swarm: str | None, state: Path, fleet: str) -> None:
    """SessionError where the fleet's neurons were started on another swarm than this one, None for tmux; OSError."""
    note = read(state)
    if note is not None and note.swarm != swarm:
        as_before = "with `host:` and `hosts:` as they were: netctl fleet down"
        raise SessionError(
            f"neurons of {fleet} were started on {note.where}, and the profile has other machines now",
            hint=f"{as_before}; or, once nothing runs there: rm {state / FILE}",
        )
