"""What is kept of a run: run.json, as typed values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from netctl.errors import StoreError
from netctl.fleet import NetworkKind, Role

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Profile:
    """The profile as its file was: `$NAME` stays `$NAME`. `sha256` is that of its bytes; "" where it was gone."""

    path: str
    sha256: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Code:
    """The subnet's checkout: `commit` None where it cannot be told, and `why`. `mark` tells changed files apart too."""

    path: str
    commit: str | None
    dirty: bool | None
    changed: tuple[str, ...] = ()
    mark: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """Which pack, and the SHA-256 over all of its files."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Versions:
    """`runtime` is the spec version of the chain's runtime, `netctl_commit` that of its own checkout, if any."""

    netctl: str
    python: str
    sdk: str | None
    runtime: int | None = None
    netctl_commit: str | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """The host: its system as people name it, its cores and its memory."""

    system: str
    architecture: str
    cores: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Where it ran. `endpoint` may be another after a restart; `genesis` says which chain it was."""

    kind: NetworkKind
    endpoint: str
    netuid: int
    genesis: str | None = None
    block_time_s: float | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A neuron of the run. `uid` is the one that it had when this was written, None without."""

    name: str
    role: Role
    wallet: str
    hotkey: str
    coldkey_ss58: str | None
    hotkey_ss58: str | None
    uid: int | None
    strategy: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A later `up` or `restart` of the same run: whom it started, and what was another by then, else None."""

    at: float
    block: int | None
    started: tuple[str, ...]
    profile: Profile | None = None
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class End:
    """When a run was ended on purpose, by which command, and the last block that was seen of it."""

    at: float
    block: int | None
    by: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `began` is when its first session was launched (epoch seconds), `block` the chain's block then.

    `seeds` are by neuron: variables and arguments whose names end in "seed", where they hold whole numbers. `changes`
    are the later commands that started neurons of it. `end` is None while it runs, and if nobody ended it on purpose.
    """

    id: str
    fleet: str
    rehearsal: bool
    chain: Chain
    began: float
    block: int | None
    profile: Profile
    code: Code | None
    pack: Pack
    versions: Versions
    host: Machine
    neurons: tuple[Member, ...]
    seeds: dict[str, dict[str, int]] = field(default_factory=dict)
    time_scale: float = 1.0
    changes: tuple[Change, ...] = ()
    end: End | None = None
    format: int = FORMAT

    def member(self, name: str) -> Member | None:
        """The neuron of that name, None where it was not of this run."""
        return next((each for each in self.neurons if each.name == name), None)

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """Every profile that it ran by, the first one first."""
        return (self.profile, *(each.profile for each in self.changes if each.profile is not None))

    @property
    def codes(self) -> tuple[Code | None, ...]:
        """Every state of the subnet's code that it ran, the first one first."""
        return (self.code, *(each.code for each in self.changes if each.code is not None))


# Made here and once: two threads that are the first to decode a dataclass, at the same time, crash msgspec.
_DECODER = msgspec.json.Decoder(Run)


def encoded(run: Run) -> bytes:
    """run.json."""
    return msgspec.json.format(msgspec.json.encode(run)) + b"\n"


def compact(run: Run) -> str:
    """The same on one line, without the profiles' texts: metrics.db is exported and handed on, they are not."""
    changes = tuple(
        each if each.profile is None else replace(each, profile=replace(each.profile, text="")) for each in run.changes
    )
    return msgspec.json.encode(replace(run, profile=replace(run.profile, text=""), changes=changes)).decode()


def decoded(content: bytes, where: str) -> Run:
    """The run of that content; StoreError where it is none that this netctl reads."""
    try:
        run = _DECODER.decode(content)
    except msgspec.MsgspecError as error:
        raise StoreError(f"{where} is no record of a run: {error}", hint="the other runs are none the worse") from error
    if run.format > FORMAT:
        raise StoreError(f"{where} is of a later netctl (format {run.format})", hint="read it with that one")
    return run


def plain(value: Any) -> Any:
    """A value of these as JSON has it."""
    return msgspec.to_builtins(value)
