"""The signals of every shipped pack, and what they make of a log."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from netctl.fleet import Role
from netctl.packs import Pack, load, pack_names
from netctl.signals.matching import Carried, Event, Matcher
from netctl.signals.spec import Signal, StreamName

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
STAMP = "\x1b[34m2026-11-22 12:44:27.847\x1b[39m | \x1b[1m\x1b[32m{level:^16}\x1b[39m\x1b[49m\x1b[0m | "
PLACE = "bittensor:somewhere.py:247 | "


@cache
def pack(name: str) -> Pack:
    return load(name)


@cache
def signals_of(name: str, role: Role) -> tuple[Signal, ...]:
    return pack(name).spec.signals_of(role)


def roles() -> Iterator[tuple[str, Role]]:
    """Every shipped pack with each of its roles."""
    for name in pack_names():
        for role in pack(name).spec.roles:
            yield name, role


def written(message: str, level: str = "INFO", *, place: bool = True) -> str:
    """A line as bittensor writes it, colours and all."""
    return STAMP.format(level=level) + (PLACE if place else "") + message


def events_in(text: str | bytes, signals: tuple[Signal, ...], stream: StreamName = "stdout") -> list[Event]:
    block = text.encode() if isinstance(text, str) else text
    return matcher_of(signals, stream).events(block, 0, Carried())[0]


@cache
def _matcher(number: int, stream: StreamName) -> Matcher:
    return Matcher(_KNOWN[number], stream)


_KNOWN: dict[int, tuple[Signal, ...]] = {}


def matcher_of(signals: tuple[Signal, ...], stream: StreamName) -> Matcher:
    """One for each role and stream: making one takes longer than most logs here."""
    _KNOWN[id(signals)] = signals
    return _matcher(id(signals), stream)
