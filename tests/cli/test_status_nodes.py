"""The status of neurons on other machines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netctl.cli.status_report import show_status
from netctl.placement import Placing
from netctl.status import StatusReport, report_of
from tests.cli.fleet_values import FLEET
from tests.cli.test_status_report import GOOD, SESSION

pytestmark = pytest.mark.fast

PLACED = replace(FLEET, neurons=tuple(replace(n, placing=Placing("nd2")) for n in FLEET.neurons))


def _report(**changes: object) -> StatusReport:
    session = replace(SESSION, node="nd2", **changes)  # type: ignore[arg-type]
    return report_of(PLACED, replace(GOOD, sessions={**(GOOD.sessions or {}), "miner_3": session}))


def test_a_neuron_says_which_machine_it_runs_on(capsys: pytest.CaptureFixture[str]) -> None:
    report = _report()
    assert report.ok
    assert report.neurons[0].node == "nd2"
    show_status(report)
    assert "node" in capsys.readouterr().out.splitlines()[1]


def test_nobody_knows_whether_it_runs_when_its_node_is_gone() -> None:
    (neuron,) = _report(pid=None, unknown="node nd2 is down; it may still run there").neurons
    assert neuron.state == "unknown"
    remedy = "netctl fleet move miner_3 --node OTHER, once that machine is surely off"
    assert neuron.problem == f"node nd2 is down; it may still run there; {remedy}"


def test_what_the_engine_waits_for_is_told() -> None:
    (neuron,) = _report(pid=None, waits="no suitable node (insufficient resources on 2 nodes)").neurons
    assert (neuron.state, neuron.problem) == ("starting", "no suitable node (insufficient resources on 2 nodes)")


def test_one_that_its_node_could_not_start_says_why() -> None:
    (neuron,) = _report(pid=None, exit_code=125, waits="No such image: sha256:ab").neurons
    assert (neuron.problem or "").startswith("its node could not start it: No such image: sha256:ab; ")


def test_one_that_is_wanted_on_a_node_and_does_not_run_yet_shows_that_node() -> None:
    (neuron,) = report_of(PLACED, replace(GOOD, sessions={})).neurons
    assert (neuron.state, neuron.node) == ("missing", "nd2")


def test_one_that_runs_twice_says_so() -> None:
    seen = replace(GOOD, nodes={"miner_3": "runs twice, on nd1 and nd2: one hotkey signs from both"})
    (neuron,) = report_of(PLACED, seen).neurons
    assert neuron.problem == "runs twice, on nd1 and nd2: one hotkey signs from both"
