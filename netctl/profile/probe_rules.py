"""Rules for probes that need more than one field, for packs and profiles alike: all faults at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from netctl.probes.model import KINDS, ON_CHAIN
from netctl.profile.place import Place
from netctl.profile.probe_types import is_template
from netctl.profile.source import Document

Finding = tuple[Place, str, str]

NEEDED: Mapping[str, tuple[str, ...]] = {
    "line": ("match",),
    "no_line": ("match",),
    "output": ("within",),
    "exec": ("argv",),
    "http": ("url",),
    "last_update": ("within",),
}
OWN: Mapping[str, tuple[str, ...]] = {
    "line": ("match", "stream", "within"),
    "no_line": ("match", "stream", "within"),
    "output": ("within",),
    "port": ("port",),
    "exec": ("argv", "deadline"),
    "http": ("url", "status", "deadline"),
    "last_update": ("within",),
}
OF_KINDS = ("match", "stream", "within", "port", "argv", "url", "status", "deadline")
OF_LIVENESS = ("after", "failures", "action")
EXAMPLES = {
    "match": "match: 'Miner starting at'",
    "argv": 'argv: ["/usr/bin/test", "-s", "store.sqlite"]',
    "url": "url: http://127.0.0.1:8000/health",
}


def check(document: Document) -> Iterator[Finding]:
    """The probes of a profile: those of `defaults:`, and every member's."""
    value = document.value or {}
    shared = value.get("defaults")
    if isinstance(shared, dict):
        yield from of_list(shared.get("probes"), ("defaults", "probes"))
    for section in ("miners", "validators"):
        entries = value.get(section)
        for number, entry in enumerate(entries if isinstance(entries, tuple) else ()):
            if isinstance(entry, dict):
                yield from of_list(entry.get("probes"), (section, number, "probes"))


def of_list(probes: Any, place: Place, *, whole: bool = False) -> Iterator[Finding]:
    """What is wrong between the fields of these probes, and between them; `whole`: each must say its kind."""
    seen: set[str] = set()
    for number, probe in enumerate(probes if isinstance(probes, tuple) else ()):
        if not isinstance(probe, dict):
            continue
        here = (*place, number)
        name = probe.get("name")
        if isinstance(name, str) and name in seen:
            yield (*here, "name"), f"the probe {name[:40]} is given twice", "name it otherwise"
        seen.add(str(name))
        if whole and probe.get("kind") is None:
            yield (*here, "kind"), "is missing", f"one of {', '.join(KINDS)}"
        yield from _of_kind(probe, here, whole=whole)
        yield from _of_use(probe, here)


def _of_kind(probe: Mapping[str, Any], here: Place, *, whole: bool) -> Iterator[Finding]:
    kind = probe.get("kind")
    if kind not in KINDS:
        return
    for key in NEEDED.get(kind, ()):
        if probe.get(key) is None:
            way_out = f"write for example `{_example(kind, key)}`"
            or_else = "" if whole else ", or leave `kind:` out to change a probe of the pack"
            yield here, f"a probe of kind {kind} needs {key}:", way_out + or_else
    for key in OF_KINDS:
        if probe.get(key) is not None and key not in OWN.get(kind, ()):
            knows = ", ".join(OWN.get(kind, ())) or "none of its own"
            yield (*here, key), f"{key} is nothing to a probe of kind {kind}", f"it knows {knows}"
    within = probe.get("within")
    if isinstance(within, str) and not is_template(within):
        is_counted = within.endswith(("block", "blocks", "tempo", "tempos"))
        if is_counted != (kind == "last_update"):
            what = "blocks or tempos" if kind == "last_update" else "a duration"
            yield (*here, "within"), f"{within!r} is not {what}", f"write for example `{_example(kind, 'within')}`"


def _of_use(probe: Mapping[str, Any], here: Place) -> Iterator[Finding]:
    if probe.get("for") != "readiness":
        return
    for key in OF_LIVENESS:
        if probe.get(key) is not None:
            yield (*here, key), f"{key} is nothing to a probe for readiness", "write `for: both`, or leave it out"


def _example(kind: str, key: str) -> str:
    if key == "within":
        return "within: 3tempos" if kind in ON_CHAIN else "within: 10m"
    return EXAMPLES[key]
