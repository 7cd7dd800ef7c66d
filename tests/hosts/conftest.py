"""Both kinds of host, for tests that hold them to the same contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netctl.adapters.tmux import TmuxHost
from tests.hosts.stage import Stage, host_on
from tests.swarm.cluster import Cluster, why_not


@pytest.fixture(scope="session")
def one_cluster(loopback_only: None) -> Iterator[Cluster]:
    """Nothing in this directory breaks a machine, so that all share one."""
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    with Cluster() as made:
        yield made


@pytest.fixture(params=["tmux", pytest.param("swarm", marks=pytest.mark.slow)])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    state = tmp_path / "st ate"
    if request.param == "tmux":
        found = Stage(TmuxHost(state, "trial"))
    else:
        cluster = request.getfixturevalue("one_cluster")
        found = Stage(host_on(cluster, state), cluster)
    yield found
    found.close()
