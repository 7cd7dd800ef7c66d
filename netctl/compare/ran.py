"""What differs in what ran: profile, code, pack, versions, host, seeds, neurons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import unified_diff

from netctl.runs.record import Code, Member, Run

MOST_LINES = 400


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that was not the same in both runs, as text; "" where a run had none."""

    what: str
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Ran:
    """What was the same by name, what was not, and how the profile's text differs, as a unified diff."""

    same: tuple[str, ...]
    differs: tuple[Difference, ...]
    profile: tuple[str, ...]


def ran(a: Run, b: Run) -> Ran:
    """Hold two runs' records against each other."""
    parts = [(what, told(a), told(b)) for what, told in PARTS.items()]
    differs = [Difference(what, x, y) for what, x, y in parts if x != y]
    same = [what for what, x, y in parts if x == y]
    of_neurons = [*_neurons(a, b)]
    return Ran((*same, *([] if of_neurons else ["neurons"])), (*differs, *of_neurons), profile_diff(a, b))


def profile_diff(a: Run, b: Run) -> tuple[str, ...]:
    """The lines by which the profiles differ, each run's last one; the first 400."""
    old, new = (run.profiles[-1].text.splitlines() for run in (a, b))
    lines = unified_diff(old, new, a.id, b.id if b.id != a.id else f"{b.id} of {b.fleet}", lineterm="", n=1)
    return tuple(lines)[:MOST_LINES]


def _code(codes: Iterable[Code | None]) -> str:
    return _then("stand-ins" if code is None else code.mark or f"unknown: {code.why}" for code in codes)


def _then(texts: Iterable[str]) -> str:
    """What it was first, and what it became under way."""
    return ", then ".join(dict.fromkeys(texts))


def _or_unknown(value: object) -> str:
    return "unknown" if value in (None, "") else str(value)


def _seeds(run: Run) -> str:
    found: dict[str, set[int]] = {}
    for of_neuron in run.seeds.values():
        for name, value in of_neuron.items():
            found.setdefault(name, set()).add(value)
    return ", ".join(f"{name} {'/'.join(map(str, sorted(values)))}" for name, values in sorted(found.items()))


PARTS: Mapping[str, Callable[[Run], str]] = {
    "profile": lambda run: _then(_or_unknown(profile.sha256) for profile in run.profiles),
    "code": lambda run: _code(run.codes),
    "pack": lambda run: f"{run.pack.name} {run.pack.sha256}",
    "network": lambda run: run.chain.kind,
    "genesis": lambda run: _or_unknown(run.chain.genesis),
    "netuid": lambda run: str(run.chain.netuid),
    "block time": lambda run: _or_unknown(run.chain.block_time_s),
    "time scale": lambda run: f"{run.time_scale:g}",
    "runtime": lambda run: _or_unknown(run.versions.runtime),
    "netctl": lambda run: run.versions.netctl,
    "netctl's commit": lambda run: _or_unknown(run.versions.netctl_commit),
    "Python": lambda run: run.versions.python,
    "bittensor": lambda run: _or_unknown(run.versions.sdk),
    "system": lambda run: f"{run.host.system}, {run.host.architecture}",
    "cores": lambda run: str(run.host.cores),
    "memory": lambda run: f"{run.host.memory_bytes / 2**30:.1f} GiB",
    "seeds": _seeds,
}
"""What is compared of two records, each as text."""


def _neurons(a: Run, b: Run) -> Iterable[Difference]:
    """Who was in one run only, and who was not the same: its strategy, its hotkey, its own seed."""
    names = dict.fromkeys(each.name for run in (a, b) for each in run.neurons)
    for name in names:
        x, y = a.member(name), b.member(name)
        if x is None or y is None:
            yield Difference(name, _role(x), _role(y))
            continue
        for what, old, new in (
            ("role", x.role, y.role),
            ("strategy", x.strategy or "", y.strategy or ""),
            ("hotkey", x.hotkey_ss58 or "", y.hotkey_ss58 or ""),
        ):
            if old != new:
                yield Difference(f"{name}: {what}", old, new)
        old_seeds, new_seeds = (_own_seeds(run, name) for run in (a, b))
        if old_seeds != new_seeds:
            yield Difference(f"{name}: seeds", old_seeds, new_seeds)


def _role(member: Member | None) -> str:
    return "" if member is None else member.role


def _own_seeds(run: Run, name: str) -> str:
    """Those of its seeds that not every neuron has alike."""
    others = [run.seeds.get(each.name, {}) for each in run.neurons]
    own = run.seeds.get(name, {})
    return ", ".join(f"{seed} {value}" for seed, value in own.items() if any(o.get(seed) != value for o in others))
