"""Which cause explains the evidence. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from jinja2 import TemplateError

from netctl.capsules.lines import cut
from netctl.cause import Cause, Place
from netctl.packs import jinja

Confidence = Literal["sure", "likely"]
LAST_WORDS = 25
"""A line among so many last ones of a run that ended by itself is taken for its reason, an earlier one may be."""
LONGEST_QUOTE = 400
_FROM_OUTSIDE = re.compile(r"signal SIG(KILL|TERM|INT|QUIT|HUP|USR1|USR2|ALRM|XCPU|XFSZ|STOP|TSTP)")
_STREAMS: Mapping[str, str] = {"stdout": "standard output", "stderr": "standard error"}
OF_PROBES = "its readiness"
_PLACES: Mapping[str, str] = {"exit": "how it ended", "chain": "the chain", "probe": OF_PROBES}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one run: lines by place. `lives` where the process is there, `well` where nothing is wrong."""

    lines: Mapping[Place, Sequence[str]]
    lives: bool = False
    well: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A cause that the evidence shows, in words. `known_by` is the pack that names it, or "netctl"."""

    name: str
    says: str
    next: str
    known_by: str
    confidence: Confidence
    place: str
    line: str
    expected: bool = False
    groups: Mapping[str, str | None] = field(default_factory=dict, repr=False)


def judged(evidence: Evidence, causes: Sequence[tuple[str, Cause]], names: Mapping[str, Any]) -> tuple[Found, ...]:
    """Every cause that the evidence shows, the most telling first: sure ones, then in the order of `causes`."""
    found = [one for by, cause in causes if _applies(cause, evidence) and (one := _found(by, cause, evidence, names))]
    return tuple(sorted(found, key=lambda one: one.confidence != "sure"))


def _applies(cause: Cause, evidence: Evidence) -> bool:
    return not cause.exits or any(line in cause.exits for line in evidence.lines.get("exit", ()))


def _found(by: str, cause: Cause, evidence: Evidence, names: Mapping[str, Any]) -> Found | None:
    pattern = re.compile(cause.match)
    for place in cause.look:
        lines = evidence.lines.get(place, ())
        for back, line in enumerate(reversed(lines)):
            if back == LAST_WORDS and evidence.well and not cause.alive:
                break  # a ready neuron got over what it complained of earlier
            hit = pattern.search(line)
            if hit is None:
                continue
            groups = {**hit.groupdict(), **_words_below(hit, lines[len(lines) - back :])}
            return Found(
                name=cause.name,
                says=_filled(cause.says, names, groups),
                next=_filled(cause.next, names, groups),
                known_by=by,
                confidence=_confidence(cause, evidence, place, back),
                place=_told(place, back),
                line=cut(line.strip(), LONGEST_QUOTE),
                expected=cause.expected,
                groups=groups,
            )
    return None


def _words_below(hit: re.Match[str], below: Sequence[str]) -> dict[str, str]:
    """The words of an error that begin on a line after its name; nothing where they stand beside it."""
    if "text" not in hit.re.groupindex or hit["text"]:
        return {}
    words = next((plain for line in below if (plain := line.strip(" |"))), "")
    return {"text": cut(words, LONGEST_QUOTE)} if words and hit[0].rstrip().endswith(":") else {}


def _confidence(cause: Cause, evidence: Evidence, place: Place, back: int) -> Confidence:
    if place not in _STREAMS:
        return "sure"
    if evidence.lives:
        return "sure" if cause.alive else "likely"
    killed = any(_FROM_OUTSIDE.fullmatch(line) for line in evidence.lines.get("exit", ()))
    return "sure" if back < LAST_WORDS and not killed else "likely"


def _told(place: Place, back: int) -> str:
    if place not in _STREAMS:
        return _PLACES[place]
    return f"the last line of {_STREAMS[place]}" if back == 0 else f"{_STREAMS[place]}, {back + 1} lines from its end"


def _filled(template: str, names: Mapping[str, Any], groups: Mapping[str, str | None]) -> str:
    try:
        return jinja().from_string(template).render({**names, **groups})
    except TemplateError:
        # A pack's slip in a sentence must not keep the operator from the cause.
        return template
