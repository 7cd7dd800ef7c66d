"""A hundred neurons on three machines: how soon they run, and how many questions a look at them takes."""

from __future__ import annotations

import os
import time

import pytest

from netctl.adapters.swarm.engine import Engine
from tests.hosts.stage import PYTHON, Stage
from tests.swarm.cluster import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.timeout(300)]

MANY = 100
WITHIN_S = 20.0


def test_a_hundred_neurons_run_within_twenty_seconds_and_are_seen_at_a_glance(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = "import time;time.sleep(600)"
    specs = [stage.spec(f"miner_{n}", PYTHON, "-c", program, node=f"nd{1 + n % 3}") for n in range(MANY)]
    started = time.monotonic()
    stage.host.launch(specs)

    def running() -> int:
        return sum(facts.pid is not None for facts in stage.host.sessions().values())

    wait_until(lambda: running() == MANY, "all run", 120)
    took = time.monotonic() - started

    asked = []
    look = Engine.look
    monkeypatch.setattr(Engine, "look", lambda self, ask: asked.append(ask) or look(self, ask))
    begun = time.monotonic()
    assert len(stage.host.sessions()) == MANY
    assert time.monotonic() - begun < 1
    assert len(asked) == 1
    assert took < WITHIN_S * max(1.0, _load())


def _load() -> float:
    """How many times over this machine's processors are wanted: by others, too."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)
