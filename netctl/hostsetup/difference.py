"""What a look at the machines differs in from what is wanted: the steps, what holds them up, what to know. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netctl.hostsetup.observing import Seen
from netctl.hostsetup.steps import Begin, Configure, Drain, Install, Join, KeepKey, Label, Load, Step
from netctl.hostsetup.wanted import Machine
from netctl.ports.engines import EngineFacts, MemberFacts

LEAST_API = (1, 41)
"""Docker 20.10, which Debian 11 and 12 have."""
LEAST_FREE = 2 * 1024**3
MOST_SKEW_S = 2.0
"""Half of what a signed request between two neurons may be old."""
MOST_HISTORY = 50
INSTALL = ("sudo apt-get update", "sudo apt-get install -y docker.io")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something about a machine: what was found, and the next thing to type."""

    machine: str
    found: str
    next: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Steps in their order. `refused` keeps all of them from being done, `blocked` those of one machine."""

    steps: tuple[Step, ...] = ()
    blocked: tuple[Trouble, ...] = ()
    warnings: tuple[Trouble, ...] = ()
    refused: tuple[Trouble, ...] = ()


def diff(machines: Sequence[Machine], seen: Seen, *, image: str | None = None, install: bool = False) -> Difference:
    """What is to be done. `image` is None for netctl's own; with `install` a missing engine is installed."""
    warnings = tuple(warnings_of(machines, seen))
    refused = tuple(_refused(machines, seen))
    if refused:
        return Difference(warnings=warnings, refused=refused)
    blocked = {m.name: found for m in machines if (found := _blocked(m, seen, install)) is not None}
    first = machines[0]
    if seen.swarm is None and first.name in blocked:
        return Difference(warnings=warnings, refused=(blocked[first.name],))
    able = [m for m in machines if m.name not in blocked]
    steps = [Install(m.name, m.engine) for m in able if m.engine is not None and seen.engines[m.name].missing]
    loads, wanting = _images(able, seen, image)
    rest = [*_swarm(first, seen), *_joins(able, seen), *_drains(machines, able, seen), *_labels(able, machines, seen)]
    return Difference((*steps, *rest, *loads), (*blocked.values(), *wanting), warnings)


def _refused(machines: Sequence[Machine], seen: Seen) -> Iterator[Trouble]:
    if seen.trouble:
        yield Trouble("", seen.trouble, "bring its managers back: more than half of them must run")
        return
    for machine in machines:
        facts = seen.engines[machine.name]
        if facts.answers and facts.membership == "active" and seen.member(machine) is None:
            yield Trouble(
                machine.name,
                "it is in another swarm",
                f"docker -H {machine.engine} swarm leave --force takes it out of that one, if nobody needs it there",
            )


def _blocked(machine: Machine, seen: Seen, install: bool) -> Trouble | None:
    facts, name = seen.engines[machine.name], machine.name
    if facts.trouble:
        if machine.engine is None and seen.member(machine) is not None:
            return None
        then = f"write docker: ssh://USER@{machine.address} for it in the profile"
        return Trouble(name, facts.trouble, then if machine.engine is None else _try(machine.engine))
    if facts.missing:
        if install and facts.can_install:
            return None
        commands = "; ".join(INSTALL)
        may_not = ": that user may not use apt-get there" if install else ", or run this with --install"
        return Trouble(name, "no docker engine there", f"type there: {commands}{may_not}")
    if facts.api < LEAST_API:
        found = f"docker {facts.version} is too old: its API is {'.'.join(map(str, facts.api))}, 1.41 is the least"
        return Trouble(name, found, "install docker 20.10 or newer there")
    if machine.node is not None and facts.name != name:
        return Trouble(name, f"its engine calls itself {facts.name}", f"write name: {facts.name} in the profile")
    return _between(machine, facts) or _haunted(machine, seen)


def _former(machine: Machine, seen: Seen) -> MemberFacts | None:
    """The node that this machine was before it was made anew, while the swarm still lists it and it is gone."""
    facts = seen.engines[machine.name]
    listed = seen.swarm.members if seen.swarm is not None and facts.answers else ()
    return next((m for m in listed if m.name == facts.name and m.id != facts.node_id and not m.is_well), None)


def _haunted(machine: Machine, seen: Seen) -> Trouble | None:
    """A manager is not joined beside its own dead self: each dead one counts for the majority."""
    former = _former(machine, seen)
    if former is None or not former.is_manager or seen.member(machine) is not None:
        return None
    then = f"docker node demote {former.id}; docker node rm {former.id}; and run this again"
    return Trouble(machine.name, "it was made anew, and what it was is still a manager of the swarm", then)


def _between(machine: Machine, facts: EngineFacts) -> Trouble | None:
    docker = f"docker -H {machine.engine}"
    match facts.membership:
        case "locked":
            return Trouble(machine.name, "its engine is locked", f"{docker} swarm unlock, with the unlock key")
        case "error":
            return Trouble(machine.name, "its engine could not join a swarm", f"{docker} swarm leave --force")
        case "pending":
            return Trouble(machine.name, "its engine still joins a swarm", f"{docker} info, and run this again")
    return None


def _try(engine: str) -> str:
    if engine.startswith("ssh://"):
        return f"try it by hand: ssh {engine} true"
    return f"does its engine run? docker -H {engine} info"


def _swarm(first: Machine, seen: Seen) -> Iterator[Step]:
    swarm = seen.swarm
    if swarm is None:
        yield Begin(first.name, seen.manager, first.address)
        yield KeepKey("")
        return
    sane = 1 <= swarm.history <= MOST_HISTORY
    if not swarm.autolock or not sane:
        off = [] if swarm.autolock else ["autolock is off"]
        off += [] if sane else [f"{swarm.history} are kept"]
        yield Configure("", ", ".join(off))
    if not swarm.autolock or seen.kept != swarm.key_mark:
        yield KeepKey("")


def _is_by_label(machine: Machine) -> bool:
    """Whether the swarm told of it: nobody has said that it shall be in it."""
    return machine.node is not None and machine.node.by_label


def _joins(able: Sequence[Machine], seen: Seen) -> Iterator[Step]:
    begun = "" if seen.swarm is not None else able[0].name
    new = [m for m in able if seen.member(m) is None and m.name != begun and not _is_by_label(m)]
    for machine in sorted(new, key=lambda m: not m.is_manager):
        if machine.engine is not None:
            listed = machine.node is not None
            yield Join(machine.name, machine.engine, machine.address, machine.is_manager, listed)


def _drains(machines: Sequence[Machine], able: Sequence[Machine], seen: Seen) -> Iterator[Step]:
    if not any(machine.runs_neurons for machine in machines):
        return
    for machine in able:
        member = seen.member(machine)
        is_drained = member is not None and member.availability == "drain"
        # One that was found by its labels may have lost them, and runs what it has.
        is_idle = machine.is_manager and not machine.runs_neurons and not _is_by_label(machine)
        if is_idle and not is_drained and machine.engine is not None:
            yield Drain(machine.name, machine.engine)


def _labels(able: Sequence[Machine], machines: Sequence[Machine], seen: Seen) -> Iterator[Step]:
    for machine in machines:
        member = seen.member(machine)
        if machine.node is None or _is_by_label(machine) or (member is None and machine not in able):
            continue
        there = dict(member.labels) if member is not None else {}
        lacking = tuple((name, value) for name, value in machine.node.labels if there.get(name) != value)
        if lacking:
            yield Label(machine.name, machine.engine, lacking)


def _images(able: Sequence[Machine], seen: Seen, image: str | None) -> tuple[list[Step], list[Trouble]]:
    steps: list[Step] = []
    blocked: list[Trouble] = []
    source = next((m for m in able if m.engine is not None and seen.engines[m.name].has_image), None)
    for machine in able:
        facts = seen.engines[machine.name]
        if not machine.runs_neurons or machine.engine is None or facts.has_image or facts.trouble:
            continue
        if image is None or source is not None or "@" in image:
            has = source if image is not None else None
            place, name = (None, "") if has is None else (has.engine, has.name)
            steps.append(Load(machine.name, machine.engine, image, place, name))
        else:
            found = f"no machine has the image {image[:80]}"
            blocked.append(Trouble(machine.name, found, f"docker save IMAGE | docker -H {machine.engine} load"))
    return steps, blocked


def warnings_of(machines: Sequence[Machine], seen: Seen) -> Iterator[Trouble]:
    """What is not in the way, and may be one day."""
    managers = sum(machine.is_manager for machine in machines)
    if managers % 2 == 0:
        bears = f"{managers} managers bear the loss of {managers // 2 - 1}, as {managers - 1} would"
        yield Trouble("", bears, "make it an odd number: manager: true of the nodes in the profile")
    for machine in machines:
        yield from _about(machine, seen)


def _about(machine: Machine, seen: Seen) -> Iterator[Trouble]:
    facts, member, name = seen.engines[machine.name], seen.member(machine), machine.name
    if facts.open_tcp:
        then = "take -H tcp:// out of that engine's options: whoever reaches it is root there"
        yield Trouble(name, f"its docker API listens on the network: {facts.open_tcp}", then)
    if facts.skew_s is not None and abs(facts.skew_s) - facts.skew_error_s > MOST_SKEW_S:
        off = f"its clock is {abs(facts.skew_s):.1f} s {'ahead of' if facts.skew_s > 0 else 'behind'} this machine's"
        yield Trouble(name, off, "sudo timedatectl set-ntp true on both")
    if facts.free_bytes is not None and facts.free_bytes < LEAST_FREE:
        yield Trouble(
            name, f"{facts.free_bytes / 1024**3:.1f} GiB free where docker keeps its files", "docker system df"
        )
    former = _former(machine, seen)
    if former is not None and (member is not None or not former.is_manager):
        yield Trouble(name, f"the swarm still lists what it was, {former.id}", f"docker node rm --force {former.id}")
    if member is None:
        return
    if member.state != "ready":
        yield Trouble(name, f"the swarm says that it is {member.state}", _try(machine.engine or "unix://"))
    if machine.runs_neurons and member.availability != "active":
        then = f"docker node update --availability active {name}"
        yield Trouble(name, f"no neuron is started there: its availability is {member.availability}", then)
    if member.is_manager and not machine.is_manager:
        yield Trouble(name, "it is a manager, and the profile wants a worker", f"docker node demote {name}")
    if machine.is_manager and not member.is_manager:
        then = f"take it out (docker -H {machine.engine} swarm leave), docker node rm {name}, and run this again"
        yield Trouble(name, "it is a worker, and the profile wants a manager", then)
