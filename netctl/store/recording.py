"""Writes samples into the store. What holds on is written once: a row counts until there is a later one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from netctl.ports import Metagraph, MetagraphRow, Usage, Weights
from netctl.status import NeuronStatus

_OF_UID = (
    "hotkey",
    "coldkey",
    "alpha_rao",
    "stake_rao",
    "trust",
    "consensus",
    "incentive",
    "dividends",
    "emission_rao",
    "last_update",
    "permit",
    "active",
    "axon",
)
_NOBODY: tuple[Any, ...] = (None,) * len(_OF_UID)


def record_metagraph(connection: sqlite3.Connection, metagraph: Metagraph, weights: Weights, time: float) -> None:
    """A look at the chain, every uid that is not as it was, and the weights that are not; one transaction is open."""
    connection.execute(
        "INSERT OR REPLACE INTO looks VALUES (?, ?, ?, ?, ?, ?)",
        (
            time,
            metagraph.block,
            metagraph.last_epoch,
            metagraph.burn_rao,
            metagraph.tao_in_rao,
            metagraph.alpha_in_rao,
        ),
    )
    (most,) = connection.execute("SELECT max(uid) FROM uids").fetchone()
    known = _latest(
        connection, "uids", "uid", range(max(-1 if most is None else most, len(metagraph.rows)) + 1), _OF_UID
    )
    now = {row.uid: _row(row, weights) for row in metagraph.rows}
    gone = {uid: _NOBODY for uid, row in known.items() if uid not in now and row != _NOBODY}
    connection.executemany(
        f"INSERT OR REPLACE INTO uids (uid, time, block, {', '.join(_OF_UID)})"  # noqa: S608 - names of ours
        f" VALUES (?, ?, ?{', ?' * len(_OF_UID)})",
        [(uid, time, metagraph.block, *row) for uid, row in (now | gone).items() if known.get(uid) != row],
    )
    _record_weights(connection, metagraph, weights, time)


def _row(row: MetagraphRow, weights: Weights) -> tuple[Any, ...]:
    return (
        row.hotkey,
        row.coldkey,
        row.stake_rao,
        row.total_stake_rao,
        weights.trust[row.uid] if row.uid < len(weights.trust) else None,
        row.consensus,
        row.incentive,
        row.dividends,
        row.emission_rao,
        row.last_update,
        int(row.validator_permit),
        int(row.active),
        row.axon,
    )


def _record_weights(connection: sqlite3.Connection, metagraph: Metagraph, weights: Weights, time: float) -> None:
    known = _latest(connection, "weights", "uid", weights.given, ("hotkey", "targets"))
    rows = {row.uid: row for row in metagraph.rows}
    for uid, given in weights.given.items():
        row = rows.get(uid)
        targets = json.dumps({str(target): share for target, share in sorted(given.items())})
        if row is not None and known.get(uid) != (row.hotkey, targets) and (given or uid in known):
            connection.execute(
                "INSERT OR REPLACE INTO weights VALUES (?, ?, ?, ?, ?, ?)",
                (uid, time, metagraph.block, row.hotkey, row.last_update, targets),
            )


def record_balances(connection: sqlite3.Connection, free_rao: Mapping[str, int], block: int, time: float) -> None:
    """What each coldkey can spend, where that has changed."""
    known = _latest(connection, "balances", "coldkey", free_rao, ("free_rao",))
    connection.executemany(
        "INSERT OR REPLACE INTO balances VALUES (?, ?, ?, ?)",
        [(coldkey, time, block, free) for coldkey, free in free_rao.items() if known.get(coldkey) != (free,)],
    )


def record_states(connection: sqlite3.Connection, neurons: Sequence[NeuronStatus], time: float) -> None:
    """What each neuron is, where that has changed."""
    now = {
        neuron.name: (
            neuron.state,
            None if neuron.ready is None else int(neuron.ready),
            neuron.restarts,
            neuron.problem,
        )
        for neuron in neurons
    }
    known = _latest(connection, "states", "name", now, ("state", "ready", "restarts", "problem"))
    connection.executemany(
        "INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?, ?, ?)",
        [(name, time, *state) for name, state in now.items() if known.get(name) != state],
    )


def record_usage(connection: sqlite3.Connection, usages: Mapping[str, Usage], time: float) -> None:
    """What each running neuron uses."""
    connection.executemany(
        "INSERT OR REPLACE INTO processes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                name,
                time,
                usage.pid,
                usage.started_at,
                usage.cpu_s,
                usage.memory_bytes,
                usage.processes,
                usage.threads,
                usage.descriptors,
                usage.connections,
                usage.read_bytes,
                usage.written_bytes,
            )
            for name, usage in usages.items()
        ],
    )


def _latest(
    connection: sqlite3.Connection, table: str, key: str, keys: Iterable[Any], columns: Sequence[str]
) -> dict[Any, tuple[Any, ...]]:
    """The last row of each key; a key that has none is left out. One step down the index each, however long it is."""
    asked = f"SELECT {', '.join(columns)} FROM {table} WHERE {key} = ? ORDER BY time DESC LIMIT 1"  # noqa: S608 - ours
    found = ((one, connection.execute(asked, (one,)).fetchone()) for one in keys)
    return {one: tuple(row) for one, row in found if row is not None}
