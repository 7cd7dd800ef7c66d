"""The units that metrics come in: how a figure is written for people, and how a criterion may write one."""

from __future__ import annotations

from math import inf
from typing import Literal

from netctl import durations

Unit = Literal["count", "share", "periods", "seconds", "bytes", "cores", "ratio", "correlation"]

MEANINGS: dict[Unit, str] = {
    "count": "a number of things; `50%` means of as many as there are, `all` every one",
    "share": "a part of a whole: `60%`, or `0.6`",
    "periods": "multiples of the neuron's own evaluation period: `2x`",
    "seconds": "of the subnet's own time: `90s`, `5m`",
    "bytes": "`500MB`, `2GB`",
    "cores": "processor cores in full use: `0.5`",
    "ratio": "how many times as much: `1.5x`",
    "correlation": "-1 to 1: `0.5`",
}
TARGETS: dict[Unit, str] = {
    "count": "`>= 3`, `none`, or `all` where it is out of a known number",
    "share": "`>= 60%` or `< 5%`",
    "periods": "`<= 2x` or `0.9x to 2x`",
    "seconds": "`< 10m` or `5m to 10m`",
    "bytes": "`<= 2GB`",
    "cores": "`<= 0.5`",
    "ratio": "`> 1x`",
    "correlation": "`>= 0.5`",
}
"""What a criterion may ask of a metric in that unit, for example."""

_SIZES = {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9}


def number_of(text: str, unit: Unit) -> tuple[float, bool]:
    """A figure as a criterion writes it, and whether it is a percentage of a count; ValueError for anything else."""
    text = text.strip()
    if text.endswith("%") and unit in ("share", "count"):
        return _number(text[:-1], unit) / 100, unit == "count"
    if unit in ("periods", "ratio"):
        if not text.endswith("x"):
            raise ValueError(f"{text!r} has no unit")
        return _number(text[:-1], unit), False
    if unit == "seconds":
        return durations.seconds_of(text), False
    if unit == "bytes":
        size = next((size for size in sorted(_SIZES, key=len, reverse=True) if text.endswith(size)), None)
        if size is None:
            raise ValueError(f"{text!r} has no unit")
        return _number(text.removesuffix(size), unit) * _SIZES[size], False
    return _number(text, unit), False


def _number(text: str, unit: Unit) -> float:
    digits = text.strip()
    signed = digits.removeprefix("-") if unit == "correlation" else digits
    whole, _, part = signed.partition(".")
    if not (whole.isdecimal() and signed.isascii() and (not part or part.isdecimal()) and len(signed) <= 15):
        raise ValueError(f"{text!r} is no figure of {unit}")
    return float(digits)


def written(value: float, unit: Unit) -> str:
    """A figure for people: as short as it can be without misleading."""
    match unit:
        case "count":
            return f"{value:.0f}" if value == int(value) else f"{value:.1f}"
        case "share":
            return _percent(value)
        case "periods" | "ratio":
            if value == inf:
                return "beyond measure"
            return f"{value:.2f}x" if value < 10 else f"{value:.1f}x"
        case "seconds":
            return durations.short(value)
        case "bytes":
            size = next((size for size in ("GB", "MB", "kB") if value >= _SIZES[size]), "B")
            return f"{value / _SIZES[size]:.3g} {size}" if value < 1e12 else f"{value / 1e9:.0f} GB"
        case "cores" | "correlation":
            return f"{value:.2f}"


def _percent(value: float) -> str:
    text = f"{100 * value:.1f}"
    # What is not quite nothing or all must not look it.
    if text == "100.0" and value < 1:
        return "99.9 %"
    if text == "0.0" and value > 0:
        return "0.1 %"
    return f"{text.removesuffix('.0')} %"
