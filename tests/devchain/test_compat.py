"""What a chain does for SDKs before 11: newtypes as numbers, errors with a doc, the price's root, stake of before."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from netctl.devchain.chain import Chain
from netctl.devchain.compat import EDITS, NEWTYPES, flatten_newtypes
from netctl.devchain.metadata import Metadata, Primitive, Tuple, decode_metadata
from netctl.devchain.options import ChainOptions
from netctl.devchain.pallets.subtensor import items, pool
from netctl.devchain.pallets.subtensor.shares import OLD_SHARES_Q64, OLD_TOTAL_SHARES_Q64, stake_of
from netctl.devchain.registry import Registry
from netctl.devchain.runtime import packed_runtime
from tests.devchain.lab import ALICE, BOB, TAO, Signer, event_names, make_chain

pytestmark = pytest.mark.fast

NETUID = 1
NUMBERS = ["AlphaBalance", "MechId", "NetUid", "NetUidStorageIndex", "PerU16", "TaoBalance"]
KEY = {"hotkey": BOB.ss58_address, "netuid": NETUID}


def _both(*, compat: bool) -> tuple[Metadata, Metadata]:
    packed = packed_runtime(ChainOptions(compat=compat))
    return decode_metadata(packed.codec.v15), decode_metadata(packed.v14)


def _price_is_known(chain: Chain) -> bool:
    root, price = pool.PRICE_ROOT_Q64.get(chain.view(), NETUID), pool.price_rao(chain.view(), NETUID)
    return price > 0 and abs((root * root * TAO >> 128) - price) <= 1


def _staked(**options: Any) -> tuple[Chain, Signer]:
    chain = make_chain(**options)
    alice = Signer(chain, ALICE)
    alice.run("SubtensorModule", "burned_register", KEY)
    alice.run("SubtensorModule", "add_stake", {**KEY, "amount_staked": 50 * TAO})
    return chain, alice


def test_newtypes_are_numbers_at_the_same_ids_in_both_versions_and_nothing_else_changes() -> None:
    for plain, flat in zip(_both(compat=False), _both(compat=True), strict=True):
        changed = [old for old, new in zip(plain.types, flat.types, strict=True) if old.path != new.path]
        assert {tuple(old.path) for old in changed} == NEWTYPES
        assert sorted(old.path[-1] for old in changed) == NUMBERS
        for old in changed:
            inner = plain.types[old.definition.fields[0].type]  # type: ignore[union-attr]
            assert isinstance(inner.definition, Primitive)
            assert flat.types[old.id].definition == inner.definition
        errors = {pallet.error for pallet in plain.pallets}
        same = [each.id for each in plain.types if each.id not in errors and each not in changed]
        assert [plain.types[at] for at in same] == [flat.types[at] for at in same]


def test_values_have_the_same_bytes_with_and_without() -> None:
    with_it, without = (packed_runtime(ChainOptions(compat=compat)).codec for compat in (True, False))
    call = ("SubtensorModule", "add_stake", {"hotkey": BOB.ss58_address, "netuid": 428, "amount_staked": 7 * TAO})
    assert bytes(with_it.runtime.compose_call(*call)) == bytes(without.runtime.compose_call(*call))
    for item, keys in (("Burn", (428,)), ("Uids", (428, BOB.ss58_address)), ("TotalStake", ())):
        key = with_it.storage_key("SubtensorModule", item, *keys)
        assert key == without.storage_key("SubtensorModule", item, *keys)
    assert with_it.entry("SubtensorModule", "Burn").encode(5) == without.entry("SubtensorModule", "Burn").encode(5)


def test_a_newtype_that_holds_something_else_is_refused() -> None:
    metadata, _ = _both(compat=False)
    metadata.types[Registry(metadata).find("NetUid")].definition = Tuple([])
    with pytest.raises(KeyError, match="NetUid is no newtype"):
        flatten_newtypes(metadata)


def test_every_error_has_a_doc_with_it_and_none_without() -> None:
    for compat in (True, False):
        for metadata in _both(compat=compat):
            registry = Registry(metadata)
            told = [registry.variants(each.error).variants for each in metadata.pallets if each.error is not None]
            assert {bool(error.docs) for variants in told for error in variants} == {compat}
    names = {error.name: error.docs for error in Registry(_both(compat=True)[1]).variants(_error_type()).variants}
    assert names["NotEnoughBalanceToStake"] == ["not enough balance to stake"]


def _error_type() -> int:
    error = Registry(_both(compat=True)[1]).pallet("SubtensorModule").error
    assert error is not None
    return error


def test_it_is_on_unless_told_otherwise_makes_another_chain_and_is_in_the_manifest() -> None:
    chains = [make_chain(compat=compat) for compat in (True, False)]
    assert make_chain().genesis_hash == chains[0].genesis_hash != chains[1].genesis_hash
    manifest = json.loads(files("netctl.devchain").joinpath("data/manifest.json").read_text())
    told = [(edit["what"], edit["why"]) for edit in manifest["done_when_loaded_with_compat"]]
    assert told == list(EDITS)


def test_the_root_of_the_price_is_true_from_the_start_after_trades_and_after_emission() -> None:
    chain, alice = _staked()
    assert _price_is_known(make_chain())
    before = pool.PRICE_ROOT_Q64.get(chain.view(), NETUID)
    assert _price_is_known(chain)
    alice.run("SubtensorModule", "add_stake", {**KEY, "amount_staked": 1_000 * TAO})
    assert pool.PRICE_ROOT_Q64.get(chain.view(), NETUID) > before
    assert _price_is_known(chain)
    reserves = pool.reserves(chain.view(), NETUID)
    for _ in range(20):
        chain.seal()
        assert _price_is_known(chain)
    assert pool.reserves(chain.view(), NETUID) != reserves


def test_stake_is_told_in_the_items_of_before_and_follows_what_is_taken_out() -> None:
    chain, alice = _staked()
    names = (BOB.ss58_address, ALICE.ss58_address, NETUID)

    def by_old_items() -> int:
        view = chain.view()
        total = OLD_TOTAL_SHARES_Q64.get(view, BOB.ss58_address, NETUID)
        held = items.TOTAL_HOTKEY_ALPHA.get(view, BOB.ss58_address, NETUID)
        return int(OLD_SHARES_Q64.get(view, *names) * held // total)

    whole = stake_of(chain.view(), *names)
    assert by_old_items() == whole > 0
    told = alice.run("SubtensorModule", "remove_stake", {**KEY, "amount_unstaked": whole // 2})
    assert "SubtensorModule.StakeRemoved" in event_names(told)
    assert by_old_items() == stake_of(chain.view(), *names) < whole


def test_without_it_the_items_of_before_stay_empty() -> None:
    chain, _ = _staked(compat=False)
    assert stake_of(chain.view(), BOB.ss58_address, ALICE.ss58_address, NETUID) > 0
    assert not OLD_SHARES_Q64.exists(chain.view(), BOB.ss58_address, ALICE.ss58_address, NETUID)


def test_register_takes_the_price_from_the_signer_and_ignores_the_proof() -> None:
    chain = make_chain()
    free = Signer(chain, ALICE)
    price = int(items.BURN.get(chain.view(), NETUID))
    proof = {"block_number": 0, "nonce": 0, "work": [0] * 32, "coldkey": BOB.ss58_address}
    told = free.run("SubtensorModule", "register", {**KEY, **proof})
    assert "SubtensorModule.NeuronRegistered" in event_names(told)
    assert items.OWNER.get(chain.view(), BOB.ss58_address) == ALICE.ss58_address
    assert items.RAO_RECYCLED.get(chain.view(), NETUID) == price
