"""The steps of a plan for people: a line each, and together those that are done for a reason, or to files of a kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from netctl.money import tao_short
from netctl.plan import PlannedStep, ranged

INDENT = "  "


def step_lines(steps: Sequence[PlannedStep]) -> Iterator[str]:
    """The lines of one phase."""
    for on_disk, some in groupby(steps, key=lambda step: bool(step.path)):
        if on_disk:
            yield from _on_disk(list(some))
            continue
        for kind, same in groupby(some, key=_kind):
            if kind is None:
                yield from map(_text, same)
            else:
                yield from _explained(list(same))


def _on_disk(steps: Sequence[PlannedStep]) -> Iterator[str]:
    """A line for what is done alike to files of a kind: ``miner_1 to miner_4: rewrite env/*.env, files/*/a.json``."""
    kinds: dict[tuple[str, str, str], list[PlannedStep]] = {}
    for step in steps:
        doing, _, why = step.summary.partition(step.path)
        kinds.setdefault((f"{doing}\0{why}", _of_any(step), step.waits_on or ""), []).append(step)
    together: dict[tuple[str, str, tuple[str, ...]], list[list[PlannedStep]]] = {}
    for (doing, _, waits_on), same in kinds.items():
        names = tuple(dict.fromkeys(step.neuron or "" for step in same))
        together.setdefault((doing, waits_on, names), []).append(same)
    for (doing, _, names), groups in together.items():
        verb, _, why = doing.partition("\0")
        paths = [_of_any(step) if len(names) > 1 else step.path for same in groups for step in same]
        summary = f"{verb}{', '.join(dict.fromkeys(paths))}{why}"
        yield _text(replace(groups[0][0], neuron=ranged(names) or None, summary=summary))


def _of_any(step: PlannedStep) -> str:
    """Its path with a star for the neuron's name, where that is a part of it."""
    parts = step.path.split("/")
    stars = {step.neuron: "*", f"{step.neuron}.env": "*.env"}
    return "/".join(stars.get(part, part) for part in parts)


def _kind(step: PlannedStep) -> tuple[str, str, str | None] | None:
    """What steps must have in common to be told together; None for one that gives no reason."""
    return (step.action, _without_name(step, ""), step.waits_on) if step.why and step.neuron else None


def _without_name(step: PlannedStep, instead: str) -> str:
    return step.summary.replace(step.neuron or "", instead, 1)


def _explained(steps: Sequence[PlannedStep]) -> Iterator[str]:
    if len(steps) == 1:
        step = steps[0]
        alone = len(step.why) == 1
        yield f"{_text(step)}:{f' {step.why[0]}' if alone else ''}"
        yield from () if alone else (f"{INDENT}{why}" for why in step.why)
        return
    names = ranged([step.neuron or "" for step in steps])
    yield f"{_text(replace(steps[0], neuron=None, summary=_without_name(steps[0], names)))}:"
    affected: dict[str, list[str]] = {}
    for step in steps:
        for why in step.why:
            affected.setdefault(why, []).append(step.neuron or "")
    yield from (f"{INDENT}{ranged(who)}: {why}" for why, who in affected.items())


def _text(step: PlannedStep) -> str:
    cost = f" [{tao_short(step.cost_rao)} TAO]" if step.cost_rao is not None else ""
    waits = f" (after {step.waits_on})" if step.waits_on is not None else ""
    return f"{step.neuron or 'fleet'}: {step.summary}{cost}{waits}"
