"""A hundred neurons on three machines: they run, and a look at them is one question. benchmarks/swarm.py times it."""

from __future__ import annotations

import pytest

from netctl.adapters.swarm.engine import Engine
from tests.hosts.stage import PYTHON, Stage
from tests.swarm.cluster import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.timeout(300)]

MANY = 100


def test_a_hundred_neurons_run_and_are_seen_at_a_glance(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    program = "import time;time.sleep(600)"
    specs = [stage.spec(f"miner_{n}", PYTHON, "-c", program, node=f"nd{1 + n % 3}") for n in range(MANY)]
    stage.host.launch(specs)

    def running() -> int:
        return sum(facts.pid is not None for facts in stage.host.sessions().values())

    wait_until(lambda: running() == MANY, "all run", 120)

    asked = []
    look = Engine.look
    monkeypatch.setattr(Engine, "look", lambda self, ask: asked.append(ask) or look(self, ask))
    assert len(stage.host.sessions()) == MANY
    assert len(asked) == 1
