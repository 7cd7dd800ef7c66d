"""Rules for numbers that belong together: ports, uids, counts, amounts, hyperparameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from netctl.members import LAST_PORT, assign_ports
from netctl.profile.draft import MOST_NEURONS, members_of, neurons_of
from netctl.profile.model import FIRST_PORT
from netctl.profile.naming import Finding
from netctl.profile.place import Place
from netctl.profile.source import Document
from netctl.profile.upkeep import FIRST_PROXY_PORT

_ORDERED = (
    ("subnet", "min_burn", "max_burn"),
    ("subnet", "alpha_low", "alpha_high"),
    ("subnet", "min_difficulty", "max_difficulty"),
    ("subnet", "max_validators", "max_allowed_uids"),
    ("registration", "max_burn", "budget"),
    ("registration", "budget", "budget_total"),
)


def check(document: Document) -> Iterator[Finding]:
    """Every fault of numbers that contradict each other."""
    yield from _ports(document)
    yield from _uids(document)
    yield from _order(document)
    yield from _size(document)
    yield from _pace(document)


def _ports(document: Document) -> Iterator[Finding]:
    taken: dict[int, str] = {}
    neurons = neurons_of(document)
    # Of many machines each has ports of its own: host_rules looks at those.
    is_swarm = (document.value or {}).get("host") == "swarm"
    for neuron in neurons:
        port, name = neuron.port, neuron.name or "another neuron"
        if port is None:
            continue
        if port > LAST_PORT:
            if neuron.offset and port == LAST_PORT + 1:
                yield (
                    neuron.place("port"),
                    f"the ports of {neuron.member.count} neurons end above {LAST_PORT}",
                    "start lower",
                )
        elif port in taken and not is_swarm:
            yield neuron.place("port"), f"port {port} is {taken[port]}'s already", "one port serves one neuron"
        else:
            taken[port] = name
    if is_swarm:
        return
    defaults = (document.value or {}).get("defaults")
    first = defaults.get("first_port") if isinstance(defaults, dict) else None
    first = first if isinstance(first, int) and 1024 < first <= LAST_PORT else FIRST_PORT
    try:
        axons = assign_ports([neuron.port for neuron in neurons], first=first)
    except ValueError as exc:
        yield ("defaults", "first_port"), str(exc), "start lower"
    else:
        yield from _proxy_ports(document, axons)


def _proxy_ports(document: Document, axons: Sequence[int]) -> Iterator[Finding]:
    section = (document.value or {}).get("chaos")
    if section is None or section is False or (isinstance(section, dict) and section.get("proxy") is False):
        return
    asked = section.get("first_port") if isinstance(section, dict) else None
    first = asked if isinstance(asked, int) and not isinstance(asked, bool) else FIRST_PROXY_PORT
    own = range(first, first + 2 * len(axons))
    place: Place = ("chaos", "first_port") if asked is not None else ("chaos",)
    if own and own[-1] > LAST_PORT:
        yield place, f"the proxy's ports for {_neurons(len(axons))} end above {LAST_PORT}", "start lower"
    shared = sorted(set(own) & set(axons))
    if shared:
        yield place, f"port {shared[0]} would be the proxy's and an axon's", "write another chaos: {first_port: ...}"


def _uids(document: Document) -> Iterator[Finding]:
    seen: dict[int, str] = {}
    for member in members_of(document):
        written = member.written.get("expect_uid")
        place = (*member.place, "expect_uid")
        if isinstance(written, tuple) and len(written) != member.count:
            yield place, f"{len(written)} uids for {_neurons(member.count)}", "list one for each, in their order"
        elif isinstance(written, int) and member.count > 1:
            yield place, f"one uid for {_neurons(member.count)}", "list one for each, in their order"
        for uid in written if isinstance(written, tuple) else (written,):
            if isinstance(uid, int) and not isinstance(uid, bool):
                if uid in seen:
                    yield place, f"uid {uid} is expected of {seen[uid]} already", "one uid is one neuron"
                seen.setdefault(uid, member.text("name") or "another neuron")


def _neurons(count: int) -> str:
    return "one neuron" if count == 1 else f"{count} neurons"


def _order(document: Document) -> Iterator[Finding]:
    tops: tuple[tuple[Place, Any], ...] = (
        ((), document.value),
        (("rehearsal",), (document.value or {}).get("rehearsal")),
    )
    for above, top in tops:
        for section, low, high in _ORDERED:
            found = top.get(section) if isinstance(top, dict) else None
            if not isinstance(found, dict):
                continue
            least, most = _amount(found.get(low)), _amount(found.get(high))
            if least is not None and most is not None and least > most:
                yield (*above, section, high), f"{high} {most} is less than {low} {least}", f"raise it, or lower {low}"


def _pace(document: Document) -> Iterator[Finding]:
    section = (document.value or {}).get("registration")
    if isinstance(section, dict) and "within" in section and section.get("stagger", "auto") not in ("auto", None):
        hint = "write stagger: auto, or leave within out"
        yield ("registration", "within"), f"stagger {section['stagger']} is a pace already", hint


def _amount(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)


def _size(document: Document) -> Iterator[Finding]:
    if (document.value or {}).get("miners") == ():
        yield ("miners",), "the list is empty", "list at least one neuron"
    count = len(neurons_of(document))
    if count > MOST_NEURONS:
        yield ("miners",), f"more than {MOST_NEURONS} neurons", "a subnet has fewer slots; split the fleet"
    subnet = (document.value or {}).get("subnet")
    slots = subnet.get("max_allowed_uids") if isinstance(subnet, dict) else None
    if isinstance(slots, int) and not isinstance(slots, bool) and 0 < slots < count:
        yield ("subnet", "max_allowed_uids"), f"{slots} slots for {_neurons(count)}", "raise it, or list fewer neurons"
