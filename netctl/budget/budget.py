"""The whole of it: calls by neuron and by key, against the limits, and what to change where they do not last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from netctl.budget.calls import DAY_S, Cadence, Calls
from netctl.budget.forecast import Forecast, Limit, forecast
from netctl.budget.keys import Key
from netctl.store.histories import Window

ROUND_S = 30


@dataclass(frozen=True, slots=True)
class KeyUse:
    """One key and what becomes of it."""

    key: Key
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class Slower:
    """A cadence that the limits bear, in seconds of the neurons' own time, in place of the one that is."""

    neuron: str
    cadence: Cadence
    seconds: int


@dataclass(frozen=True, slots=True)
class Budget:
    """`window` is what was recorded of the period; None before anything was.

    `scale` is how many seconds of the neurons' own time pass in one. `keys_needed` is how many keys this pace takes at
    the least, None without a limit; no number helps those of `too_quick`, each of which is too much for one key.
    """

    api: str
    variable: str
    real: bool
    scale: float
    window: Window | None
    calls: tuple[Calls, ...]
    keys: tuple[KeyUse, ...]
    total: Forecast
    slower: tuple[Slower, ...]
    keys_needed: int | None
    too_quick: tuple[str, ...] = ()

    @property
    def worst(self) -> tuple[KeyUse, ...]:
        """The keys that do not last."""
        return tuple(use for use in self.keys if use.forecast.verdict in ("runs out", "used up"))

    @property
    def lasts(self) -> bool:
        """Whether every limit does."""
        return not self.worst and self.total.verdict not in ("runs out", "used up")


def budget_of(
    *,
    api: str,
    variable: str,
    real: bool,
    scale: float,
    window: Window | None,
    calls: Sequence[Calls],
    keys: Sequence[Key],
    limit: Limit | None,
    total: Limit | None,
    now: float,
) -> Budget:
    """Put the calls to the keys that they are made with, and judge each."""
    by_name = {each.neuron: each for each in calls}
    uses = tuple(KeyUse(key, _of_key(key, by_name, limit, now)) for key in keys)
    whole = forecast(sum(each.used for each in calls), sum(each.a_day for each in calls), total, now)
    needed: int | None = None
    too_quick: tuple[str, ...] = ()
    if limit is not None and keys:
        bears = limit.calls * DAY_S / limit.per_s
        needed = max(1, ceil(whole.a_day / bears))
        too_quick = tuple(each.neuron for each in calls if each.a_day > bears)
    return Budget(
        api=api,
        variable=variable,
        real=real,
        scale=scale,
        window=window,
        calls=tuple(calls),
        keys=uses,
        total=whole,
        slower=_slower(uses, whole, by_name),
        keys_needed=needed,
        too_quick=too_quick,
    )


def _of_key(key: Key, by_name: dict[str, Calls], limit: Limit | None, now: float) -> Forecast:
    own = [by_name[name] for name in key.neurons if name in by_name]
    return forecast(sum(each.used for each in own), sum(each.a_day for each in own), limit, now)


def _slower(uses: Sequence[KeyUse], whole: Forecast, by_name: dict[str, Calls]) -> tuple[Slower, ...]:
    """Every cadence of a key that does not last, longer by what that key or all of them together lack.

    Where it is a variable, neurons must agree on it: the longest is everybody's.
    """
    factors = dict.fromkeys(by_name, whole.slower)
    for use in uses:
        for name in use.key.neurons:
            factors[name] = max(factors.get(name, 1.0), use.forecast.slower)
    found = []
    for name, factor in factors.items():
        calls = by_name.get(name)
        if factor > 1 and calls is not None and calls.cadence is not None:
            found.append(Slower(name, calls.cadence, _rounded(calls.cadence, factor)))
    longest = {each.cadence.setting: 0 for each in found if _is_variable(each.cadence)}
    for each in found:
        if each.cadence.setting in longest:
            longest[each.cadence.setting] = max(longest[each.cadence.setting], each.seconds)
    return tuple(replace(each, seconds=longest.get(each.cadence.setting, each.seconds)) for each in found)


def _is_variable(cadence: Cadence) -> bool:
    return cadence.setting.isupper()


def _rounded(cadence: Cadence, factor: float) -> int:
    """To whole minutes where the setting counts them, else to half ones, and never too quick."""
    step = 60 if _is_variable(cadence) else ROUND_S
    return step * ceil(cadence.seconds * factor / step - 1e-9)
