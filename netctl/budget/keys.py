"""Which key each neuron calls with: named by its place and a digest, never by its value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b


@dataclass(frozen=True, slots=True)
class Holder:
    """A neuron, and where its key comes from: `reference` as the profile has it, "" for a file or nothing.

    `digest` is of the key's value, None where that is not known here.
    """

    neuron: str
    reference: str
    digest: str | None


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its place in the profile's list, or in the order in which neurons use it, and who has it."""

    place: int
    reference: str
    digest: str | None
    neurons: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is called: ``key 2 ($RAPIDAPI_KEY_2, 3f9a1c)``."""
        told = ", ".join(filter(None, (self.reference, self.digest)))
        return f"key {self.place}{f' ({told})' if told else ''}"


def digest_of(value: str) -> str:
    """Six hexadecimal digits that tell a key from others, and nothing of what it is."""
    return blake2b(value.encode(errors="surrogateescape"), digest_size=3, person=b"netctl api key").hexdigest()


def keys_of(holders: Sequence[Holder], dealt: Sequence[str] = ()) -> tuple[Key, ...]:
    """The keys, those of the profile's list in its order first. Two names for one value are one key.

    A neuron with neither a reference nor a value has none.
    """
    listed = [f"${name}" for name in dealt]
    order = sorted(holders, key=lambda h: listed.index(h.reference) if h.reference in listed else len(listed))
    known: dict[str, str] = {h.reference: h.digest for h in order if h.reference and h.digest is not None}
    groups: dict[str, list[Holder]] = {}
    for holder in order:
        digest = holder.digest or known.get(holder.reference)
        if digest or holder.reference:
            groups.setdefault(digest or holder.reference, []).append(holder)
    return tuple(_key(number, group, known, listed) for number, group in enumerate(groups.values(), start=1))


def _key(number: int, group: Sequence[Holder], known: Mapping[str, str], listed: Sequence[str]) -> Key:
    first = group[0]
    place = listed.index(first.reference) + 1 if first.reference in listed else max(number, len(listed) + 1)
    digest = first.digest or known.get(first.reference)
    return Key(place, first.reference, digest, tuple(holder.neuron for holder in group))
