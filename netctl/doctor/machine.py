"""Rows about the machine: tmux, logout, ports, identities, disk, clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from netctl.doctor.finding import Judged, Row, about, failed, good, listed, unseen, warning
from netctl.doctor.seen import Absent, Neighbours, Seen, there
from netctl.identity.claims import Claims, shared
from netctl.identity.clashes import Clash, find_clashes, shown
from netctl.identity.rivals import port_clashes, way_out

GIB = 1024**3
LEAST_GIB = 1
ROOMY_GIB_PER_NEURON = 1
LEAST_INODES = 0.02
SKEW_S = 4.0
"""A neuron refuses a signed request whose nonce, a time, is older than four seconds (bittensor's axon, 9 and 10)."""

TRAVEL_S = 2.0
"""What a block may take from its author to us, and a question to the node and back."""


def _tmux(seen: Seen) -> Judged:
    if seen.tmux is None:
        return failed("no tmux in PATH", "apt-get install tmux, or brew install tmux")
    version = seen.tmux.version or "of no known version"
    if seen.tmux.too_old:
        return failed(f"tmux {version}, and 3.2 is the least", "install a newer tmux")
    if not isinstance(seen.neighbours, Absent) and seen.neighbours.tmux_trouble is not None:
        return failed(
            seen.neighbours.tmux_trouble, "look at it with ps; kill -CONT continues a server that was stopped"
        )
    return good(f"tmux {version} at {seen.tmux.path}")


def _logout(seen: Seen) -> Judged:
    out = seen.logout
    linger = f"sudo loginctl enable-linger {out.user}"
    if not out.systemd:
        return good("no systemd-logind here: nothing ends a session at logout")
    if out.kills is None:
        return warning("systemd-logind does not say what it ends at logout", linger)
    if out.kills:
        also = "" if out.lingers else ", and the user does not linger"
        return failed(
            f"systemd-logind ends {out.user}'s processes at logout (KillUserProcesses){also}",
            f"{linger}; then bring fleets up with: systemd-run --scope --user netctl fleet up",
        )
    if not out.lingers and seen.tmux is not None and seen.tmux.scopes:
        return warning(f"this tmux runs below {out.user}'s systemd manager, which ends at the last logout", linger)
    return good("processes outlive logout (KillUserProcesses is off)")


def _ports(seen: Seen) -> Judged:
    fleet, near = there(seen.fleet), there(seen.neighbours)
    taken = [(n.name, c) for n in fleet.neurons for c in _port_clashes(near.claims[n.name], near)]
    if taken:
        return _clashing(taken)
    ours = {port for claims in near.claims.values() for port in claims.ports()} & near.listeners.keys()
    free = len(fleet.neurons) - len(ours)
    return good(f"{free} free, {len(ours)} held by this fleet's own neurons")


def _port_clashes(claims: Claims, near: Neighbours) -> Iterator[Clash]:
    yield from port_clashes(claims, near.listeners, claims.own)
    yield from (clash for name, clash in _clashes(near, "port") if name == claims.neuron)


def _identities(seen: Seen) -> Judged:
    fleet, near = there(seen.fleet), there(seen.neighbours)
    used = _clashes(near, "hotkey")
    if used:
        return _clashing(used)
    pairs = [(n.wallet, n.hotkey) for n in fleet.neurons]
    twice = sorted({f"{w}/{h}" for w, h in pairs if pairs.count((w, h)) > 1})
    if twice:
        return failed(f"two neurons of the profile share {listed(twice)}", "give each neuron a hotkey of its own")
    return good("no other process uses a hotkey of this fleet")


def _owned(seen: Seen) -> Judged:
    near = there(seen.neighbours)
    files = [use for claims in near.claims.values() for use in claims.uses if use.kind == "file"]
    if not files:
        return unseen("the pack names no file that a neuron must have to itself")
    used = _clashes(near, "file")
    if used:
        return _clashing(used)
    alike = [one for one in shared(list(near.claims.values())) if one.use.kind == "file"]
    if alike:
        found = (f"{listed(one.neurons, between=', ')} share {shown(one.use.what, one.use.value)}" for one in alike)
        return failed(listed(found), "give each neuron one of its own under args: in the profile")
    return good(f"{listed({use.what for use in files}, between=', ')}: nobody else has one of this fleet's")


def _clashes(near: Neighbours, kind: str) -> list[tuple[str, Clash]]:
    """Neuron and clash, of those things alone."""
    claims = [replace(one, uses=tuple(u for u in one.uses if u.kind == kind)) for one in near.claims.values()]
    found = find_clashes(claims, near.holders, pids=near.pids)
    return [(name, clash) for name, clashes in found.items() for clash in clashes]


def _clashing(used: Sequence[tuple[str, Clash]]) -> Judged:
    return failed(listed(f"{name}: {clash}" for name, clash in used), way_out(used[0][1]))


def _disk(seen: Seen) -> Judged:
    disk = there(seen.disk)
    neurons = 0 if isinstance(seen.fleet, Absent) else len(seen.fleet.neurons)
    free_gib = disk.free_bytes / GIB
    found = f"{free_gib:.1f} GiB of {disk.total_bytes / GIB:.0f} free at {disk.place}"
    if free_gib < LEAST_GIB:
        return failed(found, f"make room: du -xh {disk.place} | sort -h | tail")
    if disk.free_inodes is not None and disk.total_inodes and disk.free_inodes < LEAST_INODES * disk.total_inodes:
        return failed(f"{found}, but {disk.free_inodes} inodes are left", "remove small files; df -i shows where")
    wanted = LEAST_GIB + ROOMY_GIB_PER_NEURON * neurons
    if free_gib < wanted:
        return warning(f"{found}; {neurons} neurons want {wanted} and more", "make room, or set NETCTL_HOME elsewhere")
    return good(found)


def _clock(seen: Seen) -> Judged:
    fleet, pulse = there(seen.fleet), there(seen.pulse)
    if fleet.network.has_dev_accounts:
        return unseen("a chain of your own keeps a time of its own")
    behind_s = -pulse.age_s
    ahead_s = pulse.age_s - TRAVEL_S - (pulse.late_s if pulse.fresh else pulse.block_time_s)
    mend = "timedatectl set-ntp true, or start chrony"
    if behind_s > SKEW_S:
        return failed(f"this clock is {about(behind_s)} behind the chain's block {pulse.head.number}", mend)
    if ahead_s > SKEW_S:
        if not pulse.fresh:
            return warning(
                f"block {pulse.head.number} is {about(pulse.age_s)} old and no new one came: "
                "the chain stands still, the node lags, or this clock is ahead",
                "compare `date -u` with another machine",
            )
        return failed(f"this clock is {about(ahead_s)} ahead: a block that was new is {about(pulse.age_s)} old", mend)
    return good(f"block {pulse.head.number} was {max(pulse.age_s, 0.0):.1f} s old when it was first seen")


ROWS = (
    Row("tmux", "tmux", "every neuron is a tmux session; 3.2 is the oldest that keeps how a process ended", _tmux),
    Row("logout", "sessions at logout", "neurons would end with the terminal that started them", _logout),
    Row("ports", "axon ports", "a second axon on a port stays silent, and both neurons look as if they served", _ports),
    Row("identities", "one process per hotkey", "two processes on one hotkey overwrite each other's work", _identities),
    Row("owned", "files of one neuron alone", "two that write one database mix what they found, or lose it", _owned),
    Row("disk", "disk space", "a full disk tears databases, logs and the journal without which nothing is paid", _disk),
    Row("clock", "clock", f"neurons refuse requests that are more than {SKEW_S:g} s old by their own clock", _clock),
)
