"""Rows about keys and incentives: real keyfiles, and a subnet on which somebody is really left out."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from netctl.adapters.keystore import SdkKeystore
from netctl.doctor.finding import Finding
from netctl.fleet import Fleet
from tests.doctor.colours import green, red
from tests.doctor.ward import TAO, Ward, finding_of
from tests.phases.fleets import neuron

MINER, OTHER, VALIDATOR = neuron("miner_1"), neuron("miner_2"), neuron("validator_1")


@green("wallets")
async def test_keys_that_are_there_are_well(ward: Ward) -> Finding:
    ward.with_keys(MINER, tao=0)
    return await ward.row("wallets", ward.fleet(replace(MINER, existing=True)))


@red("wallets")
async def test_keys_that_the_profile_promises_and_are_not_there_fail(ward: Ward) -> Finding:
    found = await ward.row("wallets", ward.fleet(replace(MINER, existing=True), OTHER))
    assert "miner_1: no hotkey wallet_miner_1/hotkey" in found.found
    assert "miner_2" not in found.found
    return found


async def test_keys_that_will_be_made_are_well(ward: Ward) -> None:
    assert (await ward.row("wallets", ward.fleet(MINER, OTHER))).found.startswith("2 of 2 neurons have none yet")


@green("keyfiles")
async def test_secrets_that_nobody_else_reads_are_well(ward: Ward) -> Finding:
    ward.with_keys(MINER, tao=0)
    found = await ward.row("keyfiles", ward.fleet(MINER))
    assert found.found == "2 secrets, readable by nobody else"
    return found


@red("keyfiles")
@pytest.mark.parametrize(
    ("what", "mode", "mend"),
    [("hotkeys/hotkey", 0o644, "chmod 600"), ("coldkey", 0o660, "chmod 600"), ("hotkeys", 0o777, "chmod 700")],
)
async def test_secrets_that_others_can_get_at_fail(ward: Ward, what: str, mode: int, mend: str) -> Finding:
    ward.with_keys(MINER, tao=0)
    path = ward.place / "wallets" / MINER.wallet / what
    path.chmod(mode)
    found = await ward.row("keyfiles", ward.fleet(MINER))
    assert found.next == f"{mend} {path}"
    return found


async def test_one_command_closes_all_that_is_open(ward: Ward) -> None:
    neurons = [neuron(f"miner_{i}") for i in range(6)]
    for one in neurons:
        ward.with_keys(one, tao=0)
        for what in ("coldkey", "hotkeys/hotkey", "hotkeys"):
            (ward.place / "wallets" / one.wallet / what).chmod(0o666 if "/" in what or what == "coldkey" else 0o777)
    fleet = ward.fleet(*neurons)
    found = await ward.row("keyfiles", fleet)
    assert found.found.endswith("; and 14 more")
    await asyncio.to_thread(subprocess.run, ["/bin/sh", "-c", found.next], check=True)
    assert (await ward.row("keyfiles", fleet)).verdict == "good"


async def test_without_keyfiles_there_is_nothing_to_read(ward: Ward) -> None:
    assert (await ward.row("keyfiles", ward.fleet(MINER))).verdict == "unseen"


@green("coldkeys")
async def test_a_machine_without_coldkeys_is_well(ward: Ward, netuid: int) -> Finding:
    ward.registered(MINER, netuid)
    (ward.place / "wallets" / MINER.wallet / "coldkey").unlink()
    return await ward.row("coldkeys", ward.fleet(MINER, netuid=netuid))


@red("coldkeys")
async def test_a_coldkey_without_a_password_fails(ward: Ward, netuid: int) -> Finding:
    ward.with_keys(MINER)
    found = await ward.row("coldkeys", ward.fleet(MINER, netuid=netuid))
    assert found.found == "coldkeys without a password lie here: wallet_miner_1"
    return found


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wallets with the miner's keys, the coldkey encrypted: that takes seconds, so it is done once."""
    wallets = tmp_path_factory.mktemp("encrypted") / "wallets"
    keys = SdkKeystore(wallets)
    keys.create_coldkey(MINER.wallet, password="a password")
    keys.create_hotkey(MINER.wallet, MINER.hotkey)
    return wallets


def with_password(ward: Ward, encrypted: Path) -> None:
    """The same keys in the ward, the coldkey with some TAO."""
    shutil.copytree(encrypted, ward.place / "wallets")
    ward.chain.faucet(str(ward.keys.facts(MINER.wallet, MINER.hotkey).coldkey_ss58))


@green("coldkeys")
async def test_a_coldkey_that_still_has_to_pay_is_well(ward: Ward, netuid: int, encrypted: Path) -> Finding:
    with_password(ward, encrypted)
    return await ward.row("coldkeys", ward.fleet(MINER, netuid=netuid))


@red("coldkeys")
async def test_a_coldkey_that_has_paid_everything_is_a_warning(ward: Ward, netuid: int, encrypted: Path) -> Finding:
    with_password(ward, encrypted)
    keys = ward.keys.facts(MINER.wallet, MINER.hotkey)
    ward.chain.register(netuid, hotkey=str(keys.hotkey_ss58), coldkey=str(keys.coldkey_ss58))
    found = await ward.row("coldkeys", ward.fleet(MINER, netuid=netuid))
    assert found.verdict == "warning"
    return found


async def test_keys_of_ones_own_chain_are_worth_nothing(ward: Ward) -> None:
    ward.with_keys(MINER, tao=0)
    assert (await ward.row("coldkeys", ward.fleet(MINER, kind="local"))).verdict == "good"


@green("owner")
async def test_a_miner_with_a_coldkey_of_its_own_is_well(ward: Ward, netuid: int) -> Finding:
    ward.registered(MINER, netuid)
    return await ward.row("owner", ward.fleet(MINER, netuid=netuid))


@red("owner")
async def test_a_miner_on_the_subnet_owners_coldkey_fails(ward: Ward) -> Finding:
    _, coldkey = ward.with_keys(MINER, tao=100_000)
    netuid = ward.chain.add_subnet(owner=coldkey)
    found = await ward.row("owner", ward.fleet(MINER, OTHER, netuid=netuid))
    assert found.found == "on the subnet owner's coldkey: miner_1"
    return found


async def test_a_validator_on_the_subnet_owners_coldkey_is_well(ward: Ward) -> None:
    _, coldkey = ward.with_keys(VALIDATOR, tao=100_000)
    netuid = ward.chain.add_subnet(owner=coldkey)
    assert (await ward.row("owner", ward.fleet(VALIDATOR, netuid=netuid))).verdict == "good"


def staked(ward: Ward, netuid: int, tao: int) -> Fleet:
    """A registered validator with so much TAO staked on its hotkey, one epoch later."""
    hotkey, coldkey = ward.registered(VALIDATOR, netuid)
    ward.chain.faucet(coldkey, tao + 10)
    if tao:
        ward.chain.call(
            "SubtensorModule", "add_stake", origin=coldkey, hotkey=hotkey, netuid=netuid, amount_staked=tao * TAO
        )
    ward.chain.warp(next_epoch=netuid)
    ward.chain.warp(next_epoch=netuid)
    return ward.fleet(VALIDATOR, netuid=netuid)


@green("permit")
async def test_a_validator_with_stake_and_permit_is_well(ward: Ward, netuid: int) -> Finding:
    return await ward.row("permit", staked(ward, netuid, 500))


@red("permit")
async def test_a_validator_without_stake_fails(ward: Ward, netuid: int) -> Finding:
    found = await ward.row("permit", staked(ward, netuid, 0))
    assert found.found == "validator_1 has no stake, and so no validator permit"
    assert found.verdict == "failed"
    return found


@red("permit")
async def test_a_validator_below_the_miners_limit_fails(ward: Ward, netuid: int) -> Finding:
    fleet = staked(ward, netuid, 50)
    asking = replace(MINER, args=(("vpermit_rao_limit", "30000"),))
    found = await ward.row("permit", ward.fleet(asking, *fleet.neurons, netuid=netuid))
    assert "and the miners ask for 30000.0" in found.found
    return found


@red("permit")
async def test_a_validator_that_was_registered_just_now_is_a_warning(ward: Ward, netuid: int) -> Finding:
    ward.registered(VALIDATOR, netuid)
    ward.chain.pause()
    try:
        found = await ward.row("permit", ward.fleet(VALIDATOR, netuid=netuid))
    finally:
        ward.chain.resume()
    assert found.verdict == "warning"
    return found


async def test_without_a_registered_validator_nothing_is_said_of_permits(ward: Ward, netuid: int) -> None:
    seen = await ward.seen(ward.fleet(VALIDATOR, netuid=netuid))
    for name in ("permit", "weights"):
        assert finding_of(name, seen).found == "not looked at: no validator is registered yet"
    assert finding_of("immunity", seen).found == "not looked at: no neuron is registered yet"


@green("weights")
async def test_weights_that_were_set_just_now_are_well(ward: Ward, netuid: int) -> Finding:
    fleet = staked(ward, netuid, 500)
    ward.chain.set_hyperparameter(netuid, "commit_reveal_weights_enabled", False)
    ward.chain.set_hyperparameter(netuid, "weights_rate_limit", 0)
    ward.chain.set_hyperparameter(netuid, "min_allowed_weights", 1)
    tempo_later(ward, netuid, 4)
    hotkey = str(ward.keys.facts(VALIDATOR.wallet, VALIDATOR.hotkey).hotkey_ss58)
    assert (await ward.row("weights", fleet)).verdict == "failed"
    weights = {"netuid": netuid, "dests": [0], "weights": [65_535], "version_key": 0}
    ward.chain.call("SubtensorModule", "set_weights", origin=hotkey, **weights)
    return await ward.row("weights", fleet)


def tempo_later(ward: Ward, netuid: int, tempos: int) -> None:
    """That many epochs later."""
    for _ in range(tempos):
        ward.chain.warp(next_epoch=netuid)


@red("weights")
async def test_weights_that_are_four_tempos_late_fail(ward: Ward, netuid: int) -> Finding:
    ward.registered(VALIDATOR, netuid)
    fleet = ward.fleet(VALIDATOR, netuid=netuid)
    assert (await ward.row("weights", fleet)).verdict == "good"
    tempo_later(ward, netuid, 4)
    return await ward.row("weights", fleet)


@green("immunity")
async def test_a_subnet_with_room_is_well(ward: Ward, netuid: int) -> Finding:
    ward.registered(MINER, netuid)
    found = await ward.row("immunity", ward.fleet(MINER, netuid=netuid))
    assert "nobody goes while" in found.found
    return found


def full(ward: Ward, netuid: int, *, immunity: int) -> Fleet:
    """A full subnet with a miner of the fleet on it, whose immunity is that many blocks."""
    ward.chain.set_hyperparameter(netuid, "immunity_period", immunity)
    ward.registered(MINER, netuid)
    ward.chain.fault("full-subnet", netuid=netuid)
    return ward.fleet(MINER, netuid=netuid)


@red("immunity")
@pytest.mark.parametrize("immune", [True, False])
async def test_a_miner_that_goes_next_fails_and_does_go_next(ward: Ward, netuid: int, immune: bool) -> Finding:
    """With few past their immunity the chain takes the immune: that is told, too."""
    ward.chain.sudo("AdminUtils", "sudo_set_min_non_immune_uids", netuid=netuid, min=10 if immune else 0)
    fleet = full(ward, netuid, immunity=60_000 if immune else 2)
    ward.chain.mine(5)
    found = await ward.row("immunity", fleet)
    said = "the subnet is full, and miner_1 goes at the next registration"
    assert found.found == (f"{said}, immune or not" if immune else said)
    ward.registered(OTHER, netuid)
    assert (await ward.row("immunity", fleet)).verdict == "unseen"
    return found


@red("immunity")
async def test_immunity_that_ends_soon_on_a_full_subnet_is_a_warning(ward: Ward, netuid: int) -> Finding:
    ward.registered(OTHER, netuid)
    found = await ward.row("immunity", full(ward, netuid, immunity=200))
    assert found.verdict == "warning"
    return found


@green("immunity")
async def test_long_immunity_behind_somebody_else_is_well(ward: Ward, netuid: int) -> Finding:
    ward.registered(OTHER, netuid)
    found = await ward.row("immunity", full(ward, netuid, immunity=60_000))
    assert found.found.endswith("the next to go is none of ours")
    return found
