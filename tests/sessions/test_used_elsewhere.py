"""A hotkey that another fleet of this directory has on a swarm is not started on this machine as well."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from netctl import spread
from netctl.cli.world import world_of
from netctl.phases.sessions import diff, observe
from tests.files.conftest import a_fleet, a_neuron


async def test_a_hotkey_that_runs_on_a_swarm_blocks_its_neuron_here(tmp_path: Path) -> None:
    fleet = a_fleet(tmp_path, a_neuron("miner_1"), a_neuron("miner_2", hotkey="h2", axon_port=8095))
    fleet.state.mkdir(parents=True, exist_ok=True)
    other = fleet.state.with_name("spread")
    other.mkdir()
    spread.write(other, spread.Note("abc", "ssh://ops@nd1", {"far_1": "5One"}))
    spread.write(fleet.state, spread.Note("abc", "ssh://ops@nd1", {"miner_2": "5Two"}))
    hotkeys = {"miner_1": "5One", "miner_2": "5Two"}
    async with world_of(fleet) as world:
        found = diff(fleet, replace(await observe(fleet, world), hotkeys=hotkeys))
    assert [(one.neuron, one.why) for one in found.blocked] == [
        ("miner_1", "hotkey 5One is in use by far_1 of fleet spread on the swarm of ssh://ops@nd1")
    ]
    assert [step.summary() for step in found.steps] == ["launch miner_2"]
