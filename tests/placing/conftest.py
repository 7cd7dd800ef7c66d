"""A fleet on three nodes, resolved from a profile that is written in a few words."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netctl.fleet import Fleet
from netctl.ports import SessionFacts
from netctl.profile import load
from netctl.resolve import resolve

HEAD = """\
name: trial
network: test
netuid: 428
neurons: {pack: rehearsal}
host: swarm
hosts:
  manager: unix:///run/docker.sock
  here: 10.77.0.1
  nodes:
    - {name: nd1, address: 10.77.0.11}
    - {name: nd2, address: 10.77.0.12, first_port: 9000}
    - {name: nd3, address: 10.77.0.13}
"""
MINERS = 'miners:\n  - {name: "miner_{i}", count: 4}\n'
VALIDATORS = "validators:\n  - {name: validator_1}\n"

FleetOf = Callable[..., Fleet]


@pytest.fixture
def fleet_of(tmp_path: Path) -> FleetOf:
    """The rehearsal of HEAD with these members (and other sections)."""

    def _fleet_of(text: str = MINERS + VALIDATORS, *, head: str = HEAD, **how: Any) -> Fleet:
        path = tmp_path / "profile.yaml"
        path.write_text(head + text, encoding="utf-8")
        given = {"rehearse": True, **how}
        state = tmp_path / "state"
        return resolve(load(path), profile_path=path, state_home=state, python=Path(sys.executable), **given)

    return _fleet_of


def places(fleet: Fleet) -> dict[str, str]:
    """Each neuron's node and port: ``nd1:8091``."""
    return {n.name: f"{n.placing.node if n.placing else '-'}:{n.axon_port}" for n in fleet.neurons}


def running(name: str, node: str, port: int | None = None) -> SessionFacts:
    """A session that runs there."""
    labels = {} if port is None else {"axon_port": str(port)}
    return SessionFacts(name, "hash", 77, 1.0, None, None, 0, labels, node=node)
