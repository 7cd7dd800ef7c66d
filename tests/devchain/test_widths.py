"""Numbers at and beyond the width of their type: a runtime's error, an error answer, and never a crash."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product
from typing import Any

import pytest

from netctl.devchain import DevChain, DevChainError
from netctl.devchain.chain import Chain
from netctl.devchain.codec import Codec
from netctl.devchain.errors import DispatchError, PoolRejection
from netctl.devchain.frame import BlockFrame
from netctl.devchain.metadata import CompactOf, Composite, Field, Primitive
from netctl.devchain.options import ChainOptions
from netctl.devchain.pallet import ROOT, Origin
from netctl.devchain.pallets import PALLETS
from netctl.devchain.pallets.subtensor import cells, items
from netctl.devchain.runtime import packed_runtime
from netctl.devchain.widths import TooWide
from tests.devchain.lab import ALICE, BOB, CHARLIE, TAO, Signer, event_names, free_rao, sign, transfer

pytestmark = pytest.mark.fast

U64_MAX = (1 << 64) - 1
WIDTHS = {3: 8, 4: 16, 5: 32, 6: 64, 7: 128, 9: 7, 10: 15, 11: 31, 12: 63}
"""Bits of a number, by the registry's number of its type; one less where a sign takes one."""
TRIED = 300
SET_BALANCE = ("Balances", "force_set_balance")


def codec_of(*, compat: bool = True) -> Codec:
    return packed_runtime(ChainOptions(compat=compat)).codec


# Encoding


@pytest.mark.parametrize("bits", [8, 16, 32, 64, 128])
def test_what_does_not_fit_is_the_runtime_s_arithmetic_error(bits: int) -> None:
    codec = codec_of()
    assert codec.encode(f"u{bits}", (1 << bits) - 1) == b"\xff" * (bits // 8)
    for value, detail in ((1 << bits, "Overflow"), (10**400, "Overflow"), (-1, "Underflow"), (-(10**400), "Underflow")):
        with pytest.raises(DispatchError) as failure:
            codec.encode(f"u{bits}", value)
        assert (failure.value.kind, failure.value.detail) == ("Arithmetic", detail)


def test_what_is_no_number_at_all_stays_a_bug() -> None:
    with pytest.raises(ValueError, match="expected an integer"):
        codec_of().encode("u64", "many")


def test_cells_tell_it_alike(chain: Chain) -> None:
    cell = cells.Cell(items.PALLET, "TotalIssuance")
    frame = BlockFrame(chain.world, 1)
    for value, detail in ((U64_MAX + 1, "Overflow"), (-1, "Underflow")):
        with pytest.raises(DispatchError) as failure:
            cell.put(frame, value)
        assert failure.value.detail == detail


# Decoding


def nested(codec: Codec, value: int) -> Iterator[bytes]:
    """A balance beyond its type: bare, in a batch of a sudo, and as one of many."""
    inner = codec.runtime.compose_call(*SET_BALANCE, {"who": ALICE.ss58_address, "new_free": value})
    yield bytes(inner)
    batch = codec.runtime.compose_call("Utility", "batch", {"calls": [inner]})
    yield bytes(codec.runtime.compose_call("Sudo", "sudo", {"call": batch}))
    many = {"netuids": [1], "weights": [[(1, 2)]], "version_keys": [value]}
    yield bytes(codec.runtime.compose_call("SubtensorModule", "batch_set_weights", many))


@pytest.mark.parametrize("compat", [True, False])
def test_a_compact_number_beyond_its_type_is_no_call(compat: bool) -> None:
    codec = codec_of(compat=compat)
    for raw in nested(codec, U64_MAX):
        codec.decode_call(raw)
    for raw in nested(codec, U64_MAX + 1):
        with pytest.raises(TooWide):
            codec.decode_call(raw)


@pytest.mark.parametrize(("rao", "tip", "nonce"), [(1 << 64, 0, 0), (5, 1 << 64, 0), (5, 0, 1 << 32)])
def test_an_extrinsic_with_such_a_number_is_refused_at_the_pool(rao: int, tip: int, nonce: int, chain: Chain) -> None:
    try:
        raw = sign(chain.world.codec, chain.genesis_hash, ALICE, transfer(BOB, rao), nonce, tip=tip)
    except (ValueError, OverflowError):  # the client's own encoder refuses tips and nonces
        raw = wide_extrinsic(chain, nonce=nonce, tip=tip)
    with pytest.raises(PoolRejection) as refusal:
        chain.submit(raw)
    assert refusal.value.code == 1002


def wide_extrinsic(chain: Chain, *, nonce: int, tip: int) -> bytes:
    from netctl.devchain.scale import compact, prefixed

    call = bytes(chain.world.codec.runtime.compose_call(*transfer(BOB, 5)))
    head = b"\x84\0" + ALICE.public_key + b"\1" + bytes(64) + b"\0"
    return prefixed(head + compact(nonce) + compact(tip) + b"\0" + call)


# Calls


def test_root_cannot_make_more_than_the_issuance_can_count(chain: Chain, alice: Signer) -> None:
    before = free_rao(chain, BOB)
    inner = chain.world.codec.runtime.compose_call(*SET_BALANCE, {"who": BOB.ss58_address, "new_free": U64_MAX})
    (sudid,) = [each for each in alice.run("Sudo", "sudo", {"call": inner}) if each["event_id"] == "Sudid"]
    assert sudid["attributes"] == {"sudo_result": {"Err": {"Arithmetic": "Overflow"}}}
    assert free_rao(chain, BOB) == before
    inner = chain.world.codec.runtime.compose_call(*SET_BALANCE, {"who": BOB.ss58_address, "new_free": 5 * TAO})
    assert "Balances.BalanceSet" in event_names(alice.run("Sudo", "sudo", {"call": inner}))
    assert chain.world.unsupported == {}


def bits_of(chain: Chain, type_id: int) -> int | None:
    definition = chain.world.codec.registry.type(type_id).definition
    if isinstance(definition, CompactOf):
        return bits_of(chain, definition.type)
    if isinstance(definition, Composite) and len(definition.fields) == 1:
        return bits_of(chain, definition.fields[0].type)
    return WIDTHS.get(definition.number) if isinstance(definition, Primitive) else None


def is_fixed_point(chain: Chain, type_id: int) -> bool:
    definition = chain.world.codec.registry.type(type_id).definition
    return isinstance(definition, Composite) and [each.name for each in definition.fields] == ["bits"]


def samples(chain: Chain, field: Field) -> list[Any]:
    """What to try for an argument: for a number what stands at the edges of its type."""
    registry = chain.world.codec.registry
    path = registry.type(field.type).path
    bits = bits_of(chain, field.type)
    if path and path[-1] in ("AccountId32", "MultiAddress"):
        return [BOB.ss58_address]
    if path and path[-1] == "RuntimeCall":
        remark = chain.world.codec.runtime.compose_call("System", "remark", {"remark": "0x00"})
        return [chain.world.codec.decode_call(bytes(remark))]
    if field.name == "netuid":
        return [1]
    if bits is not None:
        edges = [0, 1, (1 << bits) - 1, 1 << (bits - 1)]
        return [{"bits": edge} for edge in edges] if is_fixed_point(chain, field.type) else edges
    return [True, False] if registry.type(field.type).definition == Primitive(0) else [registry.zero(field.type)]


def calls_at_the_edges(chain: Chain, pallet: str, functions: set[str]) -> Iterator[dict[str, Any]]:
    registry = chain.world.codec.registry
    for variant in registry.variants(registry.pallet(pallet).calls or 0).variants:
        if variant.name in functions:
            for chosen in islice(product(*(samples(chain, field) for field in variant.fields)), TRIED):
                told = zip((field.name for field in variant.fields), chosen, strict=True)
                args = [{"name": name, "value": value} for name, value in told]
                yield {"call_module": pallet, "call_function": variant.name, "call_args": args}


@pytest.mark.parametrize("name", [pallet.name for pallet in PALLETS if pallet.rules or tuple(pallet.others())])
def test_every_call_with_numbers_at_the_edges_of_their_types_ends_or_fails_by_a_named_error(
    name: str, chain: Chain, alice: Signer
) -> None:
    key = {"hotkey": BOB.ss58_address, "netuid": 1}
    alice.run("SubtensorModule", "burned_register", key)
    alice.run("SubtensorModule", "add_stake", {**key, "amount_staked": 5 * TAO})
    pallet = next(each for each in PALLETS if each.name == name)
    origins = (ROOT, Origin.of(ALICE.ss58_address), Origin.of(BOB.ss58_address))
    tried = 0
    for call in calls_at_the_edges(chain, name, {*pallet.rules, *pallet.others()}):
        for origin in origins:
            tried += 1
            try:
                BlockFrame(chain.world, chain.head.number + 1).dispatch(call, origin)
            except DispatchError as error:
                chain.world.codec.dispatch_error(error)
            except Exception as error:
                raise AssertionError(f"{call} by {origin}") from error
    assert tried


def test_registrations_go_on_when_what_was_burned_can_be_counted_no_further(chain: Chain, alice: Signer) -> None:
    chain.seal(lambda frame: items.RAO_RECYCLED.put(frame, U64_MAX, 1))
    told = alice.run("SubtensorModule", "burned_register", {"hotkey": CHARLIE.ss58_address, "netuid": 1})
    assert "SubtensorModule.NeuronRegistered" in event_names(told)
    assert items.RAO_RECYCLED.get(chain.view(), 1) == U64_MAX


# Over the wire


def test_a_speed_beyond_every_number_is_refused_and_the_chain_goes_on() -> None:
    with DevChain(seal="interval") as chain:
        with pytest.raises(DevChainError, match="dev_setSpeed"):
            chain.rpc("dev_setSpeed", 10**400)
        chain.mine(1)
        assert "bug" not in chain.log.read_text()


@pytest.mark.slow
def test_operators_get_an_error_answer_and_the_chain_goes_on() -> None:
    bob = BOB.ss58_address
    with DevChain(seal="manual") as chain:
        for wanted, method, *params in (
            ("Arithmetic.Overflow", "dev_dispatch", None, *SET_BALANCE, {"who": bob, "new_free": U64_MAX}),
            ("beyond 64 bits", "dev_dispatch", None, *SET_BALANCE, {"who": bob, "new_free": 1 << 64}),
            ("too large", "dev_dispatch", None, *SET_BALANCE, {"who": bob, "new_free": 10**400}),
            ("out of range", "dev_setHyperparameter", 1, "tempo", 1 << 16),
            ("too large", "dev_setHyperparameter", 1, "burn_increase_mult", 1e308),
            ("rao wanted, from 0 to", "dev_faucet", bob, 1 << 64),
        ):
            with pytest.raises(DevChainError, match=wanted):
                chain.rpc(method, *params)
        for _ in range(1000):  # as much as the faucet gives at once, until nobody could count it
            try:
                chain.faucet(bob, 20_999_999)
            except DevChainError as error:
                assert "Arithmetic.Overflow" in str(error)  # noqa: PT017  which of the thousand is not foreseen
                break
        else:
            pytest.fail("all the TAO of a thousand worlds was given")
        chain.mine(3)
        assert chain.status()["unsupported"] == {}
        assert "bug" not in chain.log.read_text()
