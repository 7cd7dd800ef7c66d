"""RESI's own programs, on the real bittensor 9.9.0, behind the proxy: axon and chain, disturbed and let go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netctl.chaos import wire
from tests.chaos.proxies import says
from tests.ports import free_ports
from tests.resi.fleet import Real, copied_checkout, copied_pack, profile_of, sdk_python, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Real]:
    """Two miners and a validator of the checkout behind the proxy, up in a rehearsal; taken down afterwards."""
    checkout = copied_checkout(tmp_path / "resi-subnet")
    chaos = {"first_port": free_ports(6)[0]}
    fleet = Real.of(tmp_path, profile_of(checkout, sdk_python(), copied_pack(tmp_path), chaos=chaos))
    up = fleet.netctl("fleet", "up", "--yes")
    try:
        assert up.code == 0, (up.err, [fleet.log(name)[-2000:] for name in ("miner_1", "miner_2", "validator_1")])
        yield fleet
    finally:
        fleet.netctl("fleet", "down")


def test_miners_are_found_by_the_proxys_port_and_lost_while_it_is_dropped(real: Real) -> None:
    routes = {r.neuron: r for r in wire.routes_of((real.state / "files" / "proxy" / "routes.json").read_bytes())}
    for name, route in routes.items():
        assert real.neuron(name)["axon"] == f"127.0.0.1:{route.axon_port}"
        assert real.port(name) == route.bind_port != route.axon_port
    until(
        lambda: "Evaluated Miner" in real.log("validator_1"), deadline_s=60, of=lambda: real.log("validator_1")[-4000:]
    )
    announced = routes["miner_1"].axon_port or 0
    assert says(announced, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 ")
    dropped = real.netctl("chaos", "drop-axon", "miner_1", "--for", "10m", "--detach")
    assert dropped.code == 0, dropped.err
    with pytest.raises(ConnectionResetError):
        says(announced, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    cut = real.netctl("chaos", "cut-rpc", "miner_2", "validator_1", "--for", "10m", "--detach")
    assert cut.code == 0, cut.err
    assert real.netctl("chaos", "undo", "--all").code == 0
    assert says(announced, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 ")
