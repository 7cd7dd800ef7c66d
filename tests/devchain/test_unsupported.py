"""What is not modelled: writes fail loudly, reads answer a typed zero, both are counted."""

from __future__ import annotations

from inspect import signature

import bittensor as bt

from netctl.devchain.pallets import PALLETS
from netctl.devchain.pallets.admin_table import SETTERS
from netctl.devchain.storage import Item
from tests.devchain.live_chain import ADMIN, ST, Live


async def test_unmodelled_write_is_refused_and_counted(live: Live) -> None:
    call = ST.set_childkey_take(hotkey=live.alice.hotkey_address, netuid=1, take=5)
    assert await live.refused(call, live.alice) == "CallFiltered"
    assert live.chain.status()["unsupported"] == {"call SubtensorModule.set_childkey_take": 1}


async def test_unmodelled_setter_is_refused_even_for_root(live: Live) -> None:
    inner = await live.client.compose(ADMIN.sudo_set_collateral_lock_share(netuid=1, lock_share=100))
    await live.included(bt.calls.Sudo.sudo(call=inner), live.alice)
    assert live.storage("CollateralLockShare", 1) == 0
    assert "call AdminUtils.sudo_set_collateral_lock_share" in live.chain.status()["unsupported"]


async def test_unmodelled_read_answers_a_zero(live: Live) -> None:
    api = bt.runtime_api.BetaBasketRuntimeApi.get_root_basket_owed
    assert await live.client.runtime(api, [live.alice.address]) == 0
    assert any("BetaBasket" in name for name in live.chain.status()["unsupported"])


def test_every_row_of_the_setter_table_is_a_call_without_a_method_of_its_own() -> None:
    assert set(SETTERS) <= {name for name in dir(ADMIN) if name.startswith("sudo_set_")}
    admin = next(pallet for pallet in PALLETS if pallet.name == "AdminUtils")
    assert not set(SETTERS) & set(admin.rules)


async def test_every_setter_writes_an_item_of_the_metadata_and_tells_one_of_its_events(live: Live) -> None:
    metadata = live.chain.world.codec.v15
    for name, setter in SETTERS.items():
        per_subnet = "netuid" in signature(getattr(ADMIN, name)).parameters
        Item("SubtensorModule", setter.item).get(live.view, *((1,) if per_subnet else ()))
        assert setter.event is None or setter.event.rpartition(".")[2].encode() in metadata, name


def test_every_modelled_call_is_a_call_of_the_runtime() -> None:
    for pallet in PALLETS:
        known = set(dir(getattr(bt.calls, pallet.name)))
        assert set(pallet.rules) <= known, pallet.name
