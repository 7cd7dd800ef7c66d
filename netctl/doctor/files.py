"""Rows about the files and settings that the neurons are started with."""

from __future__ import annotations

from collections.abc import Iterator

from netctl.doctor.finding import Judged, Row, failed, good, listed, unseen, warning
from netctl.doctor.seen import Absent, Seen, there
from netctl.fleet import Fleet, NeuronSpec
from netctl.packs import Pack
from netctl.render.fleet import RenderedFleet
from netctl.truth.drift import told

SDK_OPTIONS = ("axon.", "blacklist.", "config", "logging.", "no_prompt", "priority.", "strict", "subtensor.", "wallet.")
"""Options that the SDK adds, so that no source of a subnet needs to name them."""


def unknown_to_sdk(fleet: Fleet) -> frozenset[str]:
    """Options of the profile's `args:` that only the subnet's own code can know, with their dashes."""
    given = {name for neuron in fleet.neurons for name, _ in neuron.args}
    return frozenset(f"--{name}" for name in given if not name.startswith(SDK_OPTIONS))


def _strayed(seen: Seen) -> Judged:
    code = there(seen.code)
    if not code.strayed:
        return good("none that the neurons' code would find")
    first = code.strayed[0]
    found = listed(f"{s.path} sets {listed(s.names, between=', ') or 'nothing'}" for s in code.strayed)
    then = f"move {first.path} away, and name it as env_file in the profile"
    if any(stray.why for stray in code.strayed):
        return failed(found, then)
    return warning(found, then)


def _ignored(seen: Seen) -> Judged:
    fleet, rendered = there(seen.fleet), there(seen.rendered)
    found = [f"{neuron.name}: {text}" for neuron in fleet.neurons for text in _ignored_of(neuron, rendered.pack)]
    code, declared = seen.code, {item.option for item in rendered.pack.spec.ignored}
    if not isinstance(code, Absent):
        for neuron in fleet.neurons:
            named = ({f"--{name}" for name, _ in neuron.args} & code.unmentioned) - declared
            found += [f"{neuron.name}: {option} stands nowhere in the code" for option in sorted(named)]
    if found:
        return warning(listed(found), "take it out of args: or env: in the profile")
    return good("every option and variable of the profile is one that the code reads, as far as is known")


def _ignored_of(neuron: NeuronSpec, pack: Pack) -> Iterator[str]:
    options = {f"--{name}" for name, _ in neuron.args}
    variables = {name for name, _ in neuron.env}
    for item in pack.spec.ignored:
        if item.option in options:
            yield f"{item.option} is ignored: {item.why}"
        if item.variable in variables:
            yield f"{item.variable} is ignored: {item.why}"


def _same(seen: Seen) -> Judged:
    rendered = there(seen.rendered)
    names = _names_to_be_same(rendered)
    if not names:
        return unseen(f"pack {rendered.pack.name} names no variable that must be the same for all")
    if not rendered.rendered:
        return unseen("no neuron can be started as it is")
    differing, agreed = [], []
    for name in names:
        values = {one.neuron: one.variable(name) or "its default" for one in rendered.rendered}
        if len(set(values.values())) > 1:
            differing.append(f"{name} is " + ", ".join(f"{value} for {neuron}" for neuron, value in values.items()))
        else:
            agreed.append(f"{name} is {next(iter(values.values()))}")
    if differing:
        return failed(listed(differing), f"set {names[0]} under defaults: env: in the profile, and nowhere else")
    return good(f"{listed(agreed)} for all {len(rendered.rendered)}")


def _names_to_be_same(rendered: RenderedFleet) -> list[str]:
    spec = rendered.pack.spec
    return list(dict.fromkeys(n for needs in (spec.needs, *(r.needs for r in spec.roles.values())) for n in needs.same))


def _startable(seen: Seen) -> Judged:
    fleet = there(seen.fleet)
    if isinstance(seen.rendered, Absent):
        return failed(seen.rendered.why, seen.rendered.next)
    blocked = [item for item in seen.rendered.blocked if not _is_told_elsewhere(item.why, seen)]
    if blocked:
        hints = [item.hint for item in blocked]
        by_reason: dict[str, list[str]] = {}
        for item in blocked:
            by_reason.setdefault(item.why, []).append(item.neuron or "the fleet")
        return failed(listed(f"{why} ({listed(who, between=', ')})" for why, who in by_reason.items()), listed(hints))
    if len(seen.rendered.rendered) < len(fleet.neurons):
        return unseen("what keeps them from starting stands in another row")
    return good(f"all {len(fleet.neurons)} neurons can be started as they are")


def _is_told_elsewhere(why: str, seen: Seen) -> bool:
    if isinstance(seen.code, Absent):
        return False
    missing = seen.code.interpreter.path if seen.code.interpreter.python is None else None
    paths = [missing, *(stray.path for stray in seen.code.strayed)]
    return any(path is not None and str(path) in why for path in paths)


def _drift(seen: Seen) -> Judged:
    drift = there(seen.drift)
    different = {name: one for name, one in drift.items() if one}
    if different:
        found = listed(f"{name}: {told(one)}" for name, one in different.items())
        in_the_way = [str(each.running) for one in different.values() for each in one if each.what == "shadowed"]
        first = f"move {in_the_way[0]} away; " if in_the_way else ""
        return failed(found, f"{first}netctl fleet restart --neuron {next(iter(different))} starts it as rendered")
    if not drift:
        return unseen("no neuron runs")
    return good(f"all {len(drift)} that run have the environment, words, directory and interpreter of the profile")


ROWS = (
    Row(
        "startable", "what they start with", "a neuron that lacks code, a file or a variable is not started", _startable
    ),
    Row("dotenv", "a .env in the checkout", "code that loads it lets it override what the profile says", _strayed),
    Row(
        "ignored",
        "settings that do nothing",
        "an experiment that rests on an ignored setting is another experiment",
        _ignored,
    ),
    Row("drift", "what they run with", "a process keeps what it was started with, whatever the files say now", _drift),
    Row("same", "settings that must agree", "a validator quicker than its miners is soon refused by them", _same),
)
