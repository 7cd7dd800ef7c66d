"""Events counted once, and then only what has come since."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl.store.database import change, opened
from netctl.store.tally import Tally
from tests.store.written import event

pytestmark = pytest.mark.fast


def test_a_tally_goes_on_as_one_that_counts_anew_would(tmp_path: Path) -> None:
    with opened(tmp_path / "metrics.db") as store:
        kept = Tally()
        assert kept.counted(store) == ()
        for round_ in range(4):
            with change(store):
                for number in range(round_ + 1):
                    event(store, "miner_1", "scraped", 1.0, role="miner")
                    event(store, f"miner_{number}", "served", 1.0, role="miner")
                    event(store, "copy", "scraped", 1.0, role="miner", foreign=True)
            assert kept.counted(store) == Tally().counted(store)
        found = {(one.neuron, one.signal): one.count for one in kept.counted(store)}
        assert found["miner_1", "scraped"] == 10
        assert ("copy", "scraped") not in found


def test_signals_of_one_name_and_several_logs_of_one_neuron_are_one(tmp_path: Path) -> None:
    with opened(tmp_path / "metrics.db") as store, change(store):
        event(store, "miner_1", "scraped", 1.0, role="miner")
        store.execute("INSERT INTO signals (role, name, digest) VALUES ('miner', 'scraped', 'another')")
        store.execute(
            "INSERT INTO sources (name, role, pack, stream, path) VALUES ('miner_1', 'miner', 'p', 'stderr', '/err')"
        )
        store.execute("INSERT INTO events VALUES (2, 0, 0, 2, 1.0, NULL, NULL, NULL, '{}')")
        (one,) = Tally().counted(store)
        assert (one.neuron, one.signal, one.count) == ("miner_1", "scraped", 2)
