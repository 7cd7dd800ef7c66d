"""Neurons on the real bittensor 9.9.0, brought up by netctl with the pack `resi`, do what neurons are for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from tests.cli.schemas import STATUS
from tests.resi.fleet import Real, copied_checkout, copied_pack, profile_of, sdk_python, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
EVALUATED = re.compile(r"Evaluated Miner (\d+)\. Score=([-+.\de]+)\. Credibility=([-+.\de]+)\.")


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Real]:
    """Two miners and a validator of the checkout, up in a rehearsal; taken down afterwards."""
    checkout = copied_checkout(tmp_path / "resi-subnet")
    fleet = Real.of(tmp_path, profile_of(checkout, sdk_python(), copied_pack(tmp_path)))
    up = fleet.netctl("fleet", "up", "--yes")
    try:
        assert up.code == 0, (up.err, [fleet.log(name)[-2000:] for name in ("miner_1", "miner_2", "validator_1")])
        yield fleet
    finally:
        fleet.netctl("fleet", "down")


def test_two_miners_and_a_validator_serve_evaluate_and_set_weights(real: Real) -> None:
    status = real.netctl("status", "--json")
    jsonschema.validate(status.document, STATUS)
    assert (status.code, status.document["ok"]) == (0, True), status.out
    neurons = {neuron["name"]: neuron for neuron in status.document["neurons"]}
    miners = {str(neurons[name]["uid"]) for name in ("miner_1", "miner_2")}

    def paid() -> bool:
        lines = EVALUATED.findall(real.log("validator_1"))
        return miners <= {uid for uid, score, _ in lines if float(score) > 0}

    until(paid, deadline_s=60, of=lambda: real.log("validator_1")[-4000:])

    def rewarded() -> bool:
        rows = {row["name"]: row for row in real.netctl("metagraph", "--json").document["neurons"]}
        return rows["miner_1"]["incentive"] > 0 and rows["miner_2"]["incentive"] > 0

    until(rewarded, deadline_s=60, of=lambda: real.log("validator_1")[-4000:])
    assert "Successfully set weights" in real.log("validator_1")
    for name in ("miner_1", "miner_2"):
        assert "Got to a GetMinerIndex request from" in real.log(name)
    assert "Scraping 77084" not in real.log("miner_1")
    assert real.netctl("status", "--json").code == 0
    pids = [neuron["pid"] for neuron in neurons.values()]
    assert real.netctl("fleet", "down").code == 0
    assert [pid for pid in pids if _is_there(pid)] == []


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
