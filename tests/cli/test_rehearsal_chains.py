"""Rehearsals on chains of another kind: one that another fleet left, and one with the older rule of registration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from bittensor_core import Keypair

from netctl import networks
from netctl.fleet import Network
from tests.chains import RunningChain, start_chain
from tests.cli.program import Ended, call, run
from tests.ports import free_ports

pytestmark = pytest.mark.slow

STRANGER = str(Keypair.create_from_uri("//Stranger").ss58_address)
GIFT_RAO = 77 * 10**9
PROFILE = """\
name: small
network: {network}
netuid: 428
neurons: {{pack: {pack}}}
defaults: {{first_port: {port}}}
miners:
  - {{name: "miner_{{i}}", wallet: "w_{{i}}", hotkey: h, count: {miners}}}
validators:
  - {{name: validator_1, wallet: v, hotkey: h, stake: 310}}
"""


def write(here: Path, more: str = "", *, miners: int = 1, network: str = "test", pack: str = "rehearsal") -> Path:
    """A profile on ports of its own."""
    here.mkdir()
    (here / "home").mkdir()
    text = PROFILE.format(network=network, pack=pack, port=free_ports(miners + 1)[0], miners=miners)
    (here / "small.yaml").write_text(text + more)
    return here


def netctl(here: Path, *argv: str) -> Ended:
    return run(*argv, cwd=here, timeout_s=180, HOME=str(here / "home"))


@contextmanager
def rehearsing(here: Path) -> Iterator[dict[str, Any]]:
    """The rehearsal from there, up; what `up` told. It is gone afterwards."""
    up = netctl(here, "fleet", "up", "small.yaml", "--rehearse", "--yes", "--json")
    try:
        assert up.code == 0, up.err
        yield up.document
    finally:
        netctl(here, "fleet", "down", "small.yaml", "--rehearse", "--purge", "--yes")


def chain_of(here: Path) -> tuple[dict[str, Any], RunningChain]:
    told = netctl(here, "chain", "status", "--json").document
    return told, RunningChain(told["endpoint"], told["genesis"], process=None)  # type: ignore[arg-type]


def assert_settled(here: Path) -> None:
    """Every neuron runs and is registered, and nothing is left to do or to pay."""
    status = netctl(here, "status", "--json")
    assert status.code == 0, status.out
    assert all(neuron["registered"] for neuron in status.document["neurons"])
    plan = netctl(here, "fleet", "plan", "small.yaml", "--rehearse", "--json").document
    assert (plan["steps"], plan["blocked"]) == ([], [])


def test_a_fleet_starts_from_the_chain_that_another_one_exported(tmp_path: Path) -> None:
    """Its subnet, its neurons and everybody's TAO are there; the new fleet has keys, and so uids, of its own."""
    first, second = write(tmp_path / "first"), write(tmp_path / "second")
    file = str(tmp_path / "day1.snapshot")
    with rehearsing(first):
        _, node = chain_of(first)
        node.faucet(STRANGER, GIFT_RAO)
        assert netctl(first, "chain", "mine", "500").code == 0
        assert netctl(first, "chain", "export", file).code == 0
        old = netctl(first, "metagraph", "--live", "--json").document["neurons"]
    imported = netctl(second, "chain", "import", file, "-p", "small.yaml")
    assert imported.code == 0, imported.err
    at = int(imported.err.split()[2])
    assert at >= 500
    with rehearsing(second) as done:
        assert "make_subnet" not in {step["action"] for step in done["steps"]}
        told, _ = chain_of(second)
        assert told["block"] > at
        assert 428 in told["subnets"]
        rows = netctl(second, "metagraph", "--live", "--json").document["neurons"]
        assert {row["hotkey"] for row in old} < {row["hotkey"] for row in rows}
        assert sorted(row["name"] for row in rows if row["name"]) == ["miner_1", "validator_1"]
        assert_settled(second)


def test_a_rehearsal_with_the_older_rule_registers_no_more_than_a_block_takes(tmp_path: Path) -> None:
    here = write(tmp_path / "here", "rehearsal: {registration: windows}\n", miners=3)
    with rehearsing(here):
        _, node = chain_of(here)
        taken = registered_at(node, range(1, 5))
        assert len(set(taken)) == len(taken), f"a block took more than one: {taken}"
        assert_settled(here)


def registered_at(node: RunningChain, uids: range) -> list[int]:
    """The blocks in which these neurons were registered."""
    from netctl.devchain.options import ChainOptions
    from netctl.devchain.runtime import packed_runtime

    codec = packed_runtime(ChainOptions()).codec
    found = []
    for uid in uids:
        key = codec.storage_key("SubtensorModule", "BlockAtRegistration", 428, uid)
        found.append(int.from_bytes(bytes.fromhex(node.rpc("state_getStorage", "0x" + key.hex())[2:]), "little"))
    return found


def test_a_profile_that_says_local_comes_up_on_the_node_of_the_usual_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the word alone. The usual port may be taken here: what `local` stands for is moved to the node's."""
    subnet = "subnet: {tempo: 10, commit_reveal_weights_enabled: false, weights_rate_limit: 0, serving_rate_limit: 0}\n"
    here = write(tmp_path / "here", subnet, network="local")
    monkeypatch.chdir(here)
    node = start_chain(tmp_path / "node", seal="interval")
    monkeypatch.setattr(networks, "NETWORKS", {**networks.NETWORKS, "local": Network("local", node.url)})
    try:
        up = call(capsys, "fleet", "up", "small.yaml", "--yes", "--json")
        assert up.code == 0, up.err
        assert f"subnet 428 on local ({node.url})" in up.err
        status = call(capsys, "status", "--json")
        assert status.code == 0, status.out
        told = status.document
        assert (told["fleet"], told["network"], told["netuid"]) == ("small-local", node.url, 428)
        assert all(neuron["registered"] for neuron in told["neurons"])
        assert call(capsys, "fleet", "plan", "small.yaml", "--json").document["steps"] == []
    finally:
        assert call(capsys, "fleet", "down").code == 0
        node.stop()
