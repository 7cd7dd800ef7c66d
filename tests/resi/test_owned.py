"""What the pack says is one neuron's alone is what RESI's own code writes and listens on; and it runs as rendered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from netctl.adapters import holders
from netctl.ports import Use
from netctl.truth.drift import drift_of
from netctl.truth.launched import Desk, on_disk, standard_of
from tests.resi.bench import Bench, a_bench
from tests.resi.fleet import copied_pack
from tests.resi.launched import ONE_JOB, swept

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
FILES = ("--neuron.database_name", "--miner_upload_state_file")
OF_THE_BENCH = {"LC_CTYPE", "TESTS_OF"}
"""Variables that reach a neuron of the bench past its launcher."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A chain with the fleet registered on it, for the module."""
    with a_bench(tmp_path_factory.mktemp("bench")) as found:
        yield found


def without_files(tmp_path: Path) -> Path:
    """The pack as somebody starts a miner who knows of no such option."""
    return copied_pack(tmp_path, lambda pack: [pack["roles"]["miner"]["options"].pop(name) for name in FILES])


@pytest.mark.parametrize("told", [True, False])
def test_a_miner_uses_what_it_claims(bench: Bench, tmp_path: Path, told: bool) -> None:
    pack = None if told else without_files(tmp_path)
    fleet = swept(bench).changed("miner_1", strategy=ONE_JOB)
    rendered = bench.rendered(fleet, pack)
    claims = rendered.rendered[0].claims
    files = {use.what: Path(use.value) for use in claims.uses if use.kind == "file"}
    assert files["upload state"].is_relative_to(fleet.state if told else bench.checkout)
    assert not any(path.exists() for path in files.values())
    with bench.running(fleet, pack) as miner:
        miner.wait_for("Uploaded 4 records", deadline_s=90)
        assert {what for what, path in files.items() if path.exists()} == {"database", "upload state"}
        (process,) = psutil.Process(miner.process.pid).children()
        found = {
            one.process.pid: set(one.uses)
            for one in holders.holders(rendered.exclusives, paths=set(claims.paths()), ports=set(claims.ports()))
        }
        assert found[process.pid] >= {use for use in claims.uses if use.kind != "file"}
        assert {use.value for use in found[process.pid] if use.kind == "file"} == {str(path) for path in files.values()}
        open_ones = set(holders.opened(process.pid, paths=set(claims.paths()), ports=set(claims.ports())))
        assert Use("port", "axon port", str(fleet.neurons[0].axon_port)) in open_ones


def test_a_miner_runs_as_it_was_rendered(bench: Bench) -> None:
    fleet = bench.changed("miner_1", strategy=ONE_JOB)
    with bench.running(fleet, None) as miner:
        miner.wait_for("Uploaded 4 records", deadline_s=90)
        (process,) = psutil.Process(miner.process.pid).children()
        launched = on_disk(standard_of(fleet, fleet.neurons[0], bench.pack()), Desk())
        running = holders.running(process.pid)
        assert launched is not None
        assert running is not None
        assert {one.name for one in drift_of(launched, running)} <= OF_THE_BENCH
