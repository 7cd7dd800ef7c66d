"""From what pack and profile say to the probes of each neuron: layers laid over each other, templates filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from netctl import durations
from netctl.errors import Fault, ProfileError
from netctl.fleet import Fleet, NeuronSpec
from netctl.layout import error_log_of, log_of, work_of
from netctl.pack_model import Ready, RoleSpec
from netctl.packs import Pack, jinja
from netctl.placement import NODE_ADDRESS
from netctl.placing import addresses_of
from netctl.probes.model import (
    DEADLINE_S,
    EVERY_S,
    FAILURES,
    READY_WITHIN_S,
    ProbeSpec,
    Watched,
    WrittenProbe,
    laid_over,
)
from netctl.probes.origin import place_of
from netctl.profile.probe_rules import NEEDED
from netctl.profile.probe_types import AXON, off_loopback
from netctl.profile.suggest import did_you_mean
from netctl.render.context import ANY_IP, context
from netctl.render.neuron import SYSTEM_PATH


def watched_of(fleet: Fleet, pack: Pack, hotkeys: Mapping[str, str]) -> tuple[Watched, ...]:
    """Every neuron with its probes. `hotkeys` are the addresses of those that have one, by neuron.

    ProfileError with every probe that cannot be used, where it is written; PrerequisiteError for a role that the pack
    does not know.
    """
    faults: dict[tuple[Path, int | None, str], Fault] = {}
    found = []
    for neuron in fleet.neurons:
        role = pack.role(neuron.role)
        probes = []
        for written in laid_over(of_role(role), neuron.probes):
            try:
                probes.append(spec_of(written, context(fleet, neuron, None), neuron))
            except Unusable as exc:
                fault = _fault(fleet, pack, neuron, written, role, exc)
                if not (written.kind is None and _is_of_another_role(pack, written, fault)):
                    faults.setdefault((fault.file, fault.line, fault.field), fault)
        found.append(_watched(fleet, neuron, role, hotkeys.get(neuron.name), tuple(probes)))
    if faults:
        raise ProfileError(tuple(faults.values()), hint="docs/probes.md explains each field; nothing was changed")
    return tuple(found)


def _is_of_another_role(pack: Pack, written: WrittenProbe, fault: Fault) -> bool:
    """Whether `defaults:` changes a probe that this role does not have, and another one does."""
    named = {probe.name for role in pack.spec.roles.values() for probe in of_role(role)}
    return fault.field.startswith("defaults.") and written.name in named


def of_role(role: RoleSpec) -> tuple[WrittenProbe, ...]:
    """The pack's probes of a role: those that its `ready:` is short for, then its own."""
    return (*of_ready(role.ready), *(entry.written() for entry in role.probes))


def of_ready(ready: Ready) -> tuple[WrittenProbe, ...]:
    """The pack's `ready:` as the probes that it is short for."""
    found = []
    if ready.port:
        found.append(WrittenProbe("port", "port", "readiness"))
    if ready.log is not None:
        found.append(WrittenProbe("log", "line", "readiness", match=ready.log))
    if ready.axon_served:
        found.append(WrittenProbe("axon_served", "axon_served", "readiness"))
    return tuple(found)


class Unusable(Exception):
    """A probe that no single field shows to be wrong: which field, what is wrong with it, what to do."""

    def __init__(self, field: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.field, self.message, self.hint = field, message, hint


def spec_of(written: WrittenProbe, names: Mapping[str, Any], neuron: NeuronSpec) -> ProbeSpec:
    """The probe of one neuron, whose `names` its templates may use; Unusable says what is wrong."""
    kind = written.kind
    if kind is None:
        raise Unusable("name", f"no probe {written.name!r} to change, and no kind: for a new one", "")
    for key in NEEDED.get(kind, ()):
        if getattr(written, key) is None:
            raise Unusable("name", f"a probe of kind {kind} needs {key}:", "write it")
    use = written.use or "liveness"
    spec = ProbeSpec(
        name=written.name,
        kind=kind,
        readiness=use in ("readiness", "both"),
        liveness=use in ("liveness", "both"),
        every_s=written.every or EVERY_S[kind],
        deadline_s=written.deadline or DEADLINE_S,
        after_s=_seconds("after", written.after, names) or 0.0,
        failures=written.failures or FAILURES,
        action=written.action or "flag",
    )
    if kind in ("line", "no_line"):
        stream = written.stream or ("stdout" if kind == "line" else "stderr")
        within_s = _seconds("within", written.within, names)
        return replace(spec, match=written.match or "", stream=stream, within_s=within_s)
    if kind == "output":
        return replace(spec, within_s=_seconds("within", written.within, names))
    if kind == "port":
        return replace(spec, port=_port(written.port, names, neuron))
    if kind == "exec":
        return replace(spec, argv=tuple(_text("argv", word, names) for word in written.argv or ()))
    if kind == "http":
        if neuron.placing is not None:
            why = "asks 127.0.0.1 of this machine, and the neuron runs on a node"
            raise Unusable("url", why, "a probe of kind port asks the node; exec may ask it by a command of your own")
        return replace(spec, url=_url(written.url or "", names), status=written.status or 200)
    if kind == "last_update":
        return _counted(spec, written)
    return spec


def _counted(spec: ProbeSpec, written: WrittenProbe) -> ProbeSpec:
    if not isinstance(written.within, tuple):
        raise Unusable("within", "last_update counts blocks or tempos", "write for example `within: 3tempos`")
    unit, count = written.within
    return replace(spec, within_tempos=count) if unit == "tempos" else replace(spec, within_blocks=count)


def _seconds(field: str, value: float | tuple[str, int] | str | None, names: Mapping[str, Any]) -> float | None:
    if isinstance(value, tuple):
        raise Unusable(field, "blocks and tempos are counted by last_update alone", "write a duration: 10m")
    if not isinstance(value, str):
        return value
    text = _text(field, value, names)
    try:
        return durations.seconds_of(text)
    except ValueError as exc:
        raise Unusable(field, f"{exc}", "let the template give a duration with its unit: 30s") from exc


def _port(value: int | str | None, names: Mapping[str, Any], neuron: NeuronSpec) -> int:
    if value is None or value == AXON:
        return neuron.bind_port
    text = _text("port", value, names) if isinstance(value, str) else str(value)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise Unusable("port", f"{text!r} is no port", "let the template give 1 to 65535")
    return int(text)


def _url(value: str, names: Mapping[str, Any]) -> str:
    url = _text("url", value, names)
    problem = off_loopback(url)
    if problem:
        raise Unusable("url", f"{url!r} {problem}", "write for example http://127.0.0.1:8000/health")
    return url


def _text(field: str, template: str, names: Mapping[str, Any]) -> str:
    if "{" not in template:
        return template
    try:
        return jinja().from_string(template).render(names)
    except TemplateError as exc:
        raise Unusable(field, f"{exc}", "docs/packs.md lists the names that a template may use") from exc
    except (TypeError, ValueError, ArithmeticError) as exc:
        raise Unusable(field, f"{template!r} cannot be worked out: {exc}", "mend the expression") from exc


def _fault(fleet: Fleet, pack: Pack, neuron: NeuronSpec, written: WrittenProbe, role: RoleSpec, exc: Unusable) -> Fault:
    known = [probe.name for probe in of_role(role)]
    hint = exc.hint or did_you_mean(written.name, known) or f"pack {pack.name} has {', '.join(known) or 'none'}"
    document, place = place_of(fleet, pack, neuron, written.name, exc.field)
    return document.fault(place, exc.message, hint)


def _ready_within_s(neuron: NeuronSpec, role: RoleSpec) -> float:
    said = (neuron.ready_within_s, role.ready_within_s, READY_WITHIN_S)
    return next(seconds for seconds in said if seconds is not None)


def _watched(
    fleet: Fleet, neuron: NeuronSpec, role: RoleSpec, hotkey: str | None, probes: tuple[ProbeSpec, ...]
) -> Watched:
    return Watched(
        name=neuron.name,
        role=neuron.role,
        stdout=str(log_of(fleet, neuron.name)),
        stderr=str(error_log_of(fleet, neuron.name)),
        cwd=str(work_of(fleet, neuron.name)),
        environ=(
            ("HOME", str(work_of(fleet, neuron.name) / "home")),
            ("LANG", "C.UTF-8"),
            ("PATH", f"{fleet.code.python.parent}:{SYSTEM_PATH}"),
        ),
        hotkey=hotkey,
        axon_ip=neuron.axon_ip,
        axon_port=neuron.axon_port,
        any_ip=neuron.axon_ip in (ANY_IP, NODE_ADDRESS),
        ready_within_s=_ready_within_s(neuron, role),
        probes=probes,
        addresses=addresses_of(fleet, neuron),
    )
