"""What a session that is started again is labelled with: what it runs with now, for the next plan to compare."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

from tests.checkouts import git
from tests.sessions.conftest import wait_until
from tests.supervisor.conftest import Ward


def test_a_session_started_again_keeps_its_parts_and_its_run_and_tells_the_code_that_it_loads(
    ward: Ward, tmp_path: Path
) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    git(checkout, "init", "-q")
    (checkout / "miner.py").write_text("1\n")
    git(checkout, "add", ".")
    git(checkout, "commit", "-qm", "one")
    ward.fleet = replace(ward.fleet, code=replace(ward.fleet.code, path=checkout))
    spec = replace(ward.stage.spec("miner_1", "/bin/sleep", "600"), parts="what-it-was-started-with")
    ward.render(spec)
    ward.stage.host.launch([replace(spec, labels=(("run", "20261128-120000"),))])
    os.kill(ward.stage.pid("miner_1"), signal.SIGKILL)
    ward.stage.ended("miner_1")
    (checkout / "miner.py").write_text("2\n")
    git(checkout, "commit", "-qam", "two")
    ward.clock.ahead = 5
    ward.tick()
    wait_until(lambda: ward.stage.host.sessions()["miner_1"].pid is not None, "miner_1 runs again")
    assert ward.stage.host.started_with(["miner_1"]) == {"miner_1": spec.parts}
    assert ward.stage.host.sessions()["miner_1"].labels["run"] == "20261128-120000"
    assert ward.stage.host.sessions()["miner_1"].labels["code"] == git(checkout, "rev-parse", "HEAD")
