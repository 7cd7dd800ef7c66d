"""How far a run has come, by its events alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Result = Literal["done", "skipped", "declined", "failed", "left_out", "elsewhere"]
"""`declined`: a person decided against it; `failed`: an optional step did; `elsewhere`: not for this kind of run."""


@dataclass(frozen=True, slots=True)
class OpenCommand:
    """A command that was begun, and of whose end nothing is known. `started` is when its process was, by the system."""

    step: str
    number: int
    text: str
    kind: str
    pid: int | None = None
    started: float | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes a run the same one: the runbook's name, and what it is run on."""

    runbook: str
    profile: str | None
    rehearse: bool
    network: str | None


@dataclass(slots=True)
class Progress:
    """What the events add up to; steps are named by their slugs, moments are seconds since the epoch."""

    identity: Identity
    title: str = ""
    fleet: str | None = None
    digest: str = ""
    begun_at: float = 0.0
    last_at: float = 0.0
    took_s: float = 0.0
    results: dict[str, Result] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)
    current: str | None = None
    step_at: float = 0.0
    wait_until: float | None = None
    open: OpenCommand | None = None
    exported: dict[str, str] = field(default_factory=dict)
    paid_before: dict[str, frozenset[str]] = field(default_factory=dict)
    """By the path of a fleet's journal, the payments that were there before this run paid anything."""
    halted: str | None = None
    """Why it stopped where it did; None while it runs, and when it is over."""
    ended: bool = False
    pid: int | None = None
    session_at: float = 0.0
    """The runner that wrote last, and since when it did."""


def progress_of(entries: Sequence[Mapping[str, Any]]) -> Progress | None:
    """The progress of a run; None where not even its beginning was written."""
    if not entries or entries[0].get("kind") != "begun":
        return None
    first = entries[0]
    names = ("runbook", "profile", "rehearse", "network")
    found = Progress(
        Identity(*(first.get(name) for name in names)),  # type: ignore[arg-type]
        title=str(first.get("title", "")),
        fleet=first.get("fleet"),
        digest=str(first.get("digest", "")),
        begun_at=float(first["at"]),
    )
    session, since = first.get("run"), found.begun_at
    found.pid, found.session_at = first.get("pid"), since
    for entry in entries:
        at = float(entry["at"])
        if entry.get("run") != session:
            found.took_s += max(0.0, found.last_at - since)
            session, since = entry.get("run"), at
            found.pid, found.session_at = entry.get("pid"), at
        _apply(found, entry, at)
        found.last_at = at
    found.took_s += max(0.0, found.last_at - since)
    return found


def _apply(found: Progress, entry: Mapping[str, Any], at: float) -> None:
    match entry["kind"]:
        case "resumed":
            found.halted = None
        case "from":
            for slug in entry["again"]:
                found.results.pop(slug, None)
            found.current = None
        case "step_begun":
            if found.current != entry["step"]:
                found.wait_until = None
            found.current, found.step_at = entry["step"], at
        case "step_ended":
            found.results[entry["step"]] = entry["result"]
            found.took[entry["step"]] = float(entry.get("seconds", 0.0))
            found.current, found.wait_until, found.open = None, None, None
        case "halted":
            found.halted = entry["why"]
        case "ended":
            found.ended = True
        case _:
            _apply_command(found, entry)


def _apply_command(found: Progress, entry: Mapping[str, Any]) -> None:
    match entry["kind"]:
        case "wait_begun":
            found.wait_until = float(entry["until"])
        case "exported":
            found.exported[entry["name"]] = entry["value"]
        case "paid_before":
            found.paid_before.setdefault(entry["journal"], frozenset(entry["payments"]))
        case "command_begun":
            found.open = OpenCommand(entry["step"], entry["number"], entry["text"], entry["command_kind"])
        case "command_started" if found.open is not None:
            begun = found.open
            pid, started = entry["process"], entry["started"]
            found.open = OpenCommand(begun.step, begun.number, begun.text, begun.kind, pid, started)
        case "command_ended":
            found.open = None
