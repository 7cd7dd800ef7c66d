"""A metrics.db with something in every table, and what is known of its fleet."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from netctl.runs.record import compact
from netctl.store.database import change, opened
from netctl.store.runs import write_run
from tests.runs.made import run
from tests.store.written import chain_row, event, look, process, state_row

NOW = 5000.0
RUN = run(began=1000.0)


@contextmanager
def full(state: Path) -> Iterator[sqlite3.Connection]:
    """The store, whose last samples are from NOW."""
    state.mkdir(exist_ok=True)
    with opened(state / "metrics.db") as store:
        with change(store):
            look(store, 1100, block=100, epoch=90, burn=1)
            look(store, NOW, block=400, epoch=380, burn=500_000)
            columns = {"coldkey": "5C1", "alpha_rao": 2_000_000_000, "stake_rao": 3_500_000_000, "trust": 0.5}
            columns |= {"consensus": 0.25, "dividends": 0.125, "emission_rao": 41, "last_update": 390, "permit": 1}
            columns |= {"active": 1, "axon": "127.0.0.1:8091"}
            chain_row(store, 1, 1100, "5H1", incentive=0.25, **columns)
            chain_row(store, 1, 4000, "5H1", incentive=0.75, **columns)
            chain_row(store, 3, 1100, "5H3", incentive=0.0, **columns)
            chain_row(store, 7, 1100, "5Stranger", incentive=0.0, **columns)
            chain_row(store, 8, 1100, "5Gone", incentive=0.5, **columns)
            chain_row(store, 8, 4500, None)
            store.execute("INSERT INTO weights VALUES (3, 1200, 110, '5H3', 105, '{\"1\": 0.75, \"7\": 0.25}')")
            store.execute("INSERT INTO balances VALUES ('5C1', 1100, 100, 1500000000)")
            store.execute("INSERT INTO balances VALUES ('5C1', 4000, 390, 1250000000)")
            process(store, "miner_1", NOW - 10, pid=7, started=1000.5, cpu_s=2.5, memory=84_000_000, written=3)
            process(store, "miner_2", 1100, pid=8, started=1000.5, cpu_s=9.5, memory=1, written=1)
            state_row(store, "miner_1", 1100, "starting", 0)
            state_row(store, "miner_1", 1200, "running", 2)
            state_row(store, "miner_2", 1200, "killed", 1)
            event(store, "miner_1", "scraped", 1300, role="miner", entities=24)
            event(store, "miner_1", "scraped", None, seen=1400.5, role="miner", entities=3)
            event(store, "validator_1", "evaluated", 1500, uid=1, score=5.0, credibility=0.25)
            event(store, "validator_1", "evaluated", 2500, uid=1, score=2.26e-38, credibility=0.5)
            event(store, "elsewhere", "evaluated", 2600, uid=1, score=99.0, foreign=True)
        write_run(store, "20261127-120000", 10.0, compact(run("20261127-120000", began=10.0)))
        write_run(store, RUN.id, RUN.began, compact(RUN))
        yield store
