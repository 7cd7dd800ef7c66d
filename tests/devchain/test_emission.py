"""Emission on the chain: what a block issues, where it goes at the epoch, and what a staker sees of it."""

from __future__ import annotations

from typing import Any

import bittensor as bt
import pytest

from netctl.devchain.options import ChainOptions
from netctl.devchain.pallets.subtensor.ownership import subnet_account
from tests.devchain.laws import LOST_IN_A_BLOCK, check, stored
from tests.devchain.live_chain import ADMIN, ST, TAO, Live, wallet

CUT = TAO * 11_796 // 65_535
REST = TAO - CUT
TEMPO = 100


async def neuron(live: Live, name: str, *, stake_tao: int = 0, netuid: int = 1) -> Any:
    made = live.funded(f"//{name}", tao=stake_tao + 1_000)
    await live.register(made, netuid)
    if stake_tao:
        call = ST.add_stake(hotkey=made.hotkey_address, netuid=netuid, amount_staked=stake_tao * TAO)
        await live.done(call, made)
    return made


async def working_subnet(live: Live) -> tuple[Any, Any]:
    """A validator that has set weights on a miner, an epoch ago; no stake but the validator's and the owner's."""
    validator, miner = await neuron(live, "Validator", stake_tao=10_000), await neuron(live, "Miner")
    live.mine(TEMPO - live.chain.head.number % TEMPO)
    await live.done(ST.set_weights(netuid=1, dests=[1], weights=[1], version_key=0), validator, hotkey=True)
    live.mine(TEMPO - live.chain.head.number % TEMPO)
    return validator, miner


def alpha(live: Live, hotkey: str, netuid: int = 1) -> int:
    return int(live.storage("TotalHotkeyAlpha", hotkey, netuid))


async def test_block_issues_one_tao_into_the_pool_and_one_alpha_to_the_people(live: Live) -> None:
    before = {name: live.storage(name, 1) for name in ("SubnetTAO", "SubnetAlphaIn", "SubnetAlphaOut")}
    issued = live.storage("TotalIssuance")
    live.mine()
    assert live.storage("TotalIssuance") == issued + TAO
    assert live.storage("BlockEmission") == TAO
    assert live.storage("SubnetTAO", 1) == before["SubnetTAO"] + TAO == live.free(subnet_account(1))
    assert live.storage("SubnetExcessTao", 1) == TAO
    assert live.storage("SubnetAlphaOutEmission", 1) == TAO
    bought = before["SubnetAlphaIn"] * TAO // (before["SubnetTAO"] + TAO)
    assert live.storage("SubnetAlphaIn", 1) == before["SubnetAlphaIn"] - bought
    assert live.storage("SubnetAlphaOut", 1) == before["SubnetAlphaOut"] + bought + TAO


async def test_price_rises_while_emission_buys_alpha(live: Live) -> None:
    prices = []
    for _ in range(3):
        live.mine(10)
        prices.append(await live.client.runtime(bt.runtime_api.SwapRuntimeApi.current_alpha_price, [1]))
    assert prices == sorted(set(prices))
    assert prices[0] > TAO


async def test_root_stake_lays_tao_beside_alpha_instead_of_buying(live: Live) -> None:
    await live.done(ST.root_register(hotkey=live.alice.hotkey_address), live.alice)
    call = ST.add_stake(hotkey=live.alice.hotkey_address, netuid=0, amount_staked=500_000 * TAO)
    await live.done(call, live.alice)
    live.mine()
    weighted = live.storage("SubnetTAO", 0) * live.storage("TaoWeight") / 2**64
    whole = weighted + live.storage("SubnetAlphaIn", 1) + live.storage("SubnetAlphaOut", 1)
    assert live.storage("RootProp", 1)["bits"] / 2**32 == pytest.approx(weighted / whole, rel=1e-4)
    assert 0 < live.storage("SubnetAlphaInEmission", 1) < TAO
    laid, excess = live.storage("SubnetTaoInEmission", 1), live.storage("SubnetExcessTao", 1)
    assert TAO - 1 <= laid + excess <= TAO
    check(live.view)


async def test_emission_halves_with_half_of_all_tao_issued(live: Live) -> None:
    live.fund(live.alice.address, 10_500_000 - live.storage("TotalIssuance") / TAO + 1)
    live.mine()
    assert live.storage("BlockEmission") == TAO // 2
    before = live.storage("TotalIssuance")
    live.mine()
    assert live.storage("TotalIssuance") == before + TAO // 2


async def test_epoch_hands_out_cut_incentive_and_dividends(live: Live) -> None:
    validator, miner = await working_subnet(live)
    owner = live.storage("SubnetOwnerHotkey", 1)
    before = {hotkey: alpha(live, hotkey) for hotkey in (owner, validator.hotkey_address, miner.hotkey_address)}
    live.mine(TEMPO)
    grown = {hotkey: alpha(live, hotkey) - amount for hotkey, amount in before.items()}
    assert grown[owner] == TEMPO * CUT
    assert grown[miner.hotkey_address] == pytest.approx(TEMPO * REST / 2, rel=1e-4)
    assert grown[validator.hotkey_address] == pytest.approx(TEMPO * REST / 2, rel=1e-4)
    assert sum(grown.values()) <= TEMPO * TAO
    assert live.storage("Emission", 1) == pytest.approx([TEMPO * REST / 2] * 2, rel=1e-4)
    check(live.view)


async def test_nominators_share_dividends_behind_the_take(live: Live) -> None:
    validator, _ = await working_subnet(live)
    nominator = live.funded("//Nominator", tao=20_000)
    hotkey = validator.hotkey_address
    await live.done(ST.add_stake(hotkey=hotkey, netuid=1, amount_staked=10_000 * TAO), nominator)
    await live.done(ST.set_weights(netuid=1, dests=[1], weights=[1], version_key=0), validator, hotkey=True)
    live.mine(TEMPO - live.chain.head.number % TEMPO)

    async def held(who: Any) -> int:
        (position,) = [each for each in await live.client.staking.positions(who.address) if each.netuid == 1]
        return int(position.stake.rao)

    before = [await held(validator), await held(nominator)]
    live.mine(TEMPO)
    grown = [await held(validator) - before[0], await held(nominator) - before[1]]
    dividends = TEMPO * REST / 2
    assert sum(grown) == pytest.approx(dividends, rel=1e-4)
    part = before[1] / sum(before)
    assert grown[1] == pytest.approx(dividends * (1 - 11_796 / 65_535) * part, rel=1e-3)
    told = live.storage("AlphaDividendsPerSubnet", 1, hotkey)
    assert told == pytest.approx(dividends * (1 - 11_796 / 65_535), rel=1e-3)


@pytest.mark.parametrize("mode", ["Burn", "Recycle"])
async def test_miner_on_the_owners_coldkey_has_its_emission_withheld(live: Live, mode: str) -> None:
    await live.sudo(ADMIN.sudo_set_recycle_or_burn(netuid=1, recycle_or_burn=mode))
    validator, _ = await working_subnet(live)
    owners = wallet("//Alice", "miner")
    await live.register(owners)
    await live.done(ST.set_weights(netuid=1, dests=[2], weights=[1], version_key=0), validator, hotkey=True)
    live.mine(TEMPO - live.chain.head.number % TEMPO)
    counter = "AlphaBurned" if mode == "Burn" else "AlphaRecycled"
    before = stored(live.view, counter, 1, pallet="AlphaAssets")
    live.mine(TEMPO)
    assert alpha(live, owners.hotkey_address) == 0
    withheld = stored(live.view, counter, 1, pallet="AlphaAssets") - before
    assert withheld == pytest.approx(TEMPO * REST / 2, rel=1e-4)
    assert live.storage("MinerBurned", 1)["bits"] == 2**32
    check(live.view)


async def test_miners_emission_goes_where_its_coldkey_has_it_staked(live: Live) -> None:
    validator, miner = await working_subnet(live)
    call = ST.set_coldkey_auto_stake_hotkey(netuid=1, hotkey=validator.hotkey_address)
    await live.done(call, miner)
    assert await live.refused(call, miner) == "SameAutoStakeHotkeyAlreadySet"
    stranger = ST.set_coldkey_auto_stake_hotkey(netuid=1, hotkey=wallet("//Stranger").hotkey_address)
    assert await live.refused(stranger, miner) == "HotKeyNotRegisteredInSubNet"
    held = alpha(live, miner.hotkey_address)
    live.mine(TEMPO - live.chain.head.number % TEMPO)
    assert alpha(live, miner.hotkey_address) == held
    (told,) = [told for name, told in live.events() if name == "SubtensorModule.AutoStakeAdded"]
    api = bt.runtime_api.StakeInfoRuntimeApi.get_stake_info_for_coldkey
    behind = {each["hotkey"]: each["stake"] for each in await live.client.runtime(api, [miner.address])}
    assert 1 <= behind[validator.hotkey_address] / told["incentive"] < 1.01
    check(live.view)


async def test_clients_read_emission_where_they_look_for_it(live: Live) -> None:
    validator, miner = await working_subnet(live)
    live.mine(TEMPO)
    hotkey = validator.hotkey_address
    graph = await live.client.runtime(bt.runtime_api.SubnetInfoRuntimeApi.get_metagraph, [1])
    (info,) = [
        each
        for each in await live.client.runtime(bt.runtime_api.SubnetInfoRuntimeApi.get_all_dynamic_info, [])
        if each["netuid"] == 1
    ]
    live.mine(3)
    state = await live.client.runtime(bt.runtime_api.SubnetInfoRuntimeApi.get_dynamic_info, [1])
    assert graph["alpha_out_emission"] == info["alpha_out_emission"] == TAO
    assert info["pending_alpha_emission"] == 0
    assert state["pending_alpha_emission"] == pytest.approx(3 * REST, abs=3 * LOST_IN_A_BLOCK)
    dividends = {str(who): amount for who, amount in graph["alpha_dividends_per_hotkey"]}
    assert dividends[hotkey] == live.storage("AlphaDividendsPerSubnet", 1, hotkey) > 0
    assert dividends[miner.hotkey_address] == 0
    await live.done(ST.root_register(hotkey=hotkey), validator)
    delegate = await live.client.runtime(bt.runtime_api.DelegateInfoRuntimeApi.get_delegate, [hotkey])
    assert delegate["total_daily_return"] == live.storage("Emission", 1)[0] * 7_200 // TEMPO


async def test_nobody_earns_on_a_subnet_without_stake(live: Live) -> None:
    await neuron(live, "Idle")
    live.mine(2 * TEMPO)
    assert alpha(live, wallet("//Idle").hotkey_address) == 0
    check(live.view)


async def test_subnet_earns_from_its_start_on(live: Live) -> None:
    made = live.funded("//Founder", tao=3_000)
    await live.done(ST.register_network(hotkey=made.hotkey_address), made)
    live.mine(5)
    assert live.storage("SubnetAlphaOut", 2) == 0
    await live.done(ST.start_call(netuid=2), made)
    live.mine()
    assert live.storage("SubnetAlphaOutEmission", 2) == TAO
    tao = [live.storage("SubnetTaoInEmission", netuid) + live.storage("SubnetExcessTao", netuid) for netuid in (1, 2)]
    assert TAO - 4 <= sum(tao) <= TAO
    assert min(tao) > TAO // 3
    check(live.view)


async def test_subnet_that_cannot_be_traded_or_was_not_started_earns_nothing(live: Live) -> None:
    def without(item: str, value: Any) -> int:
        entry = live.chain.world.codec.entry("SubtensorModule", item)
        live.chain.seal(
            lambda frame: (
                frame.remove_raw(entry.key((1,)))
                if value is None
                else frame.put_raw(entry.key((1,)), entry.encode(value))
            )
        )
        before = live.storage("SubnetAlphaOut", 1)
        live.mine()
        return int(live.storage("SubnetAlphaOut", 1)) - int(before)

    first = live.storage("FirstEmissionBlockNumber", 1)
    assert without("SubtokenEnabled", False) == 0
    assert without("SubtokenEnabled", True) > 0
    assert without("FirstEmissionBlockNumber", None) == 0
    assert without("FirstEmissionBlockNumber", first) > 0


async def test_closed_subnet_and_disabled_one_pass_their_tao_on(live: Live) -> None:
    made = live.funded("//Founder", tao=3_000)
    await live.done(ST.register_network(hotkey=made.hotkey_address), made)
    await live.done(ST.start_call(netuid=2), made)
    await live.sudo(ADMIN.sudo_set_subnet_emission_enabled(netuid=2, enabled=False))
    live.mine()
    assert live.storage("SubnetExcessTao", 2) + live.storage("SubnetTaoInEmission", 2) == 0
    assert live.storage("SubnetAlphaOutEmission", 2) == TAO
    assert live.storage("SubnetExcessTao", 1) == TAO
    await live.sudo(ADMIN.sudo_set_network_registration_allowed(netuid=1, registration_allowed=False))
    out = live.storage("SubnetAlphaOut", 1)
    live.mine(3)
    assert live.storage("SubnetAlphaOut", 1) == out
    check(live.view)


async def test_root_validator_is_owed_dividends_while_prices_sum_above_one(live: Live) -> None:
    founder = live.funded("//Founder", tao=3_000)
    await live.done(ST.register_network(hotkey=founder.hotkey_address), founder)
    await live.done(ST.start_call(netuid=2), founder)
    validator, _ = await working_subnet(live)
    hotkey = validator.hotkey_address
    await live.done(ST.root_register(hotkey=hotkey), live.funded("//Validator", tao=200_000))
    await live.done(ST.add_stake(hotkey=hotkey, netuid=0, amount_staked=100_000 * TAO), validator)
    await live.done(ST.set_weights(netuid=1, dests=[1], weights=[1], version_key=0), validator, hotkey=True)
    live.mine(2 * TEMPO)
    owed = live.storage("RootAlphaDividendsPerSubnet", 1, hotkey)
    assert 0 < owed <= live.storage("PendingBasketDeposits", hotkey, 1)
    check(live.view)


class TestStakeOfMinersWithTheOwner:
    """The option for rehearsals: emission is stake, and stake would make validators of miners."""

    @pytest.fixture
    def chain_options(self) -> ChainOptions:
        return ChainOptions(seal="instant", miner_stake="owner")

    @pytest.mark.slow
    async def test_what_a_miner_earns_is_its_coldkey_s_behind_the_owner_s_hotkey(self, live: Live) -> None:
        validator, miner = await working_subnet(live)
        live.mine(TEMPO - live.chain.head.number % TEMPO)
        (told,) = [told for name, told in live.events() if name == "SubtensorModule.AutoStakeAdded"]
        owner_hotkey = live.storage("SubnetOwnerHotkey", 1)
        assert (told["destination"], told["owner"]) == (owner_hotkey, miner.address)
        api = bt.runtime_api.StakeInfoRuntimeApi.get_stake_info_for_coldkey
        behind = {each["hotkey"]: each["stake"] for each in await live.client.runtime(api, [miner.address])}
        assert behind.keys() == {owner_hotkey}
        assert 1 <= behind[owner_hotkey] / told["incentive"] < 2.01
        live.mine(50 * TEMPO)
        assert alpha(live, miner.hotkey_address) == 0
        assert live.storage("ValidatorPermit", 1) == [True, False]
        assert alpha(live, validator.hotkey_address) > 0
        check(live.view)

    async def test_a_coldkey_that_says_where_is_heard(self, live: Live) -> None:
        validator, miner = await working_subnet(live)
        await live.done(ST.set_coldkey_auto_stake_hotkey(netuid=1, hotkey=validator.hotkey_address), miner)
        live.mine(TEMPO - live.chain.head.number % TEMPO)
        (told,) = [told for name, told in live.events() if name == "SubtensorModule.AutoStakeAdded"]
        assert told["destination"] == validator.hotkey_address
