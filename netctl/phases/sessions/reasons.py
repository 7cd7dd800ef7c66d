"""Why a neuron that runs must be started again: what it was started with differs from what it would be started with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netctl import parts
from netctl.ports import SessionFacts
from netctl.provenance import CODE
from netctl.render.neuron import Rendered

UNRECORDED = "what it was started with has changed; what of it is not on record"
KEPT = "what it was started with has changed"
SHORT = 7


def changed_parts(session: SessionFacts, rendered: Rendered, started_with: Mapping[str, str]) -> tuple[str, ...]:
    """What differs, one line each; empty where the session runs as it was rendered."""
    if session.spec_hash == rendered.session.spec_hash:
        return ()
    before, now = (parts.read(text) for text in (started_with.get(session.name, ""), rendered.session.parts))
    if before is None or now is None:
        return (UNRECORDED,)
    return parts.differences(before, now) or (KEPT,)


def changed_code(session: SessionFacts, mark: str | None) -> str | None:
    """``code changed: 1a2b3c4 → 5d6e7f8`` where the checkout was at another state when the session started.

    None where it was the same, or where one of the two is not known.
    """
    before = session.labels.get(CODE)
    if not before or not mark or before == mark:
        return None
    (old, old_more), (new, new_more) = (_named(m) for m in (before, mark))
    if old == new and old_more and new_more:
        return f"code changed: {old} with changes → {new} with other changes"
    shown = [f"{name} with changes" if more else name for name, more in ((old, old_more), (new, new_more))]
    return f"code changed: {' → '.join(shown)}"


def _named(mark: str) -> tuple[str, bool]:
    commit, plus, _ = mark.partition("+")
    return commit[:SHORT], bool(plus)


def changed_key(session: SessionFacts, address: str | None) -> Iterator[str]:
    """A process keeps the key that it read at its start, also when another one lies there under its name."""
    loaded = session.labels.get("hotkey")
    if loaded is not None and address is not None and loaded != address:
        yield f"hotkey {loaded} → {address}"
