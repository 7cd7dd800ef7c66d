"""A budget as people read it: calls by neuron, keys against their limits, and what to change."""

from __future__ import annotations

from collections.abc import Iterator

from netctl.budget.budget import Budget, KeyUse, Slower
from netctl.budget.calls import Calls
from netctl.budget.document import document
from netctl.budget.forecast import Forecast
from netctl.cli.fitting import fitted
from netctl.cli.output import Cell, show, show_hanging, show_json, show_table
from netctl.durations import short, utc_text
from netctl.fleet import Fleet
from netctl.plan import ranged

STYLES = {"runs out": "bold red", "used up": "bold red", "close": "yellow", "lasts": "green"}


def show_budget(found: Budget, fleet: Fleet, *, as_json: bool) -> None:
    """One JSON document, or all of it as text."""
    if as_json:
        show_json({"fleet": fleet.name, "rehearsal": fleet.rehearsal, **document(found)})
        return
    for line in _heads(found, fleet):
        show_hanging("", line)
    show()
    _show_neurons(found)
    show()
    if found.keys:
        _show_keys(found)
        show()
    for head, text in _ends(found):
        show_hanging(head, text)


def _heads(found: Budget, fleet: Fleet) -> Iterator[str]:
    window = found.window
    when = "nothing recorded yet" if window is None else f"{short(window.length_s)} until {utc_text(window.until)}"
    yield f"{fleet.name}: calls of {found.api}, {when}"
    if not found.real:
        yield "nothing leaves this machine: these are the calls that the stand-ins would have made"
    if found.scale != 1:
        yield f"a day, and every duration, is of the neurons' own time, which runs {found.scale:g} times as fast"


def _show_neurons(found: Budget) -> None:
    places = {name: str(use.key.place) for use in found.keys for name in use.key.neurons}
    rows = [
        [
            Cell(each.neuron, "bold"),
            Cell(places.get(each.neuron, "-")),
            Cell(str(each.used)),
            Cell(str(each.refused), "red" if each.refused else ""),
            Cell(_count(each.measured)),
            Cell(_count(each.expected)),
            Cell(_cadence_text(each)),
        ]
        for each in found.calls
    ]
    headers = ["neuron", "key", "calls", "refused", "a day", "expected", "every"]
    show_table(*fitted(headers, rows, shorten={"neuron": 16}, drop=("every",)))


def _show_keys(found: Budget) -> None:
    rows = [_key_cells(use.key.name, len(use.key.neurons), use.forecast) for use in found.keys]
    rows.append(_key_cells("all", len(found.calls), found.total))
    headers = ["key", "neurons", "used", "a day", "limit", "of it", "verdict"]
    show_table(*fitted(headers, rows, shorten={"key": 30}, drop=("of it",)))


def _key_cells(name: str, neurons: int, found: Forecast) -> list[Cell]:
    limit = "-" if found.limit is None else f"{found.limit.calls} in {short(found.limit.per_s)}"
    share = "-" if found.share is None else f"{found.share:.0%}"
    style = STYLES.get(found.verdict, "")
    cells = [str(neurons), str(found.used), _count(found.a_day), limit, share]
    return [Cell(name, "bold"), *map(Cell, cells), Cell(_verdict_text(found), style)]


def _verdict_text(found: Forecast) -> str:
    if found.verdict == "runs out" and found.runs_out_s is not None:
        return f"runs out in {short(found.runs_out_s)}"
    return found.verdict


def _ends(found: Budget) -> Iterator[tuple[str, str]]:
    if found.total.limit is None and all(use.forecast.limit is None for use in found.keys):
        yield "limits: ", "none is declared; say what a key bears: `api_keys:` in the profile (docs/budgets.md)"
    for warning in warnings_of(found):
        yield "warning: ", warning
    for (setting, now_s, seconds), names in _together(found.slower).items():
        yield (
            "suggestion: ",
            f"{ranged(names)}: {setting} {_setting_text(setting, seconds)} instead of {_setting_text(setting, now_s)}",
        )
    if found.worst and found.too_quick:
        yield "keys: ", f"more of them do not help {ranged(found.too_quick)}: alone too much for one key"
    elif found.worst and found.keys_needed is not None:
        yield "or: ", f"at least {found.keys_needed} keys, dealt out so that each bears its neurons"


def warnings_of(found: Budget) -> Iterator[str]:
    """A line for each limit that does not last at this pace, or is close."""
    told: list[tuple[str, Forecast]] = [(_name(use), use.forecast) for use in found.keys]
    for name, each in (*told, ("all keys together", found.total)):
        limit = each.limit
        if limit is None or each.verdict in ("lasts", "no limit"):
            continue
        pace = f"{_count(each.a_day)} calls a day, of {limit.calls} in {short(limit.per_s)}"
        if each.verdict == "used up":
            yield f"{name}: {found.api} is used up, {each.used} calls of {limit.calls} in {short(limit.per_s)}"
        elif each.verdict == "runs out":
            yield f"{name}: {found.api} runs out in {short(each.runs_out_s or 0.0)} at {pace}"
        else:
            yield f"{name}: {found.api} is close to its limit at {pace}"


def _name(use: KeyUse) -> str:
    return use.key.name


def _together(slower: tuple[Slower, ...]) -> dict[tuple[str, float, float], list[str]]:
    found: dict[tuple[str, float, float], list[str]] = {}
    for each in slower:
        found.setdefault((each.cadence.setting, each.cadence.seconds, float(each.seconds)), []).append(each.neuron)
    return found


def _setting_text(setting: str, seconds: float) -> str:
    return f"{seconds / 60:g}" if setting.isupper() else f"{seconds:g}"


def _count(number: float | None) -> str:
    return "-" if number is None else f"{number:.0f}"


def _cadence_text(each: Calls) -> str:
    return "-" if each.cadence is None else short(each.cadence.seconds)
