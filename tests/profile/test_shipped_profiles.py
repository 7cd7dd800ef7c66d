"""Every shipped profile loads, resolves everywhere, and is what its editor header promises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from netctl.fleet import Fleet
from netctl.profile import load
from netctl.profile.model import Profile
from netctl.profile.schema import schema, schema_text
from netctl.profile.starter import starter
from netctl.resolve import resolve

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "profiles").glob("*.yaml"))
BAD = Path(__file__).parent / "bad"
EDITOR = jsonschema.Draft202012Validator(schema())
NETWORKS: tuple[dict[str, Any], ...] = (
    {"rehearse": True},
    {"network": "local"},
    {"network": "ws://127.0.0.1:9945"},
    {"network": "wss://node.example:443"},
    {"network": "finney"},
    {},
)


def _fleet(path: Path, **how: Any) -> Fleet:
    return resolve(load(path), profile_path=path, state_home=Path("/state"), python=Path("/python"), **how)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
@pytest.mark.parametrize("how", NETWORKS, ids=str)
def test_a_shipped_profile_resolves_on_every_network(path: Path, how: dict[str, Any]) -> None:
    fleet = _fleet(path, **how)
    assert len({neuron.name for neuron in fleet.neurons}) == len(fleet.neurons) >= 5
    assert len({(neuron.placing and neuron.placing.node, neuron.axon_port) for neuron in fleet.neurons}) == len(
        fleet.neurons
    )
    assert len({(neuron.wallet, neuron.hotkey) for neuron in fleet.neurons}) == len(fleet.neurons)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_miners_and_validators_share_one_evaluation_period(path: Path) -> None:
    fleet = _fleet(path)
    assert {dict(neuron.env)["MINER_EVAL_PERIOD_MINUTES"] for neuron in fleet.neurons} == {"5"}


def test_day2_is_the_plans_experiment() -> None:
    fleet = _fleet(ROOT / "profiles" / "day2.yaml")
    matrix = [(n.name, n.wallet, n.hotkey, n.expected_uid, n.existing) for n in fleet.miners]
    assert matrix == [
        ("miner_1", "428_testnet_miner", "428_testnet_miner_hotkey", 5, True),
        ("miner_2", "testnet_miner_2", "hotkey_2", 7, False),
        ("miner_3", "testnet_miner_3", "hotkey_3", 8, False),
        ("miner_4", "testnet_miner_4", "hotkey_4", 9, False),
    ]
    (validator,) = fleet.validators
    assert (validator.wallet, validator.hotkey) == ("428_testnet_validator", "428_testnet_validator_hotkey")
    assert validator.args == (("max_targets", "10"),)
    assert {miner.strategy.name for miner in fleet.miners if miner.strategy} == {"organic"}
    assert (fleet.network.kind, fleet.netuid) == ("test", 428)


def test_day2_geo_has_five_strategies_of_which_one_takes_every_zipcode() -> None:
    fleet = _fleet(ROOT / "profiles" / "day2-geo.yaml")
    strategies = [miner.strategy for miner in fleet.miners if miner.strategy is not None]
    assert [strategy.name for strategy in strategies] == [
        *("premium_focus", "east_coast_metro", "west_coast_metro", "rural", "everything")
    ]
    assert strategies[0].target_zipcodes == ("77494", "08701", "77449", "77084", "79936")
    assert [bool(strategy.target_zipcodes) for strategy in strategies] == [True, True, True, True, False]


def test_two_validators_are_staked_above_three_hundred() -> None:
    validators = _fleet(ROOT / "profiles" / "two-validators.yaml").validators
    assert len(validators) == 2
    assert all(validator.stake_rao > 300 * 10**9 for validator in validators)
    assert len({dict(validator.env)["RAPIDAPI_KEY"] for validator in validators}) == 2


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_profile_has_a_header_for_editors_and_keeps_to_the_schema(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")
    EDITOR.validate(yaml.safe_load(text))


def test_the_schema_beside_the_profiles_is_current() -> None:
    assert (ROOT / "profiles" / "schema.json").read_text(encoding="utf-8") == schema_text()


def test_the_schema_is_a_schema_and_describes_every_field() -> None:
    document = schema()
    jsonschema.Draft202012Validator.check_schema(document)
    for definition in [document, *document["$defs"].values()]:
        for fields in [definition, *definition.get("anyOf", [])]:
            for name, field in fields.get("properties", {}).items():
                assert field.get("description") or "$ref" in field, name


@pytest.mark.parametrize(
    "name",
    [
        *("missing-name", "missing-netuid", "missing-pack", "empty-miners", "no-miners", "member-is-a-word"),
        *("unknown-key", "unknown-section", "unknown-hyperparameter", "stake-of-a-miner", "strategy-of-a-validator"),
        *("netuid-zero", "netuid-too-large", "netuid-is-text", "network-is-http", "network-misspelt", "port-too-low"),
        *("count-zero", "count-too-large", "tempo-zero", "boolean-is-text", "number-is-a-decimal", "section-is-a-list"),
        *("tao-negative", "tao-is-a-word", "duration-unknown-unit", "stagger-misspelt", "zipcode-is-a-word"),
        *("strategy-is-a-list", "uid-out-of-range", "env-is-a-list", "args-is-a-word", "time-scale-below-one"),
    ],
)
def test_an_editor_marks_structural_faults(name: str) -> None:
    document = yaml.safe_load((BAD / f"{name}.yaml").read_text(encoding="utf-8"))
    with pytest.raises(jsonschema.ValidationError):
        EDITOR.validate(document)
    json.dumps(document)


def test_the_starter_loads_and_resolves(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(starter("mine", network="local", netuid=2, pack="resi", schema="schema.json"), encoding="utf-8")
    fleet = _fleet(path)
    assert (fleet.name, fleet.network.kind, fleet.netuid) == ("mine-local", "local", 2)
    assert [neuron.name for neuron in fleet.neurons] == ["miner_1", "miner_2", "miner_3", "validator_1"]
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=schema.json\n")
    EDITOR.validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "name", ["My fleet!", "-x", "day2-rehearsal", "", "a: b", "1e3", "08701", "no.yaml", "x" * 99, "é"]
)
def test_the_starter_makes_a_usable_name_of_any_files(tmp_path: Path, name: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(starter(name), encoding="utf-8")
    assert load(path).miners


def test_the_starter_speaks_of_every_section() -> None:
    text = starter()
    assert [
        field.alias or name for name, field in Profile.model_fields.items() if f"{field.alias or name}:" not in text
    ] == [*("title", "wallet_path", "encrypt", "rehearsal")]
