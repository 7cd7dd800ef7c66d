"""Fixtures for whoever tests against the chain; pytest loads them wherever netctl is installed, at no cost.

`devchain` is a running chain in the state of its start, `devchain_session` the process behind it, `devchain_options`
what it is made with.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from netctl.devchain.library import DevChain


@pytest.fixture(scope="session")
def devchain_options() -> dict[str, Any]:
    """Keyword arguments of `DevChain`; override this fixture to have others."""
    return {}


@pytest.fixture(scope="session")
def devchain_session(devchain_options: dict[str, Any]) -> Iterator[DevChain]:
    """One chain for all tests, as earlier tests left it."""
    from netctl.devchain import DevChain

    with DevChain(**devchain_options) as chain:
        yield chain


@pytest.fixture
def devchain(devchain_session: DevChain) -> Iterator[DevChain]:
    """The session's chain, put back afterwards to the state that the test found."""
    chain, before = devchain_session, devchain_session.status()
    name = chain.snapshot()
    yield chain
    chain.clear_fault()
    after = chain.status()
    if after["paused"] and not before["paused"]:
        chain.resume()
    if after["speed"] != before["speed"]:
        chain.set_speed(before["speed"])
    if after["finality_lag"] != before["finality_lag"]:
        chain.rpc("dev_setFinalityLag", before["finality_lag"])
    chain.revert(name)
    chain.remove_snapshot(name)
