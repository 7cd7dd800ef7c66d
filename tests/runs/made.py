"""Runs, sessions and stores as tests of runs need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from netctl.ports import SessionFacts
from netctl.runs.record import Chain, Code, End, Machine, Member, Pack, Profile, Run, Versions, encoded
from netctl.runs.shelf import path_of

PROFILE = Profile("/p/day2.yaml", "ab" * 32, "name: day2\ndefaults: {env: {KEY: $KEY}}\n")
MINER = Member("miner_1", "miner", "w1", "h1", "5C1", "5H1", 1, "organic")
RIVAL = Member("miner_2", "miner", "w2", "h2", "5C2", "5H2", 2, "premium")
VALIDATOR = Member("validator_1", "validator", "w3", "h3", "5C3", "5H3", 3)
RUN = Run(
    id="20261128-120000",
    fleet="day2-rehearsal",
    rehearsal=True,
    chain=Chain("rehearsal", "ws://127.0.0.1:9944", 428, "0xgenesis", 0.25),
    began=1000.0,
    block=100,
    profile=PROFILE,
    code=Code("/resi", "d2c4d9a12b3c", dirty=False, mark="d2c4d9a12b3c"),
    pack=Pack("resi", "cd" * 32),
    versions=Versions("0.1.0", "3.11.7", "11.3.0", 461),
    host=Machine("Debian 12, Linux 6.1", "x86_64", 2, 8 * 2**30),
    neurons=(MINER, RIVAL, VALIDATOR),
    seeds={"miner_1": {"WORLD_SEED": 7}},
)


def run(name: str = RUN.id, **changes: Any) -> Run:
    """A run of that id."""
    return replace(RUN, id=name, **changes)


def put(state: Path, *runs: Run) -> None:
    """Lay the runs where a fleet keeps them."""
    for each in runs:
        path = path_of(state, each.id)
        path.parent.mkdir(parents=True)
        path.write_bytes(encoded(each))


def session(name: str, labels: Mapping[str, str], *, dead: bool = False) -> SessionFacts:
    """A neuron's session with these labels."""
    return SessionFacts(name, "hash", None if dead else 7, 1.0, 1 if dead else None, None, 0, labels)


def ended_at(at: float, block: int | None = None) -> End:
    """An end on purpose."""
    return End(at, block, "netctl fleet down")
