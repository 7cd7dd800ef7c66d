"""When a neuron that died is started again: policy, backoff, jitter, giving up, and the fleet's budget. Pure.

Nothing here remembers: the deaths and starts that count are labels of the session, so a new supervisor decides as the
one that was killed would have, to the second. Jitter comes from the neuron's name and the time of its death.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from netctl.durations import short
from netctl.fleet import RestartPolicy, Supervision
from netctl.ports import FAULT, STOPPED, SessionFacts

SESSION = "supervisor"

DEATHS = "deaths"
"""The label with the times of earlier deaths, oldest first, in whole seconds since the epoch."""

STARTED = "started"
"""The label with the times of the supervisor's own starts of a session."""

REMEMBERED = 64
"""So many deaths of a session are kept at most."""

JITTER = 0.25
"""A pause is up to so much longer or shorter, so that those who died together do not start together."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a dead session: started again `at` (epoch seconds), or never, and why not.

    `deaths` are those that count, this one among them.
    """

    at: float | None
    why_not: str = ""
    deaths: int = 0

    @property
    def is_given_up(self) -> bool:
        """Whether it died too often to be started again."""
        return self.at is None and self.deaths > 0


def verdict(policy: RestartPolicy, session: SessionFacts) -> Verdict:
    """What the policy says of a session that is dead, and of no other."""
    if stopped := session.labels.get(STOPPED):
        return Verdict(None, f"stopped by {stopped}")
    failed = session.exit_signal is not None or session.exit_code != 0 or FAULT in session.labels
    if policy.when == "never":
        return Verdict(None, "its restart policy is never")
    if policy.when == "on-failure" and not failed:
        return Verdict(None, "it ended by itself without an error, and its restart policy is on-failure")
    died = session.ended_at or 0.0
    deaths = [*(when for when in times(session, DEATHS) if when > died - policy.window_s), died]
    if len(deaths) > policy.tries:
        return Verdict(None, f"given up: it died {len(deaths)} times within {short(policy.window_s)}", len(deaths))
    pause_s = min(policy.backoff_s * 2.0 ** min(len(deaths) - 1, 32), policy.most_s)
    return Verdict(died + pause_s * (1 + JITTER * (2 * _chance(session.name, died) - 1)), deaths=len(deaths))


def history(session: SessionFacts, now: float) -> Mapping[str, str]:
    """The labels that a session gets when it is started again now: its deaths with the last one, and its starts."""
    deaths = [*times(session, DEATHS), session.ended_at or now][-REMEMBERED:]
    starts = [*times(session, STARTED), now][-REMEMBERED:]
    return {DEATHS: _words(deaths), STARTED: _words(starts)}


def within_budget(
    supervision: Supervision, due: Iterable[tuple[float, str]], starts: Iterable[float], now: float
) -> Sequence[str]:
    """Whose turn it is: of those that are due (since when, name), as many as the budget has left, longest due first."""
    spent = sum(1 for when in starts if when > now - supervision.per_s)
    ready = sorted((at, name) for at, name in due if at <= now)
    return [name for _, name in ready[: max(0, supervision.starts - spent)]]


def times(session: SessionFacts, label: str) -> Sequence[float]:
    """The times that a label of the session holds; what is no time is passed over."""
    return [float(word) for word in session.labels.get(label, "").split(",") if word.replace(".", "", 1).isdigit()]


def _words(moments: Iterable[float]) -> str:
    return ",".join(f"{when:.1f}" for when in moments)


def _chance(name: str, died: float) -> float:
    """Even between 0 and 1, the same for the same death."""
    return int.from_bytes(sha256(f"{name} {died:.1f}".encode()).digest()[:4]) / 2**32
