"""Profile to Fleet: counts, ports, networks, places and what comes over what."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netctl import hyperparameters
from netctl.errors import UsageError
from netctl.fleet import Fleet, LogPolicy, NeuronSpec, Strategy
from netctl.members import assign_ports
from netctl.networks import FINNEY_GENESIS, TEST_GENESIS, network_of
from netctl.profile import load, neuron_names
from netctl.profile.hyperparameters import Hyperparameters
from netctl.resolve import on_endpoint, resolve

pytestmark = pytest.mark.fast

Write = Callable[[str | bytes], Path]
VALID = (Path(__file__).parent / "valid.yaml").read_text(encoding="utf-8")
OURS = Path("/ours/python")


def _fleet(path: Path, **how: Any) -> Fleet:
    return resolve(load(path), profile_path=path, state_home=path.parent / "state", python=OURS, **how)


def _neurons(write: Write, members: str, **how: Any) -> tuple[NeuronSpec, ...]:
    text = f"name: trial\nnetwork: test\nnetuid: 428\nneurons: {{pack: resi}}\n{members}"
    return _fleet(write(text), **how).neurons


def test_a_public_fleet_is_what_the_profile_says(write: Write) -> None:
    path = write(VALID)
    fleet = _fleet(path)
    assert (fleet.name, fleet.title, fleet.netuid, fleet.encrypt) == ("trial", "trial", 428, True)
    assert fleet.network == network_of("test")
    assert fleet.state == path.parent / "state" / "trial"
    assert fleet.wallet_path == Path("~/.bittensor/wallets").expanduser()
    assert fleet.code.path == path.parent.parent / "subnet"
    assert fleet.code.python == path.parent.parent / "subnet" / "venv" / "bin" / "python"
    assert (fleet.block_time_s, fleet.time_scale) == (None, 1.0)
    assert fleet.subnet == {"tempo": 100, "min_burn": 500_000}
    assert fleet.registration.max_burn_rao == 500_000_000
    assert fleet.registration.budget_rao == 2 * 10**9
    assert fleet.registration.stagger == ("blocks", 1)
    assert fleet.registration.deadline_s == 600
    assert (fleet.funding.from_wallet, fleet.funding.reserve_rao) == ("bank", 10_000_000)
    assert fleet.logs == LogPolicy(rotate_bytes=1_500_000_000, keep=12)


def test_a_counted_member_becomes_one_neuron_for_each_number(write: Write) -> None:
    miners = _fleet(write(VALID)).miners
    assert [(n.name, n.index, n.wallet, n.hotkey, n.expected_uid) for n in miners] == [
        ("miner_2", 2, "wallet_2", "hotkey_2", 7),
        ("miner_3", 3, "wallet_3", "hotkey_3", 8),
        ("miner_4", 4, "wallet_4", "hotkey_4", 9),
    ]
    assert miners[0].strategy == Strategy("premium", ("77494", "08701"), 300)
    assert miners[0].args == (("logging.debug", None),)


def test_a_rehearsal_has_a_name_a_chain_wallets_and_programs_of_its_own(write: Write) -> None:
    fleet = _fleet(write(VALID), rehearse=True)
    assert (fleet.name, fleet.network.kind, fleet.network.endpoint) == ("trial-rehearsal", "rehearsal", "")
    assert fleet.wallet_path == fleet.state / "wallets"
    assert not fleet.encrypt
    assert (fleet.code.path, fleet.code.python, fleet.code.pack) == (None, OURS, "rehearsal")
    assert (fleet.block_time_s, fleet.time_scale) == (0.25, 60.0)
    assert {n.expected_uid for n in fleet.neurons} == {None}
    assert {n.axon_ip for n in fleet.neurons} == {"127.0.0.1"}


def test_a_rehearsals_chain_suits_every_sdk_unless_the_profile_says_otherwise(write: Write) -> None:
    assert _fleet(write(VALID), rehearse=True).chain_compat
    text = VALID.replace("time_scale: 60}", "time_scale: 60, compat: false}")
    assert not _fleet(write(text), rehearse=True).chain_compat


def test_in_a_rehearsal_miners_earn_no_permit_unless_the_profile_says_otherwise(write: Write) -> None:
    assert _fleet(write(VALID), rehearse=True).chain_miner_stake == "owner"
    text = VALID.replace("time_scale: 60}", "time_scale: 60, miner_stake: own}")
    assert _fleet(write(text), rehearse=True).chain_miner_stake == "own"


def test_a_rehearsal_keeps_the_price_cap_and_drops_the_budgets(write: Write) -> None:
    registration = _fleet(write(VALID), rehearse=True).registration
    assert (registration.max_burn_rao, registration.budget_rao) == (500_000_000, None)


def test_a_rehearsals_hyperparameters_come_over_its_quick_ones_and_those_over_the_profiles(write: Write) -> None:
    text = VALID.replace("{tempo: 100, min_burn: 0.0005}", "{tempo: 360, min_burn: 0.0005, weights_rate_limit: 100}")
    text = text.replace("time_scale: 60}", "time_scale: 60, subnet: {serving_rate_limit: 5}}")
    subnet = _fleet(write(text), rehearse=True).subnet
    assert subnet["tempo"] == 20
    assert subnet["weights_rate_limit"] == 0
    assert subnet["serving_rate_limit"] == 5
    assert subnet["min_burn"] == 500_000
    assert subnet["commit_reveal_weights_enabled"] is False
    assert _fleet(write(text), network="local").subnet["tempo"] == 360


def test_a_rehearsal_runs_the_programs_that_the_profile_names_for_it(write: Write) -> None:
    text = VALID.replace("time_scale: 60}", "time_scale: 60, neurons: {path: own, python: py, pack: resi}}")
    path = write(text)
    code = _fleet(path, rehearse=True).code
    assert (code.path, code.python, code.pack) == (path.parent / "own", path.parent / "py", "resi")


def test_a_local_chain_has_state_and_wallets_of_its_own(write: Write) -> None:
    fleet = _fleet(write(VALID), network="local")
    assert (fleet.name, fleet.network.endpoint) == ("trial-local", "ws://127.0.0.1:9944")
    assert fleet.wallet_path == fleet.state / "wallets"
    assert fleet.code.pack == "resi"


@pytest.mark.parametrize(
    ("word", "kind", "genesis"),
    [
        ("finney", "finney", FINNEY_GENESIS),
        ("test", "test", TEST_GENESIS),
        ("wss://test.finney.opentensor.ai:443", "test", TEST_GENESIS),
        ("wss://entrypoint-finney.opentensor.ai:443/", "finney", FINNEY_GENESIS),
        ("local", "local", None),
        ("ws://localhost:9944", "local", None),
        ("ws://127.3.2.1:80", "local", None),
        ("ws://[::1]:9944", "local", None),
        ("wss://node.example", "custom", None),
        ("ws://192.168.1.5:9944", "custom", None),
        ("ws://localhost.example:9944", "custom", None),
        ("ws://127.0.0.1.example:9944", "custom", None),
    ],
)
def test_a_network_word_stands_for_one_network(word: str, kind: str, genesis: str | None) -> None:
    network = network_of(word)
    assert (network.kind, network.genesis) == (kind, genesis)


@pytest.mark.parametrize(
    "word", ["", "Test", "http://127.0.0.1", "ws://", "ws:///path", "ws://a b", "ws://u:p@h", "ws://h:x"]
)
def test_a_word_that_is_no_network_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match=r"neither a network|user name"):
        network_of(word)


def test_an_endpoint_off_this_machine_is_treated_as_public(write: Write) -> None:
    fleet = _fleet(write(VALID), network="wss://node.example")
    assert (fleet.name, fleet.network.has_dev_accounts) == ("trial", False)
    assert fleet.wallet_path == Path("~/.bittensor/wallets").expanduser()


def test_the_command_line_wins_over_the_profile(write: Write, tmp_path: Path) -> None:
    fleet = _fleet(write(VALID + "wallet_path: here\n"), network="finney", wallet_path=tmp_path / "there")
    assert (fleet.network.kind, fleet.wallet_path) == ("finney", tmp_path / "there")


def test_a_wallet_path_is_relative_to_the_profile(write: Write) -> None:
    path = write(VALID + "wallet_path: here\n")
    assert _fleet(path).wallet_path == path.parent / "here"


def test_a_network_beside_a_rehearsal_is_refused(write: Write) -> None:
    with pytest.raises(UsageError, match="both given"):
        _fleet(write(VALID), rehearse=True, network="test")


def test_an_unknown_network_on_the_command_line_is_a_usage_error(write: Write) -> None:
    with pytest.raises(UsageError, match="fineny"):
        _fleet(write(VALID), network="fineny")


def test_ports_are_counted_around_those_that_were_asked_for() -> None:
    assert assign_ports([None, 8092, None, 9000, None], first=8091) == [8091, 8092, 8093, 9000, 8094]


def test_a_neuron_added_at_the_end_moves_no_port() -> None:
    assert assign_ports([None] * 6, first=8091)[:5] == assign_ports([None] * 5, first=8091)


def test_ports_that_run_out_are_said() -> None:
    with pytest.raises(ValueError, match="no port is left from 65534 on"):
        assign_ports([None, None], first=65534)


def test_a_members_environment_comes_over_the_defaults_with_its_number(write: Write) -> None:
    defaults = "defaults: {env: {A: one, KEY_FILE: '$KEY_{i}'}}\n"
    neurons = _neurons(write, defaults + "miners:\n  - {name: 'm_{i}', count: 2, env: {A: 'is-{i}'}}\n")
    assert [dict(n.env) for n in neurons] == [
        {"A": "is-1", "KEY_FILE": "$KEY_1"},
        {"A": "is-2", "KEY_FILE": "$KEY_2"},
    ]


def test_a_single_neurons_number_is_the_one_in_its_name_else_its_place(write: Write) -> None:
    neurons = _neurons(write, "miners: [{name: alpha}, {name: miner_7}, {name: beta}]\n")
    assert [n.index for n in neurons] == [1, 7, 3]


def test_a_members_options_replace_the_defaults_and_false_switches_one_off(write: Write) -> None:
    defaults = "defaults: {args: {logging.debug: true, max_targets: 5, wandb.off: null}}\n"
    neurons = _neurons(write, defaults + "miners: [{name: m, args: {max_targets: 10, logging.debug: false}}]\n")
    assert neurons[0].args == (("wandb.off", None), ("max_targets", "10"))


def test_options_as_a_list_keep_repetitions_and_values_with_an_equals_sign(write: Write) -> None:
    members = 'miners: [{name: m, args: [--a, "1", --a, 2, --flag, "--b=x=y", --c, "-3"]}]\n'
    assert _neurons(write, members)[0].args == (("a", "1"), ("a", "2"), ("flag", None), ("b", "x=y"), ("c", "-3"))


def test_files_are_looked_for_beside_the_profile(write: Write, tmp_path: Path) -> None:
    for name in ("one.env", "two_1.env", "total.json"):
        (tmp_path / name).write_text("", encoding="utf-8")
    members = "miners:\n  - {name: 'm_{i}', count: 1, env_file: 'two_{i}.env', files: {d/total.json: total.json}}\n"
    (neuron,) = _neurons(write, "defaults: {env_file: one.env}\n" + members)
    assert neuron.env_files == (tmp_path / "one.env", tmp_path / "two_1.env")
    assert neuron.files == (("d/total.json", tmp_path / "total.json"),)


def test_defaults_give_strategies_to_miners_and_stake_to_validators_only(write: Write) -> None:
    members = "miners: [{name: m}]\nvalidators: [{name: v}, {name: w, stake: 5, port: 9000, ip: 203.0.113.7}]\n"
    m, v, w = _neurons(write, "defaults: {strategy: organic, stake: 310}\n" + members)
    assert (m.strategy, m.stake_rao) == (Strategy("organic"), 0)
    assert (v.strategy, v.stake_rao, v.axon_ip) == (None, 310 * 10**9, "0.0.0.0")
    assert (w.stake_rao, w.axon_port, w.axon_ip) == (5 * 10**9, 9000, "203.0.113.7")
    assert (v.port_fixed, w.port_fixed) == (False, True)


def test_a_neuron_without_wallet_or_hotkey_uses_its_name_and_default(write: Write) -> None:
    (neuron,) = _neurons(write, "miners: [{name: m}]\n")
    assert (neuron.wallet, neuron.hotkey) == ("m", "default")


def test_an_empty_section_counts_as_left_out(write: Write) -> None:
    (neuron,) = _neurons(write, "defaults:\nregistration:\nsubnet:\nminers:\n  - name: m\n    wallet:\n")
    assert neuron.wallet == "m"


def test_a_fleet_is_a_plain_value(write: Write) -> None:
    path = write(VALID)
    assert _fleet(path) == _fleet(path)
    assert dataclasses.asdict(_fleet(path, rehearse=True))["name"] == "trial-rehearsal"


def test_the_endpoint_of_a_started_chain_replaces_the_placeholder(write: Write) -> None:
    fleet = on_endpoint(_fleet(write(VALID), rehearse=True), "ws://127.0.0.1:40000", "0xab")
    assert (fleet.network.kind, fleet.network.endpoint, fleet.network.genesis) == (
        *("rehearsal", "ws://127.0.0.1:40000", "0xab"),
    )
    assert fleet.rehearsal


def test_every_hyperparameter_of_a_profile_can_be_set_on_a_chain() -> None:
    assert set(Hyperparameters.model_fields) == set(hyperparameters.SETTABLE)


def test_names_for_completion_come_from_whatever_can_be_read(write: Write) -> None:
    text = VALID.replace("netuid: 428", "netuid: nought").replace("strategy: premium", "strategi: premium")
    assert neuron_names(write(text)) == ("miner_2", "miner_3", "miner_4", "validator_1")
    assert neuron_names(write("name: [")) == ()
