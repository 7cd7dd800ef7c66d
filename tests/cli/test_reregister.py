"""A neuron that lost its uid, as the operator sees it: in status and plan, left alone, and paid for on demand."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from netctl.adapters.chain import SdkChain
from netctl.adapters.keystore import SdkKeystore
from netctl.ports import Call
from tests.chains import RunningChain, start_chain
from tests.cli.foreign import Place, a_place, by_alice


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningChain]:
    running = start_chain(tmp_path_factory.mktemp("pruned") / "chain")
    yield running
    running.stop()


@pytest.fixture
async def place(chain: RunningChain, tmp_path: Path) -> Place:
    """A fleet that is registered, and whose miner_1 was pruned for somebody else."""
    place = await a_place(chain, tmp_path)
    place.give("bank", 400)
    assert place.fund("--from", "bank", "--yes").code == 0
    registered = place.netctl("register", "--stagger=all", "--yes")
    assert registered.code == 0, registered.err
    node = SdkChain(chain.url)
    stranger = SdkKeystore(tmp_path / "none").dev_signer(f"//{secrets.token_hex(8)}").ss58
    settings = {"min_non_immune_uids": {"min": 0}, "min_allowed_uids": {"min_allowed_uids": 1}}
    settings |= {"max_allowed_uids": {"max_allowed_uids": 4}, "immunity_period": {"immunity_period": 0}}
    for name, values in settings.items():
        inner = Call("AdminUtils", f"sudo_set_{name}", {"netuid": place.netuid, **values})
        await by_alice(node, Call("Sudo", "sudo", {"call": inner}))
    await by_alice(node, Call("SubtensorModule", "burned_register", {"netuid": place.netuid, "hotkey": stranger}))
    await node.close()
    return place


def payments(place: Place) -> int:
    return sum(event["kind"] == "intent" for event in place.events())


@pytest.mark.slow
def test_it_is_told_everywhere_and_paid_for_when_asked(place: Place) -> None:
    paid = payments(place)
    lost = {neuron["name"]: neuron for neuron in place.netctl("status", "--json").document["neurons"]}
    assert {name: neuron["deregistered"] for name, neuron in lost.items()} == {
        "miner_1": True,
        "miner_2": False,
        "validator_1": False,
    }
    plan = place.netctl("fleet", "plan")
    reason = "blocked: miner_1: deregistered: it was registered in block "
    assert any(line.startswith(reason) for line in plan.out.splitlines())
    assert "(netctl register --reregister miner_1)" in plan.out
    refused = place.netctl("register", "--yes")
    assert refused.code == 1
    assert "miner_1: deregistered: it was registered in block" in refused.err + refused.out
    assert "hint: netctl register --reregister miner_1" in refused.err
    assert "not counted: miner_1: deregistered" in place.fund().err
    assert payments(place) == paid
    assert "register w1/default" in place.netctl("fleet", "plan", "--reregister").out
    place.give("w1", 2)
    done = place.netctl("register", "--reregister", "miner_1", "--yes")
    assert done.code == 0, done.err
    assert payments(place) == paid + 1
    (miner, *_) = place.netctl("status", "--json").document["neurons"]
    assert (miner["name"], miner["registered"], miner["deregistered"]) == ("miner_1", True, False)
