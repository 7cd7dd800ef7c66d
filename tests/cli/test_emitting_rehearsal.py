"""A rehearsal whose subnet has emitted for thousands of blocks: what the commands make of it.

The tests share one fleet; the last one has its strongest miner lose its slot.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chains import ALICE, RunningChain
from tests.cli.program import Ended, run
from tests.ports import free_ports

pytestmark = pytest.mark.slow

BLOCKS = 4000
RESI_LIMIT = 300
DEADLINE_S = 60
PROFILE = """\
name: trial
network: test
netuid: 428
neurons: {{pack: resi, path: /nowhere}}
defaults: {{first_port: {port}}}
miners:
  - {{name: "miner_{{i}}", wallet: "w_{{i}}", hotkey: h, count: 2}}
validators:
  - {{name: "validator_{{i}}", wallet: "v_{{i}}", hotkey: h, count: 2, stake: 310}}
rehearsal: {{time_scale: 240}}
"""


class Place:
    """A directory with that fleet, up in a rehearsal."""

    def __init__(self, here: Path) -> None:
        self.here = here
        (here / "home").mkdir()
        (here / "trial.yaml").write_text(PROFILE.format(port=free_ports(4)[0]))

    def netctl(self, *argv: str) -> Ended:
        """The command as typed there."""
        return run(*argv, cwd=self.here, timeout_s=180, HOME=str(self.here / "home"))

    def up(self) -> Ended:
        """`fleet up`, once more."""
        return self.netctl("fleet", "up", "trial.yaml", "--rehearse", "--yes", "--json")

    def rows(self) -> dict[str | None, dict[str, Any]]:
        """The metagraph by the fleet's names."""
        return {row["name"]: row for row in self.netctl("metagraph", "--live", "--json").document["neurons"]}

    def wait_until_miners_earn(self) -> None:
        """Until weights on the chain give a miner its part."""
        deadline = time.monotonic() + DEADLINE_S
        while not any(row["incentive"] for name, row in self.rows().items() if name and name.startswith("miner")):
            assert time.monotonic() < deadline, "no miner has earned anything"

    def node(self) -> RunningChain:
        """The rehearsal's chain."""
        told = self.netctl("chain", "status", "--json").document
        return RunningChain(f"{told['endpoint']}/dev", told["genesis"], process=None)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("emitting"))
    up = made.up()
    try:
        assert up.code == 0, up.err
        made.wait_until_miners_earn()
        assert made.netctl("chain", "mine", str(BLOCKS)).code == 0
        yield made
    finally:
        made.netctl("fleet", "down", "trial.yaml", "--rehearse", "--purge", "--yes")


def test_emission_makes_no_miner_a_validator(place: Place) -> None:
    """What they earned is staked with the owner: to RESI's code a permit and 300 of stake are a validator."""
    rows = place.rows()
    owner = float(rows[None]["stake_tao"])
    assert owner > RESI_LIMIT, "what was earned would have been enough"
    assert [rows[f"miner_{number}"]["validator_permit"] for number in (1, 2)] == [False, False]
    assert [rows[f"validator_{number}"]["validator_permit"] for number in (1, 2)] == [True, True]


def test_a_second_up_after_that_spends_nothing(place: Place) -> None:
    plan = place.netctl("fleet", "plan", "trial.yaml", "--rehearse", "--json").document
    assert (plan["steps"], plan["blocked"], plan["cost_tao"]) == ([], [], "0.000000000")
    before = place.netctl("journal", "--json").out
    again = place.up()
    assert again.code == 0, again.err
    assert (again.document["steps"], again.document["spent_tao"]) == ([], "0.000000000")
    assert place.netctl("journal", "--json").out == before


def test_a_miner_that_lost_its_slot_is_shown_as_not_registered(place: Place) -> None:
    """The last one: strangers register on a full subnet without immunity until a miner is pruned."""
    node = place.node()
    assert place.netctl("status", "--json").code == 0
    for name, value in (("immunity_period", 0), ("min_non_immune_uids", 0), ("max_allowed_uids", len(place.rows()))):
        node.rpc("dev_setHyperparameter", 428, name, value)
    fleet = place.rows().keys()
    for stranger in strangers():
        hotkey = {"netuid": 428, "hotkey": stranger}
        node.rpc("dev_dispatch", ALICE, "SubtensorModule", "burned_register", hotkey)
        if not fleet <= place.rows().keys():
            break
    else:
        pytest.fail("nobody lost a slot")
    deadline = time.monotonic() + DEADLINE_S  # status reads samples that may be seconds old
    while True:
        status = place.netctl("status", "--json")
        gone = [each for each in status.document["neurons"] if not each["registered"]]
        if gone:
            break
        assert time.monotonic() < deadline, "status never shows it"
    assert (status.code, status.document["ok"]) == (1, False)
    lost = gone[0]
    assert (lost["registered"], lost["uid"]) == (False, None)
    assert "registered" in lost["problem"]
    table = place.netctl("status")
    assert table.code == 1
    assert "registered" in next(line for line in table.out.splitlines() if lost["name"] in line)
    plan = place.netctl("fleet", "plan", "trial.yaml", "--rehearse", "--json").document
    assert ("registration", lost["name"]) not in [(step["phase"], step["neuron"]) for step in plan["steps"]]
    assert [item["hint"] for item in plan["blocked"] if item["neuron"] == lost["name"]] == [
        f"netctl register --reregister {lost['name']}"
    ]
    asked = place.netctl("fleet", "plan", "trial.yaml", "--rehearse", "--reregister", "--json").document
    assert ("registration", lost["name"]) in [(step["phase"], step["neuron"]) for step in asked["steps"]]


def strangers() -> Iterator[str]:
    """Hotkeys that the fleet knows nothing of."""
    from bittensor_core import Keypair

    for number in range(8):
        yield str(Keypair.create_from_uri(f"//Stranger//{number}").ss58_address)
