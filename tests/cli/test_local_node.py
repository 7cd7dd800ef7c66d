"""`network: local`: a fleet on a node that somebody else runs, by the word and by its address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netctl import networks
from netctl.fleet import Network
from tests.chains import RunningChain, start_chain
from tests.cli.program import call, run
from tests.ports import free_ports

PROFILE = """\
name: small
network: {network}
netuid: 428
neurons: {{pack: rehearsal}}
subnet: {{tempo: 10, commit_reveal_weights_enabled: false, weights_rate_limit: 0, serving_rate_limit: 0}}
defaults: {{first_port: {port}}}
miners:
  - {{name: miner_1, wallet: w1, hotkey: h1}}
validators:
  - {{name: validator_1, wallet: w2, hotkey: h2, stake: 310}}
"""


@pytest.fixture
def node(tmp_path: Path) -> Iterator[RunningChain]:
    """A node that was started by hand, and that netctl knows nothing of."""
    chain = start_chain(tmp_path / "node", seal="interval")
    yield chain
    chain.stop()


def write(here: Path, network: str) -> None:
    here.mkdir(exist_ok=True)
    (here / "small.yaml").write_text(PROFILE.format(network=network, port=free_ports(2)[0]))


@pytest.mark.slow
def test_a_fleet_comes_up_on_a_node_of_somebody_else_s(node: RunningChain, tmp_path: Path) -> None:
    """The dev account pays, the subnet is made, and taking the fleet down leaves the node alone."""
    here = tmp_path / "here"
    write(here, "test")
    where = ("--network", node.url)
    up = run("fleet", "up", "small.yaml", "--yes", "--json", *where, cwd=here)
    try:
        assert up.code == 0, up.err
        assert f"subnet 428 on local ({node.url})" in up.err
        told = run("status", "-p", "small.yaml", *where, "--json", cwd=here).document
        assert (told["fleet"], told["rehearsal"], told["network"], told["netuid"]) == (
            "small-local",
            False,
            node.url,
            428,
        )
        assert {neuron["state"] for neuron in told["neurons"]} == {"running"}
        assert all(neuron["registered"] for neuron in told["neurons"])
        assert not (here / ".netctl" / "small-local" / "chain").exists(), "it has no chain of its own"
        plan = run("fleet", "plan", "small.yaml", *where, "--json", cwd=here).document
        assert plan["steps"] == []
    finally:
        down = run("fleet", "down", "small.yaml", *where, cwd=here)
    assert down.code == 0, down.err
    assert node.height() > 0
    assert run("chain", "status", cwd=here).code == 6, "the node is not netctl's"


def test_the_profile_s_own_word_means_the_node_on_the_usual_port(
    node: RunningChain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The usual port may be taken here: what `local` stands for is moved to the node's."""
    write(tmp_path / "here", "local")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(networks, "NETWORKS", {**networks.NETWORKS, "local": Network("local", node.url)})
    plan = call(capsys, "fleet", "plan", "small.yaml", "--json")
    assert plan.code == 0, plan.err
    phases = {step["phase"] for step in plan.document["steps"]}
    assert {"wallets", "funding", "subnet", "registration", "sessions"} <= phases
    assert plan.document["blocked"] == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "127.8.8.8"])
@pytest.mark.parametrize("port", [9944, 9945, 40_000])
def test_any_port_of_this_machine_is_local(host: str, port: int) -> None:
    network = networks.network_of(f"ws://{host}:{port}")
    assert (network.kind, network.has_dev_accounts) == ("local", True)
