"""What validators ask of those who stake with them, and how they may change it."""

from __future__ import annotations

from tests.devchain.live_chain import ADMIN, ST, Live

DEFAULT = 11_796


async def test_take_goes_down_at_once_and_up_only_within_its_limits(live: Live) -> None:
    made = live.funded("//Validator", tao=1_000)
    hotkey = made.hotkey_address
    up, down = (
        (lambda take: ST.increase_take(hotkey=hotkey, take=take)),
        (lambda take: ST.decrease_take(hotkey=hotkey, take=take)),
    )
    assert await live.refused(down(5), made) == "HotKeyAccountNotExists"
    await live.register(made)
    await live.sudo(ADMIN.sudo_set_min_delegate_take(take=100))
    assert await live.refused(down(99), made) == "DelegateTakeTooLow"
    await live.done(down(1_000), made)
    assert dict(live.events())["SubtensorModule.TakeDecreased"] == (made.address, hotkey, 1_000)
    assert live.storage("Delegates", hotkey) == 1_000
    assert await live.refused(down(1_000), made) == "DelegateTakeTooLow"
    assert await live.refused(up(1_000), made) == "DelegateTakeTooLow"
    assert await live.refused(up(DEFAULT + 1), made) == "DelegateTakeTooHigh"
    await live.done(up(2_000), made)
    assert dict(live.events())["SubtensorModule.TakeIncreased"] == (made.address, hotkey, 2_000)


async def test_take_rises_once_in_the_rate_limit_and_only_by_its_owner(live: Live) -> None:
    made, other = live.funded("//Validator", tao=1_000), live.funded("//Other", tao=10)
    await live.register(made)
    await live.sudo(ADMIN.sudo_set_tx_delegate_take_rate_limit(tx_rate_limit=10))
    await live.done(ST.decrease_take(hotkey=made.hotkey_address, take=0), made)
    call = ST.increase_take(hotkey=made.hotkey_address, take=1)
    assert await live.refused(call, other) == "NonAssociatedColdKey"
    await live.done(call, made)
    more = ST.increase_take(hotkey=made.hotkey_address, take=2)
    live.mine(9)
    assert await live.refused(more, made) == "DelegateTxRateLimitExceeded"
    await live.done(more, made)
