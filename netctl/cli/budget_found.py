"""Looks up what `netctl budget` tells: the pack's API, the profile's keys and limits, calls by the store."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Mapping
from contextlib import ExitStack

from netctl import packs
from netctl.budget.budget import Budget, budget_of
from netctl.budget.calls import DAY_S, Cadence, Caller, Calls, caller_of, calls_of, expected_of
from netctl.budget.forecast import Limit
from netctl.budget.keys import Holder, Key, digest_of, keys_of
from netctl.budget.spec import ApiUse
from netctl.cli.budget_report import warnings_of
from netctl.errors import PrerequisiteError, StoreError
from netctl.fleet import DealtKeys, Fleet, NeuronSpec
from netctl.packs import Pack
from netctl.render.environment import environment
from netctl.render.sources import read_sources
from netctl.render.strategies import orders
from netctl.store.counting import tallies
from netctl.store.database import FILE, looked_into
from netctl.store.histories import Window, span

LONGEST_RECENT_S = DAY_S


def budget_found(fleet: Fleet, within: Window | None = None) -> Budget:
    """What the fleet's neurons call, by what was recorded (in a run), and where nothing was by their cadence.

    PrerequisiteError for a pack that says nothing of an API.
    """
    pack = packs.load(fleet.code.pack, fleet.profile_path.parent)
    use = pack.spec.api
    if use is None:
        raise PrerequisiteError(
            f"pack {pack.name} says nothing of an API that its neurons call",
            hint=f"add api: to {pack.root / packs.FILE}; docs/packs.md explains it",
        )
    dealt = next((keys for keys in fleet.dealt_keys if keys.variable == use.variable), None)
    limit, total = _limits(use, dealt, fleet)
    now = time.time() if within is None else within.until
    window, calls = _calls(fleet, pack, use, limit or total, now, within)
    return budget_of(
        api=use.name,
        variable=use.variable,
        real=use.real,
        scale=fleet.time_scale,
        window=window,
        calls=calls,
        keys=_keys(fleet, pack, use, dealt),
        limit=limit,
        total=total,
        now=now,
    )


def budget_notes(fleet: Fleet) -> tuple[str, ...]:
    """What a plan has to say of limits: a line for each that does not last, or is close, if anything is called."""
    spec = packs.load(fleet.code.pack, fleet.profile_path.parent).spec
    if spec.api is None or not spec.api.real or not (fleet.dealt_keys or spec.api.limit):
        return ()
    try:
        return tuple(warnings_of(budget_found(fleet)))
    except StoreError as exc:
        # A plan is not held up by what was recorded.
        return (f"how long {spec.api.name} lasts is not told: {exc}",)


def _limits(use: ApiUse, dealt: DealtKeys | None, fleet: Fleet) -> tuple[Limit | None, Limit | None]:
    """That of each key and that of all. A rehearsal's own time has no days, so that its limits begin anew on none."""
    if dealt is None or dealt.per_s is None:
        own = Limit(use.limit, use.per_s) if use.limit is not None and use.per_s is not None else None
        return own, None
    since = None if fleet.time_scale != 1 else dealt.since_s

    def of(calls: int | None) -> Limit | None:
        return None if calls is None or dealt.per_s is None else Limit(calls, dealt.per_s, since, dealt.warn)

    return of(dealt.limit), of(dealt.total_limit)


def _calls(
    fleet: Fleet, pack: Pack, use: ApiUse, limit: Limit | None, now: float, within: Window | None
) -> tuple[Window | None, tuple[Calls, ...]]:
    callers = [_caller(fleet, pack, use, neuron) for neuron in fleet.neurons]
    with ExitStack() as stack:
        path = fleet.state / FILE
        store = stack.enter_context(looked_into(path)) if path.exists() else None
        whole = None if store is None else span(store)
        if whole is not None and within is not None:
            whole = Window(max(whole.since, within.since), min(whole.until, within.until))
        if store is None or whole is None or whole.until <= whole.since:
            return None, calls_of(callers, use, (), (), 0.0)
        return _recorded_calls(store, whole, callers, use, limit, now, fleet.time_scale)


def _recorded_calls(
    store: sqlite3.Connection,
    whole: Window,
    callers: list[Caller],
    use: ApiUse,
    limit: Limit | None,
    now: float,
    scale: float,
) -> tuple[Window, tuple[Calls, ...]]:
    """Of the period that the limit counts, and for the pace of the last half of what was recorded, a day at most."""
    began = whole.since if limit is None else limit.began(now) if scale == 1 else now - limit.per_s / scale
    period = Window(max(whole.since, began), whole.until)
    recent = Window(whole.until - min(whole.length_s / 2, LONGEST_RECENT_S / scale), whole.until)
    wanted = [(told.role, told.signal) for told in use.told]
    calls = calls_of(
        callers, use, tallies(store, wanted, period), tallies(store, wanted, recent), recent.length_s * scale
    )
    return period, calls


def _caller(fleet: Fleet, pack: Pack, use: ApiUse, neuron: NeuronSpec) -> Caller:
    cadence = _cadence(pack, use, neuron)
    return caller_of(neuron.name, neuron.role, use, cadence=cadence, miners=len(fleet.miners))


def _cadence(pack: Pack, use: ApiUse, neuron: NeuronSpec) -> Cadence | None:
    found = expected_of(neuron.role, use)
    if found is None:
        return None
    if found.minutes is not None:
        minutes = dict(neuron.env).get(found.minutes) or pack.role(neuron.role).env.get(found.minutes, "")
        return Cadence(found.minutes, _number(minutes) * 60 or found.every_s)
    told = orders(neuron.strategy, pack, None) if neuron.strategy is not None else None
    frequency = None if told is None else told.scrape_frequency_s
    return Cadence("scrape_frequency", float(frequency or found.every_s))


def _number(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        return 0.0
    return found if 0 < found < 1e6 else 0.0


def _keys(fleet: Fleet, pack: Pack, use: ApiUse, dealt: DealtKeys | None) -> tuple[Key, ...]:
    sources = read_sources(fleet, pack)
    operator = dict(os.environ)

    def holder(neuron: NeuronSpec) -> Holder:
        made = environment(fleet, neuron, own=(), pack=(), operator=operator, sources=sources)
        values: Mapping[str, str] = made.values()
        value = values.get(use.variable)
        return Holder(neuron.name, _reference(neuron, use.variable), digest_of(value) if value else None)

    return keys_of([holder(neuron) for neuron in fleet.neurons], () if dealt is None else dealt.references)


def _reference(neuron: NeuronSpec, variable: str) -> str:
    """What the profile names, where it names nothing but a variable; what is written out is not shown."""
    text = dict(neuron.env).get(variable, "")
    name = text.removeprefix("$").removeprefix("{").removesuffix("}")
    return f"${name}" if text.startswith("$") and name.isidentifier() else ""
