"""Metagraph, neurons and lists of subnets, as the SDK reads them."""

from __future__ import annotations

from typing import Any

import bittensor as bt

from tests.devchain.live_chain import ST, TAO, Live

API = bt.runtime_api.NeuronInfoRuntimeApi


async def small_subnet(live: Live) -> list[Any]:
    """Two neurons on subnet 1, the first staked and serving, an epoch past."""
    made = [live.funded(f"//Neuron{at}", tao=500) for at in range(2)]
    for each in made:
        await live.register(each)
    await live.done(ST.add_stake(hotkey=made[0].hotkey_address, netuid=1, amount_staked=100 * TAO), made[0])
    await live.client.execute(bt.ServeAxon(netuid=1, ip="10.1.2.3", port=8091), made[0])
    live.mine(100)
    call = ST.set_weights(netuid=1, dests=[1], weights=[1], version_key=0)
    await live.done(call, made[0], hotkey=True)
    live.mine(100)
    return made


async def test_metagraph_tells_everything_of_a_subnet(live: Live) -> None:
    first, second = await small_subnet(live)
    graph = await live.client.subnets.metagraph(1)
    assert (graph.netuid, graph.name, len(graph.neurons)) == (1, "apex", 2)
    assert graph.block == live.chain.head.number
    validator, miner = graph.neurons
    assert (validator.hotkey, validator.coldkey) == (first.hotkey_address, first.address)
    assert miner.hotkey == second.hotkey_address
    assert validator.axon == "10.1.2.3:8091"
    assert validator.validator_permit
    assert not miner.validator_permit
    assert miner.incentive == 1.0
    assert validator.dividends == 1.0
    assert validator.last_update > miner.last_update


async def test_metagraph_of_an_older_block_is_that_blocks(live: Live) -> None:
    await live.register(live.funded("//First"))
    block = live.chain.head.number
    await live.register(live.funded("//Second"))
    assert len((await live.client.subnets.metagraph(1, block=block)).neurons) == 1
    assert len((await live.client.subnets.metagraph(1)).neurons) == 2


async def test_metagraph_of_a_missing_subnet_is_none(live: Live) -> None:
    assert await live.client.subnets.metagraph(77) is None


async def test_neurons_are_told_with_and_without_weights(live: Live) -> None:
    first, _ = await small_subnet(live)
    lite = await live.client.runtime(API.get_neurons_lite, [1])
    whole = await live.client.runtime(API.get_neurons, [1])
    assert [each["uid"] for each in lite] == [each["uid"] for each in whole] == [0, 1]
    assert whole[0]["weights"] == [(1, 65535)]
    assert lite[0]["stake"][0][0] == first.address
    assert lite[0]["stake"][0][1] == live.storage("TotalHotkeyAlpha", first.hotkey_address, 1)
    one = await live.client.runtime(API.get_neuron, [1, 1])
    assert one["incentive"] == 65535
    assert await live.client.runtime(API.get_neuron_lite, [1, 2]) is None


async def test_uids_and_memberships_are_read_from_storage(live: Live) -> None:
    first, _ = await small_subnet(live)
    assert await live.client.neurons.uid(first.hotkey_address, 1) == 0
    assert await live.client.neurons.netuids_for_hotkey(first.hotkey_address) == [1]
    assert await live.client.neurons.hotkey_owner(first.hotkey_address) == first.address
    assert await live.client.neurons.owned_hotkeys(first.address) == [first.hotkey_address]


async def test_selective_metagraph_holds_what_was_asked_for(live: Live) -> None:
    await small_subnet(live)
    api = bt.runtime_api.SubnetInfoRuntimeApi.get_selective_metagraph
    graph = await live.client.runtime(api, [1, [52, 8]])
    assert graph["netuid"] == 1
    assert graph["tempo"] == 100
    told = [name for name, value in graph.items() if value is not None]
    assert len(told) == 3


async def test_subnets_are_listed_with_price_and_size(live: Live) -> None:
    await small_subnet(live)
    listed = {each.netuid: each for each in await live.client.subnets.all()}
    assert set(listed) == {0, 1}
    assert listed[1].tempo == 100
    assert (await live.client.subnets.burn(1)).rao == live.storage("Burn", 1)
    infos = await live.client.runtime(bt.runtime_api.SubnetInfoRuntimeApi.get_all_dynamic_info, [])
    assert [each["netuid"] for each in infos] == [0, 1]
    assert infos[1]["tao_in"] == live.storage("SubnetTAO", 1)
    state = await live.client.runtime(bt.runtime_api.SubnetInfoRuntimeApi.get_subnet_state, [1])
    assert state["incentives"] == [0, 65535]
