"""What can be read of a profile that may be full of faults: members and neurons, with None for what is unusable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from netctl.fleet import Role
from netctl.members import PLACEHOLDER, single_index
from netctl.profile.place import Place
from netctl.profile.source import Document

MOST_NEURONS = 1024
SECTIONS: tuple[tuple[str, Role], ...] = (("miners", "miner"), ("validators", "validator"))


@dataclass(frozen=True, slots=True)
class MemberDraft:
    """One entry of `miners:` or `validators:`. `count` is 1 where none is given or it cannot be used."""

    place: Place
    role: Role
    written: dict[str, Any]
    position: int
    """How many neurons of its role stand before it."""

    def text(self, key: str) -> str | None:
        """The text of a key, if it is text."""
        found = self.written.get(key)
        return found if isinstance(found, str) and found else None

    def number(self, key: str) -> int | None:
        """The whole number of a key, if it is one."""
        found = self.written.get(key)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    @property
    def is_counted(self) -> bool:
        return self.written.get("count") is not None

    @property
    def count(self) -> int:
        number = self.number("count")
        return number if number is not None and 1 <= number <= 256 else 1


@dataclass(frozen=True, slots=True)
class NeuronDraft:
    """One neuron of a member."""

    member: MemberDraft
    offset: int
    index: int

    def filled(self, key: str) -> str | None:
        """The text of a key with this neuron's number in it."""
        text = self.member.text(key)
        return text.replace(PLACEHOLDER, str(self.index)) if text is not None else None

    @property
    def name(self) -> str | None:
        return self.filled("name")

    @property
    def wallet(self) -> str | None:
        return self.filled("wallet") if "wallet" in self.member.written else self.name

    @property
    def hotkey(self) -> str | None:
        return self.filled("hotkey") if "hotkey" in self.member.written else "default"

    @property
    def port(self) -> int | None:
        first = self.member.number("port")
        return first + self.offset if first is not None else None

    def place(self, key: str) -> Place:
        """The place of a key of its member, or of the member where the key is not written."""
        return (*self.member.place, key) if key in self.member.written else self.member.place


def members_of(document: Document) -> Iterator[MemberDraft]:
    """Every member that is a mapping, miners first."""
    for section, role in SECTIONS:
        entries = (document.value or {}).get(section)
        position = 0
        for number, entry in enumerate(entries if isinstance(entries, tuple) else ()):
            if isinstance(entry, dict):
                member = MemberDraft((section, number), role, entry, position)
                position += member.count
                yield member


def neurons_of(document: Document) -> list[NeuronDraft]:
    """Every neuron of every member, at most a few more than a fleet can have."""
    neurons: list[NeuronDraft] = []
    for member in members_of(document):
        neurons.extend(NeuronDraft(member, offset, _index(member, offset)) for offset in range(member.count))
        if len(neurons) > MOST_NEURONS:
            break
    return neurons


def _index(member: MemberDraft, offset: int) -> int:
    if member.is_counted:
        start = member.number("from")
        return (1 if start is None else start) + offset
    return single_index(member.text("name") or "", member.position + 1)
