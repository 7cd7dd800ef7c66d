"""What a careful operator relies on around the payment itself: caps, passwords, networks, and the record."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netctl import reconcile
from netctl.adapters.chain import SdkChain
from netctl.adapters.clock import SystemClock
from netctl.adapters.keystore import SdkKeystore
from netctl.errors import PolicyError, PrerequisiteError, WalletError
from netctl.fleet import Network
from netctl.journal import FileJournal
from netctl.lock import fleet_lock
from netctl.networks import FINNEY_GENESIS, TEST_GENESIS, network_of, recognised
from netctl.paying import payment
from netctl.paying.intents import INTENT, OUTCOME, Purse, open_intents, spent_rao
from netctl.phases import registration
from netctl.phases.wallets import CreateColdkey
from tests.chains import RunningChain
from tests.phases import fleets
from tests.phases.fleets import TAO
from tests.phases.twin import Killed, Twin, address


@pytest.mark.parametrize(("block_time_s", "blocks"), [(12.0, 16), (1.0, 16), (0.5, 32), (0.25, 64), (0.1, 64)])
def test_an_extrinsic_lives_ten_seconds_and_sixteen_blocks_at_least(block_time_s: float, blocks: int) -> None:
    assert payment.lifetime(block_time_s) == blocks


async def test_an_open_registration_counts_with_all_that_it_may_cost() -> None:
    twin = Twin()
    fleet = fleets.fleet(fleets.neuron("miner_1"), max_burn_rao=TAO)
    everyone: dict[str, Any] = {"confirm": lambda _plan, _cost: None}
    await reconcile.up(fleet, twin.world(), **everyone, phases=[p for p in reconcile.PHASES if p.NAME in ORDINARY])
    twin.chain.faults = ["kill_before"]
    with pytest.raises(BaseExceptionGroup) as died:
        await reconcile.up(fleet, twin.world(), **everyone, phases=[registration])
    assert died.group_contains(Killed)
    (intent,) = open_intents(twin.journal.entries())
    assert intent.amount_rao == TAO
    assert spent_rao(twin.journal.entries()) >= TAO


ORDINARY = ("wallets", "funding", "subnet")


async def test_tao_that_comes_in_hides_nothing_that_went_out() -> None:
    twin = Twin()
    fleet = fleets.day2()

    def also_given(_call: object) -> None:
        for ss58 in twin.keys.coldkeys.values():
            twin.chain.state.free[ss58] = twin.chain.state.free.get(ss58, 0) + 1000 * TAO

    twin.chain.before_submit = also_given
    phases = [phase for phase in reconcile.PHASES if phase.NAME in (*ORDINARY, "registration", "stake")]
    outcome = await reconcile.up(fleet, twin.world(), confirm=lambda _plan, _cost: None, phases=phases)
    assert outcome.spent_rao > 300 * TAO


def test_a_purse_counts_what_is_new_and_the_operators() -> None:
    twin = Twin()
    purse = Purse(twin.journal, frozenset({address("//Alice")}))
    for signer, amount in ((address("//Alice"), 5), ("5Own", 7)):
        twin.journal.append(INTENT, **_intent(hash=signer, signer=signer, amount_rao=amount))
    assert purse.spent_rao() == 7
    assert Purse(twin.journal, frozenset()).spent_rao() == 0


def _intent(**changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "hash": "0x01",
        "signer": "5Own",
        "nonce": 0,
        "first_block": 1,
        "last_block": 16,
        "genesis": "0x00",
        "call": "A.b",
        "purpose": "register",
        "neuron": None,
        "amount_rao": 1,
        "fee_rao": 0,
    }
    return {**fields, **changes}


@pytest.mark.parametrize("damage", [{"amount_rao": "9"}, {"nonce": None}, {"fee_rao": -5}, {"hash": None}])
def test_a_payment_that_netctl_did_not_write_so_is_refused_and_not_guessed(damage: dict[str, Any]) -> None:
    written = {"kind": INTENT, **_intent(**damage)}
    if damage == {"hash": None}:
        del written["hash"]
    with pytest.raises(PolicyError, match="journal holds a payment"):
        open_intents([written])


def test_a_broken_outcome_is_refused() -> None:
    with pytest.raises(PolicyError, match="broken outcome"):
        spent_rao([{"kind": INTENT, **_intent()}, {"kind": OUTCOME, "hash": "0x01"}])


def test_a_line_of_brackets_is_left_out_like_any_torn_one(tmp_path: Path) -> None:
    book = FileJournal(tmp_path / "journal.jsonl", clock=SystemClock())
    book.append("note", text="kept")
    with book.path.open("ab") as stream:
        stream.write(b"[" * 200_000 + b"\n")
    assert [entry["text"] for entry in book.entries()] == ["kept"]
    assert book.torn == 1


def test_a_line_is_written_whole_on_a_disk_that_takes_it_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: whole(handle, data[:7]))
    book = FileJournal(tmp_path / "journal.jsonl", clock=SystemClock())
    book.append("note", text="x" * 300)
    assert book.entries()[0]["text"] == "x" * 300


def test_a_journal_that_cannot_be_written_stops_the_payment_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a directory should be")
    book = FileJournal(tmp_path / "state" / "journal.jsonl", clock=SystemClock())
    with pytest.raises(PrerequisiteError, match="cannot be written"):
        book.append("note")
    with (
        pytest.raises(PrerequisiteError, match="cannot hold"),
        fleet_lock(tmp_path / "state", command="x", clock=SystemClock()),
    ):
        pass


@pytest.mark.parametrize("address", ["wss://entrypoint-finney.opentensor.ai", "wss://entrypoint-finney.opentensor.ai/"])
def test_finneys_own_address_is_finney_also_without_its_port(address: str) -> None:
    assert network_of(address).kind == "finney"


def test_a_public_network_is_known_by_its_genesis_behind_any_address() -> None:
    own_node = Network("custom", "ws://10.0.0.5:9944")
    assert recognised(own_node, FINNEY_GENESIS) == Network("finney", own_node.endpoint, FINNEY_GENESIS)
    assert recognised(own_node, TEST_GENESIS).kind == "test"
    assert recognised(own_node, "0x" + "00" * 32) == replace(own_node, genesis="0x" + "00" * 32)


async def test_a_public_network_behind_loopback_is_no_chain_of_ones_own(devchain: RunningChain) -> None:
    chain = SdkChain(devchain.url, deadline_s=10, not_these={devchain.genesis: "finney"})
    with pytest.raises(PolicyError, match="is finney, not a chain of your own"):
        await chain.head()
    await chain.close()


@pytest.mark.slow
async def test_a_mistyped_password_is_asked_for_again(tmp_path: Path) -> None:
    typed = iter(["wrong", "right"])
    forgotten: list[str] = []

    def forget(wallet: str) -> bool:
        forgotten.append(wallet)
        return True

    keys = SdkKeystore(tmp_path, password_for=lambda _wallet: next(typed), forget=forget)
    made = keys.create_coldkey("alpha", password="right")
    opened = await keys.coldkey_signer("alpha")
    assert (opened.ss58, forgotten) == (made, ["alpha"])
    assert await keys.coldkey_signer("alpha") is opened


@pytest.mark.slow
async def test_the_loop_goes_on_while_a_new_coldkey_is_locked(tmp_path: Path) -> None:
    keys = SdkKeystore(tmp_path, choose_password=lambda _wallet: "long enough")
    step = CreateColdkey("miner_1", "alpha", encrypt=True)
    making = asyncio.create_task(step.apply(replace(Twin().world(), keys=keys)))
    turns = 0
    while not making.done():
        await asyncio.sleep(0.01)
        turns += 1
    await making
    assert keys.facts("alpha", "one").coldkey_encrypted
    assert turns > 20


async def test_a_coldkey_that_stays_locked_stops_its_neuron_before_any_lane_starts() -> None:
    twin = Twin()
    fleet = fleets.day2()
    prepared = [phase for phase in reconcile.PHASES if phase.NAME in ORDINARY]
    await reconcile.up(fleet, twin.world(), confirm=lambda _plan, _cost: None, phases=prepared)
    order: list[str] = []
    real = twin.keys.coldkey_signer

    async def locked(wallet: str) -> Any:
        order.append(f"open {wallet}")
        if wallet == "wallet_miner_2":
            raise WalletError("wallet wallet_miner_2: the password does not open coldkey", hint="try again")
        return await real(wallet)

    def sent(call: Any) -> None:
        order.append(call.function)

    twin.keys.coldkey_signer = locked  # type: ignore[method-assign]
    twin.chain.before_submit = sent
    outcome = await reconcile.up(fleet, twin.world(), confirm=lambda _plan, _cost: None, phases=[registration])
    assert [name for name, _ in outcome.failures] == ["miner_2"]
    assert [entry for entry in order[:5] if entry.startswith("open")] == order[:5]
    assert twin.chain.calls("register_limit") == 4


async def test_after_a_long_question_the_node_is_called_anew() -> None:
    twin = Twin()
    world = twin.world()
    closed: list[str] = []

    async def close() -> None:
        closed.append("closed")

    twin.chain.close = close  # type: ignore[method-assign]
    phases = [phase for phase in reconcile.PHASES if phase.NAME in (*ORDINARY, "registration")]

    def think(_plan: object, _cost: int) -> None:
        world.clock.seconds += 60  # type: ignore[attr-defined]

    await reconcile.up(fleets.day2(), world, confirm=think, phases=phases)
    assert closed == ["closed"]


async def test_a_plan_shows_what_follows_once_the_lacking_tao_is_there() -> None:
    twin = Twin()
    phases = [phase for phase in reconcile.PHASES if phase.NAME in (*ORDINARY, "registration", "stake")]
    local = fleets.day2()
    await reconcile.up(local, twin.world(), confirm=lambda _plan, _cost: None, phases=phases[:3:2])
    public = replace(local, network=Network("test", "ws://twin"))
    plan = await reconcile.plan(public, twin.world(), phases=phases)
    steps = [step for step in plan.steps if step.phase == "registration"]
    assert {item.neuron for item in plan.blocked} == {neuron.name for neuron in public.neurons}
    assert len(steps) == 5
    assert {step.waits_on for step in steps} == {"funding"}
    assert plan.cost_rao > 300 * TAO
    outcome = await reconcile.up(public, twin.world(), confirm=lambda _plan, _cost: None, phases=phases)
    assert {neuron.ending for neuron in outcome.neurons} == {"blocked"}
    assert outcome.spent_rao == 0
