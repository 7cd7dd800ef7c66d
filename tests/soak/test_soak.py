"""A storm over a whole fleet. This file's only slow test, so that every slice of the slow campaigns has it."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.soak import census
from tests.soak.deaths import unexplained
from tests.soak.ground import TARGET, Ground
from tests.soak.storm import CHAIN, SUPERVISOR, Blow, storm

LONG_S, SHORT_S = 600.0, 60.0
CALM_S = 90.0
COMMAND_S = 300.0
"""A command whose chain is gone waits a minute for it at each wave; it must end by itself all the same."""


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    laid = Ground(tmp_path)
    yield laid
    laid.close()


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Which storm: ``--soak-seed``, else the slice's, else any."""
    given = request.config.getoption("--soak-seed") or request.config.getoption("--slice").partition("/")[0]
    return int(given) if given else random.SystemRandom().randrange(1_000_000)


@pytest.fixture
def seconds(request: pytest.FixtureRequest) -> float:
    """How long: ``--soak-seconds``, else ten minutes, of which a slice of the campaigns has one."""
    given = request.config.getoption("--soak-seconds")
    if given is not None:
        return float(given)
    return SHORT_S if request.config.getoption("--slice") else LONG_S


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_after_a_storm_everything_runs_once_and_nothing_else(ground: Ground, seed: int, seconds: float) -> None:
    print(f"soak: --soak-seed {seed} --soak-seconds {seconds:g}")  # noqa: T201
    up = ground.netctl("fleet", "up", *TARGET, "--yes")
    assert up.code == 0, up.err
    ground.began = time.time()
    with census.Watch(ground.state, ground.clock) as watch:
        go_over(ground, storm(seed, seconds, ground.names))
        calm_down(ground)
    assert watch.twice == [], ground.diary()
    assert watch.looks > seconds
    assert ground.faults == [], "\n\n".join(ground.faults)
    assert wrong_with(ground) == [], ground.diary()
    assert list(unexplained(ground)) == [], f"{ground.diary()}\n{ground.log(SUPERVISOR)[-4000:]}"


def go_over(ground: Ground, blows: list[Blow]) -> None:
    """Strike each when it is its time."""
    for blow in blows:
        while (left := blow.at_s - ground.clock()) > 0:
            ground.collect()
            time.sleep(min(left, 0.1))
        ground.strike(blow)


def calm_down(ground: Ground) -> None:
    """Let tmux go on; wait for commands and for what should run again; `up` only where nobody else is to do it."""
    ground.thaw()
    ground.collect(wait_s=COMMAND_S)
    assert ground.commands == [], ground.diary()
    if not alive(ground, SUPERVISOR) or any(name not in ground.sessions() for name in ground.names):
        up_in_the_end(ground)
    deadline = time.monotonic() + CALM_S
    while wrong_with(ground, deep=False) and time.monotonic() < deadline:
        time.sleep(0.5)
    if stopped(ground):
        up_in_the_end(ground)


def up_in_the_end(ground: Ground) -> None:
    ground.say("netctl fleet up in the calm")
    up = ground.netctl("fleet", "up", *TARGET, "--yes")
    assert up.code == 0, f"{up.err}\n{ground.diary()}"


def alive(ground: Ground, name: str) -> bool:
    return name in census.program_pids(ground.state)


def stopped(ground: Ground) -> set[str]:
    """Those that a command stopped on purpose."""
    return {name for name, session in ground.sessions().items() if "stopped" in session.labels and session.is_dead}


def wrong_with(ground: Ground, *, deep: bool = True) -> list[str]:
    """What is not as it should be: each that should run runs once, and nothing else does."""
    found = ground.sessions()
    programs, guardians = census.program_pids(ground.state), census.guardian_pids(ground.state)
    should = {*ground.names, SUPERVISOR, CHAIN} - stopped(ground)
    faults = []
    for name in sorted(should | programs.keys() | guardians.keys() | (found.keys() - stopped(ground))):
        pids, leaders = programs.get(name, []), guardians.get(name, [])
        pid = found[name].pid if name in found else None
        if name not in should or len(pids) != 1 or len(leaders) != 1 or pid != pids[0]:
            faults.append(f"{name}: programs {pids}, guardians {leaders}, {found.get(name)}")
    faults += [f"pids {pids} of {name} are left over" for name, pids in left_over(ground, programs).items()]
    faults += [f"{name} hangs" for name, pids in programs.items() if any(map(census.hangs, pids))]
    if len(servers := census.servers(ground.host.server.socket)) != 1:
        faults.append(f"tmux servers: {servers}")
    if deep:
        faults += wrong_ports(ground, programs)
        plan = ground.netctl("fleet", "plan", *TARGET, "--json")
        if plan.code or plan.document["steps"] or plan.document["blocked"]:
            faults.append(f"fleet plan ended with {plan.code}: {plan.out}{plan.err}")
        status = ground.netctl("status", *TARGET, "--live", "--json")
        if status.code:
            faults += [f"status: {each}" for each in status.document["neurons"] if each["problem"]]
    return faults


def left_over(ground: Ground, programs: dict[str, list[int]]) -> dict[str, list[int]]:
    """Whoever carries a marker of the fleet and is no program of its."""
    return {
        name: extra
        for name, pids in census.marked(ground.state).items()
        if (extra := [*{*pids} - {*programs.get(name, ())}])
    }


def wrong_ports(ground: Ground, programs: dict[str, list[int]]) -> list[str]:
    """Ports that not exactly their neuron listens on."""
    listening: dict[int, list[int | None]] = {}
    for connection in psutil.net_connections(kind="tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr:
            listening.setdefault(connection.laddr.port, []).append(connection.pid)
    wanted = {port: programs.get(name) for name, port in ground.ports.items()}
    return [
        f"port {port}: {listening.get(port)} listen, {pids} should"
        for port, pids in wanted.items()
        if listening.get(port) != pids
    ]
