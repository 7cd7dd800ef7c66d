"""Who is who: the fleet's names for hotkeys, and which hotkey held a uid when."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from netctl.store.histories import Heard, Seat

SHOWN = 8
SERVING, OWN_UID = "serving", "own_uid"
"""Signals by which a neuron says who it is: its hotkey, its uid."""


@dataclass(frozen=True, slots=True)
class Word:
    """A neuron has said at `time` that the uid is its own."""

    time: float
    neuron: str


@dataclass(frozen=True, slots=True)
class Roll:
    """`names` are neurons by hotkey. What nobody knows a name of is called by its hotkey's beginning, or its uid.

    `words` are of uids that nobody has looked at on the chain, oldest first.
    """

    names: Mapping[str, str]
    seats: Mapping[int, tuple[Seat, ...]]
    words: Mapping[int, tuple[Word, ...]] = field(default_factory=dict)

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
        if hotkey is not None and hotkey in self.names:
            return self.names[hotkey]
        if uid is not None and uid in self.words:
            said = self.words[uid]
            # The first word holds for before, too: a log may begin after it.
            return said[max(0, bisect_right(said, time, key=lambda word: word.time) - 1)].neuron
        if hotkey is not None:
            return f"{hotkey[:SHOWN]}…"
        return None if uid is None else f"uid {uid}"

    def of(self, event: Heard) -> str | None:
        """Whom an event is about."""
        return self.called(uid=event.uid, hotkey=event.hotkey, time=event.time)


def roll_of(
    names: Mapping[str, str], seats: Iterable[Seat], own_uids: Iterable[Heard] = (), servings: Iterable[Heard] = ()
) -> Roll:
    """The roll. `own_uids` and `servings` are lines by which neurons of no fleet have a name too, by their own word."""
    by_uid: dict[int, list[Seat]] = {}
    for seat in seats:
        by_uid.setdefault(seat.uid, []).append(seat)
    told = dict(names)
    for event in servings:
        if event.hotkey is not None and event.neuron not in told.values():
            told.setdefault(event.hotkey, event.neuron)
    plain = Roll(told, {uid: tuple(held) for uid, held in by_uid.items()})
    known = set(told.values())
    called = dict(told)
    words: dict[int, list[Word]] = {}
    for event in own_uids:
        if event.uid is None:
            continue
        if event.uid not in by_uid:
            words.setdefault(event.uid, []).append(Word(event.time, event.neuron))
        hotkey = plain.hotkey_at(event.uid, event.time)
        if hotkey is not None and event.neuron not in known:
            called.setdefault(hotkey, event.neuron)
    return Roll(called, plain.seats, {uid: tuple(said) for uid, said in words.items()})
