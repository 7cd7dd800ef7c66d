"""Members of a profile to single neurons: `count` and `{i}` written out, ports allotted. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netctl.fleet import Role
from netctl.profile.model import Member

PLACEHOLDER = "{i}"
LAST_PORT = 65534
_TRAILING_NUMBER = re.compile(r"[0-9]{1,4}$")


@dataclass(frozen=True, slots=True)
class Draft:
    """One neuron of a member, before the defaults are laid under it. `port` is None where none was asked for."""

    member: Member
    role: Role
    index: int
    name: str
    wallet: str
    hotkey: str
    expected_uid: int | None
    port: int | None

    def fill(self, text: str) -> str:
        """The text with this neuron's number for ``{i}``."""
        return text.replace(PLACEHOLDER, str(self.index))


def expand(members: Sequence[Member], role: Role) -> Iterator[Draft]:
    """Every neuron of these members, in their order."""
    position = 0
    for member in members:
        for offset in range(member.count):
            position += 1
            index = member.start + offset if member.count > 1 else single_index(member, position)
            name = member.name.replace(PLACEHOLDER, str(index))
            wallet = (member.wallet or member.name).replace(PLACEHOLDER, str(index))
            hotkey = member.hotkey.replace(PLACEHOLDER, str(index))
            uids = member.expect_uid or ()
            uid = uids[offset] if offset < len(uids) else None
            port = member.port + offset if member.port is not None else None
            yield Draft(member, role, index, name, wallet, hotkey, uid, port)


def single_index(member: Member, position: int) -> int:
    """The number of a member without `count`: `from`, or the one its name ends in, or its place among its role."""
    if "start" in member.model_fields_set:
        return member.start
    number = _TRAILING_NUMBER.search(member.name)
    return int(number[0]) if number else position


def assign_ports(asked: Sequence[int | None], *, first: int) -> list[int]:
    """A port for each neuron: the one it asked for, else the next one from `first` that nobody asked for.

    A neuron added at the end moves no other; ValueError when the ports run out.
    """
    taken = {port for port in asked if port is not None}
    free = (port for port in range(first, LAST_PORT + 1) if port not in taken)
    try:
        return [port if port is not None else next(free) for port in asked]
    except StopIteration:
        raise ValueError(f"no port left from {first} on") from None
