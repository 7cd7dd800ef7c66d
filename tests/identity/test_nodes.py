"""The identity guard over many machines: who runs twice, and who shares a hotkey or a port of a node."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netctl.fleet import Fleet
from netctl.identity.nodes import problems
from netctl.placement import Placing
from netctl.ports import Placed
from tests.cli.fleet_values import FLEET

pytestmark = pytest.mark.fast

(MINER,) = (n for n in FLEET.neurons if n.name == "miner_3")
ON_ND1 = replace(MINER, placing=Placing("nd1"), axon_port=8093)
OWN = Placed("day2", "miner_3", is_ours=True, nodes=("nd1",), hotkey="5Hot", ports=(8093,))
OTHER = Placed("other", "miner_9", is_ours=False, nodes=("nd2",), hotkey="5Else", ports=(8093,))


def _fleet(**changes: object) -> Fleet:
    return replace(FLEET, neurons=(replace(ON_ND1, **changes),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("placed", "problem"),
    [
        ((OWN, OTHER), None),
        (
            (replace(OWN, nodes=("nd1", "nd2")), replace(OTHER, ports=())),
            "runs twice, on nd1 and nd2: one hotkey signs from both",
        ),
        ((OWN, replace(OTHER, hotkey="5Hot")), "hotkey 5Hot is in use by miner_9 of fleet other on nd2"),
        ((OWN, replace(OTHER, hotkey="5Hot", nodes=())), None),
        ((OWN, replace(OTHER, nodes=("nd1",))), "port 8093 is taken on nd1 by miner_9 of fleet other on nd1"),
        ((OWN, replace(OTHER, nodes=("nd1",), ports=(8094,))), None),
        ((), None),
    ],
)
def test_what_is_wrong_across_the_nodes(placed: tuple[Placed, ...], problem: str | None) -> None:
    found = problems(_fleet(), placed, {"miner_3": "5Hot"})
    assert found == ({} if problem is None else {"miner_3": problem})


def test_a_neuron_of_this_machine_is_no_business_of_the_nodes() -> None:
    assert problems(_fleet(placing=None), (replace(OWN, nodes=("nd1", "nd2")),), {"miner_3": "5Hot"}) == {}
