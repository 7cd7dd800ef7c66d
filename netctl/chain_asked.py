"""What `netctl chain up` is asked for in words, and whose words it may be: a rehearsal's profile has its own.

A rehearsal's chain that was started otherwise than its profile says could not be started again by `fleet up`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from netctl.embedded import BLOCK_TIME_S
from netctl.errors import UsageError
from netctl.fleet import Fleet


@dataclass(frozen=True, slots=True)
class ChainAsked:
    """The embedded chain's options as they were typed; None is what was left out."""

    first_netuid: int | None = None
    block_time_s: float | None = None
    registration: Literal["price", "windows"] | None = None
    compat: bool | None = None

    def options(self) -> dict[str, str]:
        """The options that were given, each with its value as it would be written in a profile."""
        told: tuple[tuple[str, Any], ...] = (
            ("--first-netuid", self.first_netuid),
            ("--block-time", self.block_time_s),
            ("--registration", self.registration),
            ("--compat" if self.compat else "--no-compat", self.compat),
        )
        return {option: _written(value) for option, value in told if value is not None}


NOTHING = ChainAsked()


def check_profile_agrees(fleet: Fleet, asked: ChainAsked) -> None:
    """UsageError that names every option which says otherwise than the rehearsal's profile, and where to write it."""
    against = list(_against(fleet, asked))
    if against:
        typed = ", ".join(f"{option} against {field}: {has}" for option, field, has, _ in against)
        wanted = " and ".join(f"{field}: {value}" for _, field, _, value in against)
        hint = f"write {wanted} in the profile, or leave the option out"
        raise UsageError(f"{fleet.profile_path.name} says what its rehearsal's chain is: {typed}", hint=hint)


def _against(fleet: Fleet, asked: ChainAsked) -> Iterator[tuple[str, str, str, str]]:
    has = {
        "--first-netuid": ("netuid", _written(fleet.netuid)),
        "--block-time": ("rehearsal.block_time", _written(fleet.block_time_s or BLOCK_TIME_S)),
        "--registration": ("rehearsal.registration", fleet.chain_registration),
        "--compat": ("rehearsal.compat", _written(fleet.chain_compat)),
        "--no-compat": ("rehearsal.compat", _written(fleet.chain_compat)),
    }
    for option, value in asked.options().items():
        field, there = has[option]
        if there != value:
            yield option, field, there, value


def check_nothing_asked(asked: ChainAsked, of: str, hint: str) -> None:
    """UsageError that names the options, where it is something else that is started."""
    if asked != NOTHING:
        raise UsageError(f"{', '.join(asked.options())}: the embedded chain's, and {of} has none", hint=hint)


def _written(value: bool | float | str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
