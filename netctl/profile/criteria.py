"""`criteria:`: what the experiment has to come to, by group. `netctl check` judges it.

criteria:
  minimum:
    miners_responding: ">= 3"
    cadence: {metric: evaluation_interval, target: 0.9x to 2x, window: last 12 periods, says: "...", with: {times: 5}}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from netctl.judge import target, window
from netctl.judge.criterion import GROUPS, Criterion, Group
from netctl.judge.metric import Metric, Parameter
from netctl.judge.registry import METRICS
from netctl.judge.units import TARGETS, number_of
from netctl.profile.place import Place
from netctl.profile.suggest import did_you_mean
from netctl.profile.words import Sub, expected, found, number_text, wrongs

KEYS = ("metric", "target", "window", "with", "says")
LONGEST_NAME = 48
_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
_EXAMPLE = 'write for example `miners_responding: ">= 3"`'


def _criteria(written: Any) -> tuple[Criterion, ...]:
    if not isinstance(written, Mapping):
        raise expected("a mapping of groups", written, f"{', '.join(GROUPS)}; under each {_EXAMPLE}")
    faults: list[Sub] = []
    criteria: list[Criterion] = []
    seen: dict[str, str] = {}
    for group, entries in written.items():
        if entries is None:
            continue
        if group not in GROUPS:
            faults.append(_no_such((group,), "group", group, GROUPS))
        elif not isinstance(entries, Mapping):
            faults.append(((group,), f"expected a mapping of criteria, found {found(entries)}", _EXAMPLE))
        else:
            for name, entry in entries.items():
                place = (group, name)
                if name in seen:
                    faults.append((place, f"the criterion {name[:40]} is there twice", f"the other is in {seen[name]}"))
                seen[name] = group
                criterion = _criterion(place, group, name, entry, faults)
                if criterion is not None:
                    criteria.append(criterion)
    if faults:
        raise wrongs(faults)
    order = {group: number for number, group in enumerate(GROUPS)}
    return tuple(sorted(criteria, key=lambda criterion: order[criterion.group]))


def _criterion(place: Place, group: Group, name: str, entry: Any, faults: list[Sub]) -> Criterion | None:
    if not _NAME.fullmatch(name):
        faults.append((place, f"{name[:40]!r} is no name of a criterion", "small letters, digits and _, as miners_up"))
        return None
    fields = {"target": entry} if isinstance(entry, str) else entry
    if not isinstance(fields, Mapping):
        faults.append((place, f"expected a target or a mapping, found {found(entry)}", _EXAMPLE))
        return None
    before = len(faults)
    faults.extend(_no_such((*place, key), "key", key, KEYS) for key in fields if key not in KEYS)
    says = fields.get("says")
    if says is not None and (not isinstance(says, str) or not says.strip() or "\n" in says.strip()):
        faults.append(((*place, "says"), f"expected a sentence, found {found(says)}", "put it in quotes"))
    metric = _metric(place, name, fields, faults)
    wanted = _window(place, fields, faults)
    if metric is None:
        return None
    aim = _target(place, metric, entry if isinstance(entry, str) else fields.get("target"), fields is not entry, faults)
    given = _given((*place, "with"), metric, fields.get("with"), faults)
    if len(faults) > before or aim is None:
        return None
    return Criterion(name, group, metric.name, aim, wanted, given, says.strip() if says else None)


def _metric(place: Place, name: str, fields: Mapping[str, Any], faults: list[Sub]) -> Metric | None:
    word = fields.get("metric")
    if word is None:
        if name in METRICS:
            return METRICS[name]
        hint = did_you_mean(name, METRICS) or "name its metric: docs/check-metrics.md has them all"
        faults.append((place, f"no metric {name[:40]}, and none is named", hint))
        return None
    if isinstance(word, str) and word in METRICS:
        return METRICS[word]
    hint = did_you_mean(str(word), METRICS) or "docs/check-metrics.md has them all"
    faults.append(((*place, "metric"), f"no metric {found(word)}", hint))
    return None


def _target(place: Place, metric: Metric, written: Any, is_short: bool, faults: list[Sub]) -> target.Target | None:
    here = place if is_short else (*place, "target")
    if written is None:
        faults.append((place, "target is missing", _asked(metric)))
        return None
    if not isinstance(written, str):
        faults.append((here, f"expected a target, found {found(written)}", f"in quotes: {_asked(metric)}"))
        return None
    try:
        return target.target_of(written, metric.unit, has_whole=metric.out_of is not None)
    except ValueError as exc:
        faults.append((here, f"no target for {metric.name}, which is in {metric.unit}: {exc}", _asked(metric)))
        return None


def _asked(metric: Metric) -> str:
    return f"write for example {TARGETS[metric.unit]}"


def _window(place: Place, fields: Mapping[str, Any], faults: list[Sub]) -> window.Extent:
    written = fields.get("window")
    if written is None:
        return window.ALL
    try:
        if not isinstance(written, str):
            raise ValueError(f"expected a window, found {found(written)}")  # noqa: TRY301, TRY004 - one way out
        return window.extent_of(written)
    except ValueError as exc:
        faults.append(((*place, "window"), str(exc), window.EXAMPLES))
        return window.ALL


def _given(place: Place, metric: Metric, written: Any, faults: list[Sub]) -> dict[str, float | str]:
    if written is None:
        return {}
    known = {parameter.name: parameter for parameter in metric.parameters}
    if not isinstance(written, Mapping):
        hint = f"{metric.name} knows {', '.join(known) or 'none'}"
        faults.append((place, f"expected a mapping of parameters, found {found(written)}", hint))
        return {}
    given: dict[str, float | str] = {}
    for name, value in written.items():
        if name not in known:
            faults.append(_no_such((*place, name), f"parameter of {metric.name}", name, tuple(known)))
            continue
        try:
            given[name] = _value(known[name], value)
        except ValueError as exc:
            faults.append(((*place, name), str(exc), _hint(known[name])))
    return given


def _value(parameter: Parameter, value: Any) -> float | str:
    if parameter.kind == "word":
        if value not in parameter.words:
            raise ValueError(f"{parameter.name} cannot be {found(value)}")
        return str(value)
    if parameter.kind == "name":
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_NAME:
            raise ValueError(f"expected a name, found {found(value)}")
        return value.strip()
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        value = number_text(value)
    if not isinstance(value, str):
        raise ValueError(f"expected {_KINDS[parameter.kind]}, found {found(value)}")  # noqa: TRY004 - one way out
    number, is_percentage = number_of(value, parameter.kind)
    if is_percentage:
        raise ValueError(f"expected {_KINDS[parameter.kind]}, found {found(value)}")
    return number


_KINDS = {
    "count": "a number, such as 5",
    "share": "a share, such as 60%",
    "periods": "periods, such as 2x",
    "seconds": "a duration, such as 30m",
    "ratio": "how many times as much, such as 1.5x",
    "name": "a name, such as rural",
    "correlation": "a figure from -1 to 1, such as 0.5",
}


def _hint(parameter: Parameter) -> str:
    if parameter.kind == "word":
        return did_you_mean("", parameter.words) or f"one of {', '.join(parameter.words)}"
    return f"write {_KINDS[parameter.kind]}"


def _no_such(place: Place, what: str, word: Any, known: tuple[str, ...]) -> Sub:
    hint = did_you_mean(str(word), known) or (f"one of {', '.join(known)}" if known else "it has none: take it out")
    return place, f"no {what} {found(word)}", hint


_VALUE = {"type": ["string", "number"]}
_ENTRY = {
    "anyOf": [
        {"type": "string", "minLength": 1, "examples": [">= 3", "all"]},
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["target"],
            "properties": {
                "metric": {"enum": list(METRICS), "description": "What is measured; its own name where left out."},
                "target": {"type": "string", "minLength": 1, "description": f"One of {target.EXAMPLES}."},
                "window": {
                    "type": "string",
                    "pattern": r"^\s*(all|(last|first)\s+\S.*)$",
                    "description": f"Of the run: {window.EXAMPLES}.",
                },
                "with": {
                    "type": "object",
                    "additionalProperties": _VALUE,
                    "description": "Parameters of the metric; docs/check-metrics.md has them.",
                },
                "says": {"type": "string", "minLength": 1, "description": "What it means, for people."},
            },
        },
    ]
}
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        group: {"type": "object", "propertyNames": {"pattern": f"^{_NAME.pattern}$"}, "additionalProperties": _ENTRY}
        for group in GROUPS
    },
}
Criteria = Annotated[tuple[Criterion, ...], PlainValidator(_criteria), WithJsonSchema(_SCHEMA)]
