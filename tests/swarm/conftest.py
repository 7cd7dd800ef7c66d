"""Real clusters for the tests of this directory; where none can be made, what needs one is skipped, and says why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.stage import Stage, host_on
from tests.swarm.cluster import Cluster, why_not


@pytest.fixture(scope="module")
def cluster(loopback_only: None) -> Iterator[Cluster]:
    """Three managers in one swarm for the module; a test that breaks one of them heals it."""
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    with Cluster() as made:
        yield made


@pytest.fixture
def stage(cluster: Cluster, tmp_path: Path) -> Iterator[Stage]:
    """A fleet of the test's own on the module's cluster; what it started is ended."""
    cluster.settle()  # a test before may have broken it
    found = Stage(host_on(cluster, tmp_path / "state"), cluster)
    yield found
    found.close()
