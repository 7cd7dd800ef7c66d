"""Extrinsics: parsing, eras, signatures, fees, nonces, and what becomes of calls that fail."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from bittensor_core import Keypair
from hypothesis import given
from hypothesis import strategies as st

from netctl.devchain.chain import Chain
from netctl.devchain.dispatch import Runtime
from netctl.devchain.errors import PoolRejection
from netctl.devchain.extrinsic import Era, decode_era, parse_extrinsic
from netctl.devchain.fees import REF_TIME, REF_TIME_PER_RAO
from netctl.devchain.options import ChainOptions
from netctl.devchain.pallet import Origin, Pallet, call
from netctl.devchain.pallets import PALLETS
from netctl.devchain.runtime import packed_runtime
from netctl.devchain.scale import Cursor, Truncated, prefixed
from netctl.devchain.storage import Frame, Item
from tests.devchain.lab import (
    ACCOUNT,
    ALICE,
    BOB,
    TAO,
    Signer,
    event_names,
    events,
    free_rao,
    make_chain,
    transfer,
)

pytestmark = pytest.mark.fast

ISSUANCE = Item("Balances", "TotalIssuance")
EMISSION = Item("SubtensorModule", "BlockEmission")
CODEC = packed_runtime(ChainOptions()).codec


class Faulty(Pallet):
    """A pallet with bugs."""

    name = "System"

    @call()
    def remark(self, frame: Frame, origin: Origin, *, remark: Any) -> None:
        Item("System", "Number").put(frame, 999)
        frame.emit("Utility", "ItemCompleted")
        raise ZeroDivisionError(remark)

    @call(fee="free")
    def remark_with_event(self, frame: Frame, origin: Origin, *, remark: Any) -> None:
        del remark

    def on_initialize(self, frame: Frame) -> None:
        frame.put_raw(b"half", b"done")
        raise RuntimeError("hook")


def code_of(rejection: pytest.ExceptionInfo[PoolRejection]) -> tuple[int, Any]:
    return rejection.value.code, rejection.value.data


def test_transfer_moves_money_takes_the_fee_and_says_so(chain: Chain, alice: Signer) -> None:
    before, issued = free_rao(chain, ALICE), ISSUANCE.get(chain.view())
    raw = alice.bytes(transfer(BOB, TAO))
    chain.submit(raw)
    chain.seal()
    fee = REF_TIME // REF_TIME_PER_RAO + len(raw)
    assert free_rao(chain, ALICE) == before - TAO - fee
    assert ISSUANCE.get(chain.view()) == issued + EMISSION.get(chain.view()) - fee
    assert ACCOUNT.get(chain.view(), ALICE.ss58_address)["nonce"] == 1
    told = [event for event in events(chain) if event["extrinsic_idx"] == 1]
    assert event_names(told) == [
        "Balances.Withdraw",
        "Balances.Transfer",
        "Balances.Deposit",
        "TransactionPayment.TransactionFeePaid",
        "System.ExtrinsicSuccess",
    ]
    assert told[3]["attributes"] == {"who": ALICE.ss58_address, "actual_fee": fee, "tip": 0}


def test_failed_call_keeps_fee_and_nonce_and_nothing_else(chain: Chain, alice: Signer) -> None:
    told = alice.run(*transfer(BOB, 10**18))
    assert event_names(told)[-1] == "System.ExtrinsicFailed"
    assert told[-1]["attributes"]["dispatch_error"] == {"Token": "FundsUnavailable"}
    assert "Balances.Transfer" not in event_names(told)
    assert ACCOUNT.get(chain.view(), ALICE.ss58_address)["nonce"] == 1


def test_call_that_is_not_modelled_is_refused_loudly(
    chain: Chain, alice: Signer, caplog: pytest.LogCaptureFixture
) -> None:
    told = alice.run("EVM", "withdraw", {"address": "0x" + "11" * 20, "value": 5})
    error = told[-1]["attributes"]["dispatch_error"]["Module"]
    index, number = error["index"], int(error["error"][2:4], 16)
    assert chain.world.codec.runtime.module_error(index, number)[0] == "CallFiltered"
    assert chain.world.unsupported["call EVM.withdraw"] == 1
    assert "not modelled: call EVM.withdraw" in caplog.text


def test_bug_in_a_call_fails_its_extrinsic_and_not_the_chain(caplog: pytest.LogCaptureFixture) -> None:
    chain = make_chain(runtime=Runtime([Faulty(), *PALLETS[1:]], ()))
    told = Signer(chain, ALICE).run("System", "remark", {"remark": "0x00"})
    assert told[-1]["attributes"]["dispatch_error"] == "Other"
    assert "Utility.ItemCompleted" not in event_names(told)
    assert Item("System", "Number").get(chain.view()) == 1
    assert chain.view().get_raw(b"half") is None
    assert "bug in System.remark" in caplog.text
    assert "bug in System.on_initialize" in caplog.text
    assert Signer(chain, ALICE).run(*transfer(BOB, 5))[-1]["event_id"] == "ExtrinsicSuccess"
    chain.close()


def test_free_call_costs_nothing() -> None:
    chain = make_chain(runtime=Runtime([Faulty(), *PALLETS[1:]], ()))
    poor = Keypair.create_from_uri("//Poor")
    told = Signer(chain, poor).run("System", "remark_with_event", {"remark": "0x00"})
    assert event_names(told) == ["System.ExtrinsicSuccess"]
    assert told[0]["attributes"]["dispatch_info"]["pays_fee"] == "No"
    chain.close()


def test_tip_is_paid_on_top(chain: Chain, alice: Signer) -> None:
    plain, tipped = (len(alice.bytes(transfer(BOB, TAO), tip=tip)) for tip in (0, 5000))
    chain.submit(alice.bytes(transfer(BOB, TAO), tip=5000))
    chain.seal()
    paid = next(event for event in events(chain) if event["event_id"] == "TransactionFeePaid")["attributes"]
    assert (paid["tip"], paid["actual_fee"]) == (5000, REF_TIME // REF_TIME_PER_RAO + tipped + 5000)
    assert tipped > plain


@pytest.mark.parametrize("scheme", [0, 1], ids=["ed25519", "sr25519"])
def test_both_schemes_sign(scheme: int, chain: Chain, alice: Signer) -> None:
    key = Keypair.create_from_uri("//Scheme", crypto_type=scheme)
    alice.run(*transfer(key, TAO))
    assert Signer(chain, key).run(*transfer(BOB, 5))[-1]["event_id"] == "ExtrinsicSuccess"


@pytest.mark.parametrize("place", [5, 40, 60, 100, -1], ids=["signer", "signature", "signature end", "extra", "call"])
def test_altered_byte_makes_the_signature_bad(place: int, chain: Chain, alice: Signer) -> None:
    raw = bytearray(alice.bytes(transfer(BOB, TAO), era={"period": 64, "current": 0}))
    raw[place] ^= 1
    with pytest.raises(PoolRejection) as rejection:
        chain.submit(bytes(raw))
    assert code_of(rejection)[0] in (1010, 1002)
    chain.submit(alice.bytes(transfer(BOB, TAO)))


def test_signature_for_another_genesis_is_bad(chain: Chain, alice: Signer) -> None:
    other = make_chain(seed="other")
    with pytest.raises(PoolRejection) as rejection:
        chain.submit(Signer(other, ALICE).bytes(transfer(BOB, TAO)))
    assert code_of(rejection) == (1010, "Transaction has a bad signature")
    other.close()


def test_mortal_extrinsic_lives_for_its_period_and_not_longer(chain: Chain, alice: Signer) -> None:
    for _ in range(10):
        chain.seal()
    birth = chain.block_hash(8)
    era = {"period": 8, "current": 8}
    raw = alice.bytes(transfer(BOB, 5), era=era, birth=birth)
    waiting = alice.bytes(transfer(BOB, 5), era=era, birth=birth, nonce=1)
    told: list[Any] = []
    chain.submit(waiting, told.append)
    while chain.head.number < 14:
        chain.seal()
    assert (told, len(chain.pool)) == (["future"], 1)
    chain.seal()
    assert (told, len(chain.pool)) == (["future", "invalid"], 0)
    for reason in ("an ancient birth block", "a bad signature"):
        with pytest.raises(PoolRejection) as rejection:
            chain.submit(raw)
        assert code_of(rejection) == (1010, f"Transaction has {reason}")
        chain.seal()


def test_era_born_in_a_block_to_come_is_ancient_to_the_node(chain: Chain, alice: Signer) -> None:
    with pytest.raises(PoolRejection) as rejection:
        chain.submit(alice.bytes(transfer(BOB, 5), era={"period": 64, "current": 40}))
    assert code_of(rejection) == (1010, "Transaction has an ancient birth block")


@given(period=st.sampled_from([4, 8, 64, 128, 4096, 65536]), current=st.integers(0, 2**32 - 1))
def test_era_on_the_wire_is_the_one_that_the_sdk_encodes(period: int, current: int) -> None:
    raw = bytes(CODEC.runtime.encode_era({"period": period, "current": current}))
    era = decode_era(Cursor(raw))
    assert isinstance(era, Era)
    assert era.period == period
    assert era.birth(current) <= current < era.death(current)


@pytest.mark.parametrize("raw", [b"\x10\x00", b"\x00\x00\x01"], ids=["period 2", "immortal then rest"])
def test_odd_eras(raw: bytes) -> None:
    if raw[0] == 0:
        assert decode_era(Cursor(raw)) is None
    else:
        with pytest.raises(Truncated):
            decode_era(Cursor(raw))


def _rejection_code(raw: bytes) -> int | None:
    try:
        parse_extrinsic(raw, CODEC)
    except PoolRejection as rejection:
        return rejection.code
    return None


@given(st.binary(max_size=300))
def test_garbage_is_rejected_with_a_node_s_code(raw: bytes) -> None:
    for sent in (raw, prefixed(raw), prefixed(b"\x84\x00" + raw)):
        assert _rejection_code(sent) in (None, 1001, 1002)


def test_bare_extrinsic_is_rejected_unless_its_call_allows_it(chain: Chain, alice: Signer) -> None:
    call_bytes = parse_extrinsic(alice.bytes(transfer(BOB, 5)), chain.world.codec).call_bytes
    for version in (b"\x04", b"\x05"):
        with pytest.raises(PoolRejection) as rejection:
            chain.submit(prefixed(version + call_bytes))
        assert rejection.value.code == 1011


def test_hotkey_s_owner_pays_for_calls_of_hotkeys(chain: Chain) -> None:
    from netctl.devchain.fees import payer_of

    rule = dataclasses.replace(chain.world.runtime.rule("SubtensorModule", "serve_axon"))
    assert rule.fee == "owner_coldkey"
    hotkey = Keypair.create_from_uri("//Hot").ss58_address
    assert payer_of(chain.view(), hotkey, rule) == hotkey
    Signer(chain, ALICE).run("SubtensorModule", "burned_register", {"netuid": 1, "hotkey": hotkey})
    assert payer_of(chain.view(), hotkey, rule) == ALICE.ss58_address


def test_a_view_stays_at_its_block_while_the_chain_goes_on() -> None:
    chain, number = make_chain(), Item("System", "Number")
    chain.seal()
    view = chain.view()
    chain.seal()
    assert (view.block, number.get(view), number.get(chain.view())) == (1, 1, 2)
    chain.close()
