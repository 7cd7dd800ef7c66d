"""What setting machines up can take: each step says what it would do, and looks once more before it does it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from netctl.errors import SessionError
from netctl.ports.engines import Engines, KeyShelf, MemberFacts

HISTORY = 5
"""How many ended tasks of each neuron the engine remembers: enough for `netctl why`."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What steps act with. `manager` is the engine that is asked about the swarm."""

    engines: Engines
    shelf: KeyShelf
    manager: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do to a machine; "" stands for the swarm as a whole."""

    machine: str

    @property
    def summary(self) -> str:
        """What it would do, for people."""
        raise NotImplementedError

    def apply(self, hands: Hands) -> str:
        """Do it; returns what is to be told beside `summary`, mostly "". SessionError where it does not succeed."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Install(Step):
    """Debian's docker.io over ssh."""

    engine: str

    @property
    def summary(self) -> str:
        return "install docker.io: apt-get update; apt-get install docker.io"

    def apply(self, hands: Hands) -> str:
        hands.engines.install(self.engine)
        return ""


@dataclass(frozen=True, slots=True)
class Begin(Step):
    """A swarm of one."""

    engine: str
    address: str

    @property
    def summary(self) -> str:
        return f"begin a swarm at {self.address}, its first manager, with autolock on"

    def apply(self, hands: Hands) -> str:
        hands.engines.init(self.engine, advertise=self.address, history=HISTORY)
        return ""


@dataclass(frozen=True, slots=True)
class Configure(Step):
    """Autolock and the history of an existing swarm."""

    was: str

    @property
    def summary(self) -> str:
        return f"switch autolock on and keep {HISTORY} ended tasks of each neuron ({self.was})"

    def apply(self, hands: Hands) -> str:
        hands.engines.configure(hands.manager, history=HISTORY)
        return ""


@dataclass(frozen=True, slots=True)
class KeepKey(Step):
    """The unlock key, where its owner finds it."""

    @property
    def summary(self) -> str:
        return "put the key that unlocks managers after a restart into a file of the state directory, 0600"

    def apply(self, hands: Hands) -> str:
        place = hands.shelf.keep(hands.engines.swarm(hands.manager).id, hands.engines.unlock_key(hands.manager))
        return f"the unlock key is in {place}: move it to where your coldkeys' backups are; it is not put there again"


@dataclass(frozen=True, slots=True)
class Join(Step):
    """A machine joins, as manager or as worker."""

    engine: str
    address: str
    as_manager: bool
    is_listed: bool

    @property
    def summary(self) -> str:
        return f"join the swarm as a {'manager' if self.as_manager else 'worker'}, at {self.address}"

    def apply(self, hands: Hands) -> str:
        name, _ = hands.engines.identity(self.engine)
        if self.is_listed and name != self.machine:
            raise SessionError(
                f"{self.machine}: its engine calls itself {name}", hint=f"write name: {name} in the profile"
            )
        hands.engines.join(self.engine, manager=hands.manager, as_manager=self.as_manager, advertise=self.address)
        return ""


@dataclass(frozen=True, slots=True)
class Drain(Step):
    """A manager on which nothing runs."""

    engine: str

    @property
    def summary(self) -> str:
        return "drain it: it manages, and no neuron runs there"

    def apply(self, hands: Hands) -> str:
        hands.engines.drain(hands.manager, _member(hands, self.machine, self.engine).id)
        return ""


@dataclass(frozen=True, slots=True)
class Label(Step):
    """The labels of the profile that a node has not."""

    engine: str | None
    labels: tuple[tuple[str, str], ...]

    @property
    def summary(self) -> str:
        return "set labels " + ", ".join(f"{name}={value}" for name, value in self.labels)

    def apply(self, hands: Hands) -> str:
        hands.engines.label(hands.manager, _member(hands, self.machine, self.engine).id, dict(self.labels))
        return ""


@dataclass(frozen=True, slots=True)
class Load(Step):
    """The image that neurons run in; `source` is an engine that has it."""

    engine: str
    image: str | None
    source: str | None
    from_machine: str

    @property
    def summary(self) -> str:
        if self.image is None:
            return "load netctl's own image, of a few KB"
        return f"bring image {self.image[:80]}" + (f" from {self.from_machine}" if self.source else " by its digest")

    def apply(self, hands: Hands) -> str:
        hands.engines.load(self.engine, self.image, self.source)
        return ""


def _member(hands: Hands, name: str, engine: str | None) -> MemberFacts:
    """The swarm's node for a machine: by its engine's own id, else by its name."""
    swarm = hands.engines.swarm(hands.manager)
    own = ""
    if engine is not None:
        with suppress(SessionError):  # one that does not answer is labelled by its manager all the same
            _, own = hands.engines.identity(engine)
    member = swarm.by_id(own) if own else swarm.by_name(name)
    if member is None:
        raise SessionError(f"{name} is no node of the swarm", hint="netctl host list PROFILE")
    return member
