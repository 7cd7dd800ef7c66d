"""Real clusters for the tests of this directory; where none can be made, what needs one is skipped, and says why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.swarm.cluster import Cluster, why_not


@pytest.fixture(scope="module")
def cluster(loopback_only: None) -> Iterator[Cluster]:
    """Three managers in one swarm for the module; a test that breaks one of them heals it."""
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    with Cluster() as made:
        yield made
