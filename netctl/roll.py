"""Who is who: the fleet's names for hotkeys, and which hotkey held a uid when."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from netctl.store.histories import Heard, Seat

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Roll:
    """`names` are neurons by hotkey. What nobody knows a name of is called by its hotkey's beginning, or its uid."""

    names: Mapping[str, str]
    seats: Mapping[int, tuple[Seat, ...]]

    def hotkey_at(self, uid: int, time: float) -> str | None:
        """Who held the uid then; before the first look, who held it at that."""
        held = self.seats.get(uid, ())
        at = bisect_right(held, time, key=lambda seat: seat.time)
        if at:
            return held[at - 1].hotkey
        return held[0].hotkey if held else None

    def called(self, *, uid: int | None, hotkey: str | None, time: float) -> str | None:
        """The name of whom a line or a row is about; None where it says nothing of that."""
        if hotkey is None and uid is not None:
            hotkey = self.hotkey_at(uid, time)
        if hotkey is not None:
            return self.names.get(hotkey, f"{hotkey[:SHOWN]}…")
        return None if uid is None else f"uid {uid}"

    def of(self, event: Heard) -> str | None:
        """Whom an event is about."""
        return self.called(uid=event.uid, hotkey=event.hotkey, time=event.time)


def roll_of(names: Mapping[str, str], seats: Iterable[Seat], own_uids: Iterable[Heard] = ()) -> Roll:
    """The roll; `own_uids` are lines by which neurons of no fleet tell their own uid, so that they have a name too."""
    by_uid: dict[int, list[Seat]] = {}
    for seat in seats:
        by_uid.setdefault(seat.uid, []).append(seat)
    plain = Roll(dict(names), {uid: tuple(held) for uid, held in by_uid.items()})
    known = set(names.values())
    told = dict(names)
    for event in own_uids:
        hotkey = None if event.uid is None else plain.hotkey_at(event.uid, event.time)
        if hotkey is not None and event.neuron not in known:
            told.setdefault(hotkey, event.neuron)
    return Roll(told, plain.seats)
