"""Members of a profile to single neurons: `count` and `{i}` written out, ports allotted. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netctl.fleet import ProxyPorts, Role

if TYPE_CHECKING:
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
        is_counted = "count" in member.model_fields_set
        for offset in range(member.count):
            position += 1
            index = member.start + offset if is_counted else single_index(member.name, position)
            name = member.name.replace(PLACEHOLDER, str(index))
            wallet = (member.wallet or member.name).replace(PLACEHOLDER, str(index))
            hotkey = member.hotkey.replace(PLACEHOLDER, str(index))
            uids = member.expect_uid or ()
            uid = uids[offset] if offset < len(uids) else None
            port = member.port + offset if member.port is not None else None
            yield Draft(member, role, index, name, wallet, hotkey, uid, port)


def single_index(name: str, position: int) -> int:
    """The number of a neuron without `count`: the one its name ends in, else its place among its role."""
    number = _TRAILING_NUMBER.search(name)
    return int(number[0]) if number else position


def assign_ports(asked: Sequence[int | None], *, first: int) -> list[int]:
    """A port for each neuron: the one it asked for, else the next one from `first` that nobody asked for.

    A neuron added at the end of the list moves no other; ValueError when the ports run out.
    """
    taken = {port for port in asked if port is not None}
    free = (port for port in range(first, LAST_PORT + 1) if port not in taken)
    ports = []
    for port in asked:
        given = port if port is not None else next(free, None)
        if given is None:
            raise ValueError(f"no port is left from {first} on")
        ports.append(given)
    return ports


def proxy_ports(count: int, *, first: int) -> list[ProxyPorts]:
    """Two ports of the proxy for each neuron, in a row from `first`."""
    return [ProxyPorts(port, port + 1) for port in range(first, first + 2 * count, 2)]
