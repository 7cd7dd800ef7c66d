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
    known = _snapshots(chain)
    name = chain.snapshot()
    yield chain
    _revive(chain)
    _put_back(chain, before)
    if name in _snapshots(chain):
        chain.revert(name)
    for each in _snapshots(chain) - known:
        chain.remove_snapshot(each)
    chain.forget_unsupported()


def _revive(chain: DevChain) -> None:
    """A test may kill the chain, and go on from its blocks; or stop it, and the next one finds it as it began."""
    from netctl.devchain import DevChainError

    if not chain.url:
        chain.start()
    try:
        chain.status()
    except DevChainError:
        chain.restart()


def _put_back(chain: DevChain, before: dict[str, Any]) -> None:
    chain.clear_fault()
    now = chain.status()
    if now["paused"] != before["paused"]:
        (chain.pause if before["paused"] else chain.resume)()
    if now["speed"] != before["speed"]:
        chain.set_speed(before["speed"])
    if now["finality_lag"] != before["finality_lag"]:
        chain.rpc("dev_setFinalityLag", before["finality_lag"])


def _snapshots(chain: DevChain) -> set[str]:
    return {each["name"] for each in chain.rpc("dev_snapshots")}
