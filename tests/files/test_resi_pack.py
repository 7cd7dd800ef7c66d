"""The pack of the real subnet: each trap of its code has its answer in what is rendered."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from netctl import packs
from netctl.fleet import Fleet, ProxyPorts, Strategy
from netctl.installation import install_commands
from netctl.render.fleet import render_fleet
from netctl.render.neuron import Rendered
from tests.files.conftest import ENDPOINT, OPERATOR, a_neuron, a_resi_fleet

pytestmark = pytest.mark.fast


def only(fleet: Fleet) -> Rendered:
    found = render_fleet(fleet, packs.load("resi"), OPERATOR)
    assert found.blocked == ()
    return found.rendered[0]


def option(one: Rendered, name: str) -> str | None:
    return one.argv[one.argv.index(name) + 1] if name in one.argv else None


@pytest.mark.parametrize(
    ("kind", "netuid", "network", "limit"),
    [
        ("test", 428, "test", None),
        ("test", 13, "test", "300"),
        ("local", 428, ENDPOINT, "300"),
        ("finney", 46, "finney", None),
    ],
)
def test_the_network_and_the_permit_limit_fit(
    tmp_path: Path, resi_checkout: Path, kind: str, netuid: int, network: str, limit: str | None
) -> None:
    one = only(replace(a_resi_fleet(tmp_path, resi_checkout, kind=kind), netuid=netuid))
    assert (option(one, "--subtensor.network"), option(one, "--vpermit_rao_limit")) == (network, limit)
    assert "--subtensor.chain_endpoint" not in one.argv


def test_neurons_share_no_file(tmp_path: Path, resi_checkout: Path) -> None:
    fleet = a_resi_fleet(
        tmp_path,
        resi_checkout,
        a_neuron("miner_1", axon_port=8091),
        a_neuron("miner_2", hotkey="hotkey_3"),
        a_neuron("validator_1", hotkey="hotkey_9", axon_port=8099),
    )
    found = render_fleet(fleet, packs.load("resi"), OPERATOR)
    own = [
        {word for word in one.argv if word.startswith(str(tmp_path))} - {str(fleet.wallet_path)}
        for one in found.rendered
    ]
    shared = set.intersection(*own) if own else set()
    assert {path for path in shared if not path.startswith(str(resi_checkout))} == set()
    assert option(found.rendered[0], "--neuron.database_name") == f"{tmp_path}/work/miner_1/SqliteMinerStorage.sqlite"
    assert [seed.path for seed in found.rendered[1].seeds] == [
        tmp_path / "work/miner_2/dynamic_desirability/total.json"
    ]
    assert option(found.rendered[0], "--s3_auth_url") == option(found.rendered[2], "--s3_auth_url")


def test_a_validators_memo_is_moved_by_its_yaml(tmp_path: Path, resi_checkout: Path) -> None:
    one = only(a_resi_fleet(tmp_path, resi_checkout, a_neuron("validator_1")))
    config = next(file for file in one.files if file.path.name == "bittensor.yaml")
    assert config.content.decode() == f's3_results_path: "{tmp_path}/work/validator_1/s3_validation.parquet"\n'
    assert option(one, "--config") == str(config.path)
    assert "--wandb.off" in one.argv


def test_zipcodes_become_labels_and_unknown_ones_are_warned_of(tmp_path: Path, resi_checkout: Path) -> None:
    miner = a_neuron(strategy=Strategy("east_coast_metro", ("10001", "33101"), 360))
    fleet = a_resi_fleet(tmp_path, resi_checkout, miner)
    found = render_fleet(fleet, packs.load("resi"), OPERATOR)
    path = Path(str(option(found.rendered[0], "--neuron.scraping_config_file")))
    config = json.loads(next(file.content for file in found.rendered[0].files if file.path == path))
    assert config["scraper_configs"][0]["cadence_seconds"] == 360
    assert config["scraper_configs"][0]["labels_to_scrape"][0]["label_choices"] == ["zip:10001", "zip:33101"]
    assert found.notes == ("miner_2: 1 zipcode not in scraping/zillow/zipcodes.csv: 33101",)


@pytest.mark.parametrize(("name", "labels"), [("rural", ["zip:99950"]), ("east_coast", ["zip:08701", "zip:10001"])])
def test_a_named_strategy_picks_rows_of_the_list(
    tmp_path: Path, resi_checkout: Path, name: str, labels: list[str]
) -> None:
    one = only(a_resi_fleet(tmp_path, resi_checkout, a_neuron(strategy=Strategy(name))))
    config = json.loads(next(file.content for file in one.files if file.path.name == "scraping_config.json"))
    assert config["scraper_configs"][0]["labels_to_scrape"][0]["label_choices"] == labels


def test_an_organic_miner_uses_the_subnets_own_configuration(tmp_path: Path, resi_checkout: Path) -> None:
    one = only(a_resi_fleet(tmp_path, resi_checkout))
    expected = str(resi_checkout / "scraping/config/scraping_config.json")
    assert option(one, "--neuron.scraping_config_file") == expected


@pytest.mark.parametrize("levels", [0, 1])
def test_a_dotenv_in_the_checkout_or_above_it_is_refused(tmp_path: Path, resi_checkout: Path, levels: int) -> None:
    dotenv = (resi_checkout, *resi_checkout.parents)[levels] / ".env"
    dotenv.write_text("RAPIDAPI_KEY=wins\n")
    found = render_fleet(a_resi_fleet(tmp_path, resi_checkout), packs.load("resi"), OPERATOR)
    assert [why.why for why in found.blocked] == [f"{dotenv} is in the way"]


def test_an_evaluation_period_that_differs_is_told(tmp_path: Path, resi_checkout: Path) -> None:
    key = ("RAPIDAPI_KEY", "$RAPIDAPI_KEY")
    neurons = a_neuron(env=(key,)), a_neuron("validator_1", env=(("MINER_EVAL_PERIOD_MINUTES", "5"), key))
    found = render_fleet(a_resi_fleet(tmp_path, resi_checkout, *neurons), packs.load("resi"), OPERATOR)
    assert found.notes == (
        "MINER_EVAL_PERIOD_MINUTES should be the same for every neuron, and is not: miner_2 60, validator_1 5",
    )


def test_an_option_of_the_profile_comes_over_the_packs(tmp_path: Path, resi_checkout: Path) -> None:
    miner = a_neuron(args=(("s3_auth_url", "http://mine"), ("gravity", None)))
    one = only(a_resi_fleet(tmp_path, resi_checkout, miner))
    assert option(one, "--s3_auth_url") == "http://mine"
    assert one.argv.count("--s3_auth_url") == 1
    assert one.argv[-1] == "--gravity"


def test_the_shim_is_a_validators_and_off_the_public_networks_only(tmp_path: Path, resi_checkout: Path) -> None:
    names = [
        {file.path.name for file in only(a_resi_fleet(tmp_path, resi_checkout, a_neuron(name), kind=kind)).files}
        for name, kind in (("validator_1", "local"), ("validator_1", "test"), ("miner_1", "local"))
    ]
    assert ["sitecustomize.py" in found for found in names] == [True, False, False]


def test_the_shim_answers_for_the_external_address(tmp_path: Path) -> None:
    package = tmp_path / "lib" / "bittensor" / "utils"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").write_text("")
    (package / "networking.py").write_text("def get_external_ip():\n    raise OSError('no internet')\n")
    shim = packs.find("resi") / "shim"
    code = "from bittensor.utils import networking; print(networking.get_external_ip())"
    done = subprocess.run(
        [sys.executable, "-B", "-c", code],
        env={"PYTHONPATH": f"{shim}:{tmp_path / 'lib'}"},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("127.0.0.1\n", "")


def test_the_recipe_pins_the_week_of_its_requirements(tmp_path: Path, resi_checkout: Path) -> None:
    commands = install_commands(a_resi_fleet(tmp_path, resi_checkout), packs.load("resi"))
    assert commands[0][:2] == ("uv", "venv")
    assert commands[1][-4:] == ("--exclude-newer", "2025-09-15", "-r", f"{resi_checkout}/requirements.txt")


def test_behind_a_proxy_it_is_told_both_ports_and_never_the_word_test(resi_checkout: Path, tmp_path: Path) -> None:
    """The word would lead past the proxy; without it the code's own limit for the testnet is 10000."""
    plain = a_neuron()
    fleet = a_resi_fleet(tmp_path, resi_checkout, plain)
    alone = only(fleet)
    assert (option(alone, "--subtensor.network"), option(alone, "--vpermit_rao_limit")) == ("test", None)
    assert option(alone, "--axon.external_port") is None
    proxied = only(replace(fleet, neurons=(replace(plain, proxied=ProxyPorts(18091, 18092)),)))
    assert option(proxied, "--subtensor.network") == "ws://127.0.0.1:18091"
    assert option(proxied, "--vpermit_rao_limit") == "300"
    assert (option(proxied, "--axon.port"), option(proxied, "--axon.external_port")) == ("18092", str(plain.axon_port))
