"""The checkout has the traps that the subnet's own programs have; where one is the SDK's, it is the real one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.resi.bench import Bench, a_bench
from tests.resi.fleet import OFFLINE, copied_checkout, sdk_python, until

pytestmark = pytest.mark.slow
FOUND = "found "
CONFIG = "from neurons.config import NeuronType, create_config; c = create_config(NeuronType.{}); print('found', {})"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy."""
    return copied_checkout(tmp_path / "resi-subnet")


def said(checkout: Path, code: str, *argv: str, **environ: str) -> str:
    """What that code prints in the checkout's environment; the working directory is another one."""
    elsewhere = checkout.parent / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    script = checkout.parent / "ask.py"  # not -c: without a file python-dotenv takes Python for interactive
    script.write_text(code)
    done = subprocess.run(
        [str(sdk_python()), str(script), *argv],
        cwd=elsewhere,
        env={"PYTHONPATH": str(checkout), "HOME": str(elsewhere), **OFFLINE, **environ},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return next(line for line in done.stdout.splitlines() if line.startswith(FOUND)).removeprefix(FOUND)


def test_the_dotenv_is_the_sources_and_never_the_working_directorys(checkout: Path) -> None:
    code = "import neurons.config, scraping.provider, os; print('found', os.getenv('RAPIDAPI_KEY'))"
    (checkout.parent / "elsewhere").mkdir()
    (checkout.parent / "elsewhere" / ".env").write_text("RAPIDAPI_KEY=of-the-working-directory\n")
    assert said(checkout, code) == "None"
    (checkout / ".env").write_text("RAPIDAPI_KEY=of-the-source\n")
    assert said(checkout, code, RAPIDAPI_KEY="of-the-environment") == "of-the-source"


@pytest.mark.parametrize(("role", "period"), [("miner", "60.0"), ("validator", "7.0")])
def test_only_a_validator_takes_the_period_from_a_dotenv(checkout: Path, role: str, period: str) -> None:
    (checkout / ".env").write_text("MINER_EVAL_PERIOD_MINUTES=7\n")
    code = f"import neurons.{role}; from common import constants; print('found', constants.MIN_EVALUATION_PERIOD_S)"
    assert said(checkout, code) == period


def test_a_strategy_as_config_is_read_and_ignored(checkout: Path) -> None:
    (checkout / "mine.json").write_text(json.dumps({"target_zipcodes": ["77494"], "netuid": 77}))
    code = CONFIG.format("MINER", "c.netuid, c.neuron.scraping_config_file")
    found = said(checkout, code, "--config", str(checkout / "mine.json"))
    assert found == f"77 {checkout}/scraping/config/scraping_config.json"


def test_the_chain_endpoint_is_never_honoured(checkout: Path) -> None:
    code = CONFIG.format("MINER", "bt.Subtensor.setup_config(None, c)").replace(
        "from", "import bittensor as bt; from", 1
    )
    found = said(checkout, code, "--subtensor.chain_endpoint", "ws://127.0.0.1:1")
    assert "entrypoint-finney" in found


def test_the_permit_limit_falls_only_by_the_word_test(checkout: Path) -> None:
    code = CONFIG.format("MINER", "c.vpermit_rao_limit")
    assert said(checkout, code, "--netuid", "428", "--subtensor.network", "test") == "300"
    assert said(checkout, code, "--netuid", "428", "--subtensor.network", "ws://127.0.0.1:1") == "10000"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A chain with the fleet registered on it."""
    with a_bench(tmp_path_factory.mktemp("bench")) as found:
        yield found


def test_a_second_axon_on_a_port_says_nothing_and_lives(bench: Bench) -> None:
    port = bench.neuron("miner_1").axon_port
    with bench.running(bench.changed("miner_1"), None) as first:
        first.wait_for("Miner starting at")
        holder = until(lambda: bench.holder(port), deadline_s=10)
        with bench.running(bench.changed("miner_2", axon_port=port), None) as second:
            assert second.wait_for("Successfully scraped") == "Successfully scraped"
            assert "Miner starting at" in second.out
            assert "address already in use" not in second.said
            assert bench.holder(port) == holder


def test_a_neuron_whose_thread_died_lives_on(bench: Bench) -> None:
    fleet = bench.changed("validator_1", args=(("s3_results_path", None),))
    with bench.running(fleet, None) as validator:
        validator.wait_for("Exception in thread")
        assert validator.process.poll() is None


def test_a_miner_refuses_who_asks_more_often_than_its_own_period_allows(bench: Bench) -> None:
    slow = {"MINER_EVAL_PERIOD_MINUTES": "600"}
    with bench.running(bench.changed("miner_1", env=slow), None) as miner:
        miner.wait_for("Successfully scraped")
        with bench.running(bench.changed("validator_1"), None) as validator:
            hotkey = bench.hotkey("miner_1")
            assert "failed to respond" in validator.wait_for(f"{hotkey}: Miner failed to respond", deadline_s=60)
            assert f"{hotkey}: Got new compressed miner index" in validator.out
