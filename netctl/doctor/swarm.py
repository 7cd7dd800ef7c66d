"""Rows about the machines of a swarm: its managers, its nodes, their engines. Only where the profile has some."""

from __future__ import annotations

from collections.abc import Iterator

from netctl.doctor.finding import Judged, Row, failed, good, listed, unseen, warning
from netctl.doctor.seen import Absent, OnSwarm, Seen, Unseen, there
from netctl.hostsetup.difference import LEAST_API, MOST_SKEW_S
from netctl.hostsetup.wanted import Machine
from netctl.ports.engines import EngineFacts, MemberFacts, SwarmFacts

SETUP = "netctl host setup PROFILE"
NODES = "docker node ls"


def _on(seen: Seen) -> OnSwarm:
    if seen.swarm is None:
        raise Unseen(Absent("the fleet runs on this machine alone"))
    return there(seen.swarm)


def _facts(seen: Seen) -> SwarmFacts:
    swarm = _on(seen).seen.swarm
    if swarm is None:
        raise Unseen(Absent("no manager of a swarm answers"))
    return swarm


def _answering(seen: Seen) -> list[tuple[Machine, EngineFacts]]:
    """The machines whose own engine was asked and answered."""
    on = _on(seen)
    found = [(m, on.seen.engines[m.name]) for m in on.machines if on.seen.engines[m.name].answers]
    if not found:
        raise Unseen(Absent("no machine's own engine answers", "write docker: ssh://USER@ADDRESS for the nodes"))
    return found


def _manager(seen: Seen) -> Judged:
    on = _on(seen)
    first, found = on.machines[0], on.seen
    facts = found.engines[first.name]
    if facts.trouble:
        return failed(facts.trouble, f"docker -H {first.engine} info")
    if facts.missing:
        return failed(f"{first.name} has no docker engine", f"{SETUP} --install")
    if found.trouble:
        return failed(found.trouble, f"docker -H {found.manager} node ls")
    if found.swarm is None:
        return failed(f"{first.name} manages no swarm", SETUP)
    return good(f"docker {facts.version} at {found.manager} manages the swarm")


def _quorum(seen: Seen) -> Judged:
    managers = [member for member in _facts(seen).members if member.is_manager]
    lost = [member.name for member in managers if not member.is_well]
    found = f"{len(managers) - len(lost)} of {len(managers)} managers are reachable"
    if lost:
        return warning(f"{found}; not {listed(lost, between=', ')}", NODES)
    if len(managers) % 2 == 0:
        return warning(
            f"{found}: one more, or one less, bears as much", "write manager: true of an odd number of nodes"
        )
    return good(found)


def _nodes(seen: Seen) -> Judged:
    _facts(seen)
    lacking, bad = [], []
    on = _on(seen)
    for machine in on.machines:
        member = on.seen.member(machine)
        if member is None:
            lacking.append(machine.name)
        elif not member.is_well:
            bad.append(
                f"{machine.name} is {member.state}" + (f", {member.reachability}" if member.reachability else "")
            )
        elif machine.runs_neurons and member.availability != "active":
            bad.append(f"{machine.name} takes no neurons: {member.availability}")
    if lacking:
        return failed(f"no node of the swarm: {listed(lacking, between=', ')}", SETUP)
    return failed(listed(bad), NODES) if bad else good(f"{len(on.machines)} nodes are ready")


def _labels(seen: Seen) -> Judged:
    _facts(seen)
    lacking = []
    for machine, member in _members(seen):
        wanted = () if machine.node is None else machine.node.labels
        lacking += [f"{machine.name}: {k}={v}" for k, v in wanted if dict(member.labels).get(k) != v]
    return failed(f"not set: {listed(lacking)}", SETUP) if lacking else good("each node has the labels of the profile")


def _addresses(seen: Seen) -> Judged:
    _facts(seen)
    pairs = [(machine, member.address) for machine, member in _members(seen)]
    other = [f"{m.name}: {address}, not {m.address}" for m, address in pairs if address != m.address]
    if other:
        return warning(
            f"the swarm knows other addresses: {listed(other)}", f"right where one is for outside only: {NODES}"
        )
    return good("the swarm knows the nodes by the addresses of the profile")


def _members(seen: Seen) -> Iterator[tuple[Machine, MemberFacts]]:
    on = _on(seen)
    for machine in on.machines:
        if (member := on.seen.member(machine)) is not None:
            yield machine, member


def _image(seen: Seen) -> Judged:
    asked = [(machine, facts) for machine, facts in _answering(seen) if machine.runs_neurons]
    lacking = [machine.name for machine, facts in asked if not facts.has_image]
    if lacking:
        return failed(f"not on {listed(lacking, between=', ')}", SETUP)
    names = listed((machine.name for machine, _ in asked), between=", ")
    others = sum(machine.runs_neurons for machine in _on(seen).machines) - len(asked)
    return good(f"on {names}" + (f"; {others} not asked: the profile names no docker: for them" if others else ""))


def _autolock(seen: Seen) -> Judged:
    if not _facts(seen).autolock:
        return warning("autolock is off: who has a manager's disk has every hotkey", SETUP)
    return good("managers are locked until somebody gives the key")


def _tcp(seen: Seen) -> Judged:
    opened = [f"{machine.name}: {facts.open_tcp}" for machine, facts in _answering(seen) if facts.open_tcp]
    if opened:
        return failed(listed(opened), "take -H tcp:// out of /etc/docker/daemon.json and the unit, restart docker")
    return good("no engine that was asked listens on the network unguarded")


def _engines(seen: Seen) -> Judged:
    old = [f"{machine.name}: {facts.version}" for machine, facts in _answering(seen) if facts.api < LEAST_API]
    if old:
        return failed(f"older than 20.10: {listed(old)}", "apt-get install docker.io of Debian 11 or newer")
    versions = sorted({facts.version for _, facts in _answering(seen)})
    return good(f"docker {listed(versions, between=', ')}")


def _clocks(seen: Seen) -> Judged:
    known = [(m.name, f.skew_s, f.skew_error_s) for m, f in _answering(seen) if f.skew_s is not None]
    if not known:
        return unseen("no engine told its time")
    off = [f"{name}: {skew:+.1f} s" for name, skew, error in known if abs(skew) - error > MOST_SKEW_S]
    if off:
        return failed(f"against this machine's: {listed(off)}", "sudo timedatectl set-ntp true on each of them")
    return good(f"within {max(abs(skew) + error for _, skew, error in known):.1f} s of this machine's")


def _here(seen: Seen) -> Judged:
    on = _on(seen)
    if not on.has_here:
        return warning(f"{on.here} is no address of this machine", "right behind NAT; else: ip -br address")
    return good(f"{on.here} is this machine's")


ROWS = (
    Row("swarm_manager", "the swarm's manager", "nothing is started, moved or stopped without one", _manager),
    Row("swarm_quorum", "managers reachable", "with half of them gone the swarm takes no orders", _quorum),
    Row("swarm_nodes", "nodes ready", "a neuron waits for its node, and for ever where that is none of them", _nodes),
    Row("swarm_labels", "nodes' labels", "what is placed by a label is placed nowhere without it", _labels),
    Row(
        "swarm_addresses", "nodes' addresses", "validators are told the profile's, whatever the swarm uses", _addresses
    ),
    Row("swarm_image", "the image on each node", "a node without it asks a registry, and starts late or never", _image),
    Row("swarm_autolock", "autolock", "the managers' disks hold every hotkey, locked or not", _autolock),
    Row("swarm_tcp", "docker API on the network", "whoever reaches it is root on that machine", _tcp),
    Row("swarm_engines", "docker's version", "older engines lack what neurons are started with", _engines),
    Row("swarm_clocks", "clocks of the machines", "a signed request is refused when it is four seconds old", _clocks),
    Row("swarm_here", "this machine's address", "nodes reach a rehearsal's chain there", _here),
)
