"""An embedded chain's faults for people: in a table, and in a line of `netctl chain status`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Told = Mapping[str, Any]
"""A fault as the chain tells it: id, kind, what, struck, left, left_s, in_chain_state, and its options."""

HEADERS = ("id", "kind", "struck", "holds", "what happens")
KIND_HEADERS = ("kind", "options", "what happens")
_FLAGS = {"ms": "--delay", "for_s": "--for"}
"""Options that are called otherwise on the command line."""


def flag_of(option: str) -> str:
    """What an option of the chain's is called on the command line."""
    return _FLAGS.get(option, f"--{option}")


def row_of(told: Told) -> tuple[str, ...]:
    """The fault under HEADERS."""
    return str(told["id"]), told["kind"], _struck(told), holds(told), what(told)


def line_of(told: Told) -> str:
    """The fault in one line."""
    struck = f", struck {_times(told['struck'])}" if told["struck"] else ""
    return f"{told['id']}: {told['kind']}, {holds(told)}{struck}: {what(told)}"


def what(told: Told) -> str:
    """What happens, and to whom."""
    whom = "; ".join(_scope(told))
    return f"{told['what']} ({whom})" if whom else str(told["what"])


def holds(told: Told) -> str:
    """For how much longer."""
    lasts = []
    if told["left"] is not None:
        lasts.append("the next time" if told["left"] == 1 else f"the next {told['left']} times")
    if told["left_s"] is not None:
        lasts.append(f"for {told['left_s']:.0f} s")
    return ", ".join(lasts) or "until cleared"


def kind_row(name: str, kind: Mapping[str, Any]) -> tuple[str, ...]:
    """A kind under KIND_HEADERS, with the options that are its own: those that it can do without in brackets."""
    own = [option for option in kind["options"] if option not in _SHARED]
    flags = [flag_of(option) if option in kind["needs"] else f"[{flag_of(option)}]" for option in own]
    return name, " ".join(flags) or "-", as_typed(kind["what"])


_SHARED = ("for_s", "count", "probability", "seed", "method")


def as_typed(sentence: str) -> str:
    """The chain's sentence on a kind, with its options as they are typed."""
    words = sentence.split("`")
    return "".join(flag_of(word) if place % 2 else word for place, word in enumerate(words))


def _scope(told: Told) -> Iterator[str]:
    if told.get("method", "*") != "*":
        yield f"only {told['method']}"
    if told.get("signer") is not None:
        yield f"only from {told['signer']}"
    if told.get("netuid") is not None:
        yield f"subnet {told['netuid']}"
    if told.get("probability") is not None:
        yield f"with probability {told['probability']:g}, seed {told['seed']}"


def _struck(told: Told) -> str:
    return "-" if told["in_chain_state"] or told["kind"] == "finality-lag" else str(told["struck"])


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
