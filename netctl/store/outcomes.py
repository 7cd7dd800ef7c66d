"""What came out in a stretch of time, summed up from the store: one row for each neuron, hotkey or signal.

Stretches are from `since` up to `until`, seconds since the epoch. What holds on is weighted by how long it held.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter

DIGITS = 12
"""Of a mean: what adding up makes of equal values is no difference."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What was seen of the chain: how often, from which block to which, how many epochs ended meanwhile."""

    count: int
    first_time: float
    last_time: float
    first_block: int
    last_block: int
    epochs: int
    burn_rao: int | None


@dataclass(frozen=True, slots=True)
class Held:
    """What a hotkey was on the chain. Shares are means from 0 to 1, None where it was not sampled.

    `emission_rao` is the mean of what it earned in an epoch, in rao of the subnet's alpha; `stake_rao` its last S.
    `updates` is how often it set weights. `seconds` is for how long it had a uid.
    """

    hotkey: str
    seconds: float
    uid: int
    incentive: float | None
    dividends: float | None
    trust: float | None
    consensus: float | None
    emission_rao: float | None
    stake_rao: int | None
    updates: int


@dataclass(frozen=True, slots=True)
class Told:
    """What the lines of a log told of a hotkey in one field: how often, and the mean."""

    hotkey: str
    teller: str
    field: str
    count: int
    mean: float


@dataclass(frozen=True, slots=True)
class Count:
    """How many events of a signal a neuron's logs had."""

    neuron: str
    signal: str
    count: int


@dataclass(frozen=True, slots=True)
class Used:
    """What a neuron with all its processes used. `cpu_share` is of one core; None where it was sampled once only."""

    neuron: str
    cpu_share: float | None
    memory_mean_bytes: float
    memory_max_bytes: int
    descriptors_max: int | None
    read_bytes: int | None
    written_bytes: int | None


@dataclass(frozen=True, slots=True)
class Lived:
    """A neuron's restarts, and for which share of the time it was running, 0 to 1."""

    neuron: str
    restarts: int
    running_share: float | None


def looks(connection: sqlite3.Connection, since: float, until: float) -> Looks | None:
    """What was seen of the chain, None where nothing was."""
    count, first, last, first_block, last_block, epochs = connection.execute(
        "SELECT count(*), min(time), max(time), min(block), max(block), count(DISTINCT last_epoch) - 1 FROM looks"
        " WHERE time BETWEEN ? AND ?",
        (since, until),
    ).fetchone()
    if not count:
        return None
    (burn,) = connection.execute("SELECT burn_rao FROM looks WHERE time = ?", (last,)).fetchone()
    return Looks(count, first, last, first_block, last_block, epochs, burn)


_HELD = """
WITH spans AS (
    SELECT *, max(time, :since) AS begins,
        min(coalesce(lead(time) OVER (PARTITION BY uid ORDER BY time), :until), :until) AS ends
    FROM uids WHERE time <= :until
), held AS (
    SELECT *, ends - begins AS seconds FROM spans WHERE ends >= :since AND hotkey IS NOT NULL AND begins <= ends
), totals AS (
    SELECT hotkey, total(seconds) AS seconds, max(time) AS latest, count(DISTINCT last_update) - 1 AS updates,
        total(seconds * incentive) AS incentive, total(seconds * dividends) AS dividends,
        total(seconds * trust) AS trust, total(seconds * consensus) AS consensus,
        total(seconds * emission_rao) AS emission_rao
    FROM held GROUP BY hotkey
)
SELECT totals.*, held.uid, held.stake_rao, held.incentive, held.dividends, held.trust, held.consensus,
    held.emission_rao
FROM totals JOIN held ON held.hotkey = totals.hotkey AND held.time = totals.latest
GROUP BY totals.hotkey
"""


def held(connection: sqlite3.Connection, since: float, until: float) -> dict[str, Held]:
    """What each hotkey was on the chain, by hotkey: up to the last look, for nothing is known of what came after."""
    seen = looks(connection, since, until)
    if seen is None:
        return {}
    # A row counts from when it was first seen so: what was sampled before the stretch holds on into it.
    rows = connection.execute(_HELD, {"since": seen.first_time, "until": seen.last_time})
    found = {}
    for hotkey, seconds, _latest, updates, *rest in rows:
        totals, (uid, stake), last = rest[:5], rest[5:7], rest[7:]
        incentive, dividends, trust, consensus, emission = (
            [round(total / seconds, DIGITS) for total in totals] if seconds > 0 else last
        )
        found[hotkey] = Held(
            hotkey, seconds, uid, incentive, dividends, trust, consensus, emission, stake, max(0, updates)
        )
    return found


_TOLD = """
SELECT coalesce(
        events.hotkey,
        (SELECT hotkey FROM uids WHERE uids.uid = events.uid AND uids.time <= coalesce(events.time, events.seen)
            ORDER BY time DESC LIMIT 1),
        (SELECT hotkey FROM uids WHERE uids.uid = events.uid ORDER BY time LIMIT 1)
    ) AS whose, sources.name, count(*), avg(json_extract(data, :field))
FROM signals JOIN events ON events.signal = signals.id JOIN sources ON sources.id = events.source
WHERE sources.role = 'validator' AND NOT sources.foreign_file
    AND coalesce(events.time, events.seen) BETWEEN :since AND :until
    AND json_type(data, :field) IN ('integer', 'real')
GROUP BY whose, sources.name HAVING whose IS NOT NULL
"""


def told(connection: sqlite3.Connection, fields: Sequence[str], since: float, until: float) -> tuple[Told, ...]:
    """What validators' lines told of hotkeys in these fields, by the hotkey that had the uid then.

    Before the first sample of a uid it counts as whose it was by that.
    """
    return tuple(
        Told(hotkey, teller, field, count, mean)
        for field in fields
        for hotkey, teller, count, mean in connection.execute(
            _TOLD, {"field": f'$."{field}"', "since": since, "until": until}
        )
    )


def counts(connection: sqlite3.Connection, since: float, until: float) -> tuple[Count, ...]:
    """How often each neuron's own logs had each signal."""
    rows = connection.execute(
        "SELECT sources.name, signals.name, count(*) FROM signals JOIN events ON events.signal = signals.id"
        " JOIN sources ON sources.id = events.source WHERE NOT sources.foreign_file"
        " AND coalesce(events.time, events.seen) BETWEEN ? AND ? GROUP BY sources.name, signals.name"
        " ORDER BY sources.name, signals.name",
        (since, until),
    )
    return tuple(Count(*row) for row in rows)


_USED = """
WITH lives AS (
    SELECT name, max(cpu_s) - min(cpu_s) AS cpu_s, max(time) - min(time) AS seconds, count(*) AS samples,
        total(memory_bytes) AS memory, max(memory_bytes) AS memory_max, max(descriptors) AS descriptors,
        max(read_bytes) AS read, max(written_bytes) AS written
    FROM processes WHERE time BETWEEN ? AND ? GROUP BY name, pid, started
)
SELECT name, CASE WHEN total(seconds) > 0 THEN total(cpu_s) / total(seconds) END, total(memory) / sum(samples),
    max(memory_max), max(descriptors), sum(read), sum(written)
FROM lives GROUP BY name ORDER BY name
"""


def used(connection: sqlite3.Connection, since: float, until: float) -> tuple[Used, ...]:
    """What each neuron used."""
    return tuple(Used(*row) for row in connection.execute(_USED, (since, until)))


def lived(connection: sqlite3.Connection, since: float, until: float) -> tuple[Lived, ...]:
    """Each neuron's restarts and its share of running, for sessions that begin in the stretch.

    What was written before holds on into it where nothing was written since: only changes are. The share counts from
    the first look at the chain, when somebody was there to see it.
    """
    seen = looks(connection, since, until)
    watched = since if seen is None else seen.first_time
    rows = connection.execute(
        "SELECT name, time, state, restarts FROM states WHERE time <= ? ORDER BY name, time", (until,)
    )
    return tuple(
        _lived(name, [row[1:] for row in of_neuron], since, watched, until)
        for name, of_neuron in groupby(rows, key=itemgetter(0))
    )


def _lived(name: str, rows: Sequence[tuple[float, str, int]], since: float, watched: float, until: float) -> Lived:
    within = [row for row in rows if row[0] >= since] or rows[-1:]
    restarts = within[0][2]
    for (_, _, before), (_, _, now) in pairwise(within):
        restarts += now - before if now >= before else now
    ends = [*(row[0] for row in rows[1:]), until]
    spans = [(state, max(0.0, end - max(time, watched))) for (time, state, _), end in zip(rows, ends, strict=True)]
    whole = sum(seconds for _, seconds in spans)
    running = sum(seconds for state, seconds in spans if state == "running")
    return Lived(name, restarts, running / whole if whole > 0 else None)
