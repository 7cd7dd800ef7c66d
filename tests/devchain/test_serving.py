"""Axons."""

from __future__ import annotations

from typing import Any

import bittensor as bt
import pytest

from netctl.devchain.options import ChainOptions
from tests.devchain.live_chain import ADMIN, ST, Live


def axon(**changes: Any) -> Any:
    fields = {
        "netuid": 1,
        "version": 1,
        "ip": 0x0A010203,
        "port": 8091,
        "ip_type": 4,
        "protocol": 4,
        "placeholder1": 0,
        "placeholder2": 0,
    }
    return ST.serve_axon(**(fields | changes))


async def test_axon_is_published_for_a_fee_of_the_coldkey(live: Live) -> None:
    miner = live.funded("//Miner")
    await live.register(miner)
    before = live.free(miner.address)
    result = await live.client.execute(bt.ServeAxon(netuid=1, ip="10.1.2.3", port=8091), miner)
    assert result.success, result.message
    assert live.event_names() == ["SubtensorModule.AxonServed"]
    assert before - live.free(miner.address) == result.fee.rao > 0
    assert live.free(miner.hotkey_address) == 0
    (neuron,) = (await live.client.subnets.metagraph(1)).neurons
    assert neuron.axon == "10.1.2.3:8091"


async def test_loopback_axon_is_allowed_here(live: Live) -> None:
    miner = live.funded("//Miner")
    await live.register(miner)
    await live.done(axon(ip=0x7F000001), miner, hotkey=True)
    assert live.storage("Axons", 1, miner.hotkey_address)["ip"] == 0x7F000001


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"ip_type": 5}, "InvalidIpType"),
        ({"ip": 0xFFFFFFFF}, "InvalidIpAddress"),
        ({"port": 0}, "InvalidPort"),
        ({"netuid": 7}, "SubnetNotExists"),
        ({"netuid": 0, "ip_type": 5}, "HotKeyNotRegisteredInNetwork"),
    ],
)
async def test_bad_axon_is_refused(live: Live, changes: dict[str, int], error: str) -> None:
    miner = live.funded("//Miner")
    await live.register(miner)
    assert await live.refused(axon(**changes), miner, hotkey=True) == error
    assert live.storage("Axons", 1, miner.hotkey_address) is None


async def test_serving_is_rate_limited_when_the_subnet_says_so(live: Live) -> None:
    miner = live.funded("//Miner")
    await live.register(miner)
    await live.sudo(ADMIN.sudo_set_serving_rate_limit(netuid=1, serving_rate_limit=10))
    await live.done(axon(), miner, hotkey=True)
    assert await live.refused(axon(port=9), miner, hotkey=True) == "ServingRateLimitExceeded"
    live.mine(10)
    await live.done(axon(port=9), miner, hotkey=True)
    assert live.storage("Axons", 1, miner.hotkey_address)["port"] == 9


async def test_axon_is_taken_back(live: Live) -> None:
    miner = live.funded("//Miner")
    await live.register(miner)
    await live.done(axon(), miner, hotkey=True)
    result = await live.client.execute(bt.ResetAxon(netuid=1), miner)
    assert result.success, result.message
    assert live.storage("Axons", 1, miner.hotkey_address)["ip"] == 0


async def test_tls_axon_keeps_its_certificate(live: Live) -> None:
    miner = live.funded("//Miner")
    await live.register(miner)
    intent = bt.ServeAxonTls(netuid=1, ip="10.1.2.3", port=8091, certificate="01" + "ab" * 32)
    result = await live.client.execute(intent, miner)
    assert result.success, result.message
    assert live.storage("NeuronCertificates", 1, miner.hotkey_address) is not None


async def test_prometheus_is_published(live: Live) -> None:
    miner = live.funded("//Miner")
    await live.register(miner)
    result = await live.client.execute(bt.ServePrometheus(netuid=1, ip="10.1.2.3", port=7091), miner)
    assert result.success, result.message
    assert live.storage("Prometheus", 1, miner.hotkey_address)["port"] == 7091


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"netuid": 7}, "SubnetNotExists"),
        ({"netuid": 0, "ip_type": 5}, "InvalidIpType"),
        ({"ip": 0}, "InvalidIpAddress"),
        ({"netuid": 0}, "HotKeyNotRegisteredInNetwork"),
    ],
)
async def test_bad_prometheus_endpoint_is_refused(live: Live, changes: dict[str, int], error: str) -> None:
    miner = live.funded("//Miner")
    await live.register(miner)
    fields = {"netuid": 1, "version": 1, "ip": 0x0A010203, "port": 7091, "ip_type": 4}
    assert await live.refused(ST.serve_prometheus(**(fields | changes)), miner, hotkey=True) == error


class TestAsOnTheChain:
    """The option that forbids loopback."""

    @pytest.fixture
    def chain_options(self) -> ChainOptions:
        return ChainOptions(seal="instant", allow_loopback_axons=False)

    async def test_loopback_axon_is_refused(self, live: Live) -> None:
        miner = live.funded("//Miner")
        await live.register(miner)
        assert await live.refused(axon(ip=0x7F000001), miner, hotkey=True) == "InvalidIpAddress"
