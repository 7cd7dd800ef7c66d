"""Which moves `netctl fleet move` refuses before it asks or ends anything."""

from __future__ import annotations

import pytest

from netctl.cli.moving import _insist_on_sense
from netctl.errors import UsageError
from tests.placing.conftest import HEAD, MINERS, VALIDATORS, FleetOf

pytestmark = pytest.mark.fast

FREE = 'miners:\n  - {name: "miner_{i}", count: 2, failover: auto}\n'
FOR_MINERS = HEAD.replace("address: 10.77.0.13", "address: 10.77.0.13, roles: [miner]")
FIXED = "miners:\n" + "".join(f"  - {{name: miner_{n}, node: nd{n}, port: 8500}}\n" for n in (1, 2))
SSD = HEAD.replace("address: 10.77.0.11", "address: 10.77.0.11, labels: {disk: ssd}")
SEEKING = "miners:\n  - {name: miner_1, node: {disk: ssd}}\n"
HERE = HEAD.partition("host: swarm")[0]


@pytest.mark.parametrize(
    ("head", "members", "neuron", "node", "why"),
    [
        (HEAD, MINERS, "miner_1", "nd9", "--node nd9: the fleet has no such node"),
        (HEAD, FREE, "miner_1", "nd2", "miner_1 has `failover: auto`: the engine chooses its node"),
        (FOR_MINERS, MINERS + VALIDATORS, "validator_1", "nd3", "nd3 is not for a validator"),
        (HERE, MINERS, "miner_1", "nd2", "runs on this machine alone"),
        (HEAD, FIXED, "miner_1", "nd2", "port 8500 of nd2 is miner_2's"),
        (SSD, SEEKING, "miner_1", "nd2", "nd2 has not disk=ssd, which miner_1 asks for"),
    ],
)
def test_a_move_that_cannot_be_is_refused(
    fleet_of: FleetOf, head: str, members: str, neuron: str, node: str, why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        _insist_on_sense(fleet_of(members, head=head), neuron, node)


def test_one_that_can_be_is_not(fleet_of: FleetOf) -> None:
    fleet = fleet_of(MINERS + VALIDATORS, head=FOR_MINERS)
    _insist_on_sense(fleet, "miner_1", "nd3")
    _insist_on_sense(fleet, "validator_1", "nd2")
