"""`netctl fleet up`, `down` and `move` on a swarm, killed at step after step: the next `up` converges.

No hotkey ever runs in two containers, nothing is paid twice, and nothing is left on the engine.
"""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from netctl import spread
from netctl.adapters.swarm import names
from tests.campaign.arena import Arena, Books, Runner
from tests.swarm.cluster import Cluster
from tests.swarm.day import hosts_of

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.timeout(300)]

NEURONS = ["miner_1", "miner_2", "validator_1"]
KILLED = {"status": None, "signal": signal.SIGKILL}
DONE = {"status": 0, "signal": None}
CHANGES = {"engine", "note", "forget", "launch", "journal", "submit", "wire", "keyfile", "link", "replace"}
LIFE = (
    "replace#1:after",  # the state directory is there
    "launch#1:before",
    "launch#1:after",  # the chain is started
    "keyfile#3:before",  # a wallet is half made
    "link#5:after",
    "journal#1:after",  # the funding is intended and not sent
    "wire#1:after",  # sent, and its outcome not seen
    "submit#2:after",  # the subnet is being made
    "journal#1:before",
    "wire#2:after",  # some are registered
    "submit#1:after",
    "replace#4:after",  # some files are rendered
    "note#1:after",  # noted in swarm.json, nothing sent
    "engine#2:after",  # some secrets are sent
    "engine#5:before",
    "engine#3:after",
    "engine#1:after",
    "launch#1:before",  # all run, without a supervisor
    "ready#1:before",
)
"""Where one fleet's `up` is killed, each time in the work that the last one left."""
ROTATED = {
    "engine#1:after": "it is told to end, and has not yet",
    "engine#2:after": "it has ended, and how is noted",
    "engine#3:after": "its new secret is sent",
    "engine#4:after": "its service is changed, and the secret of before is still there",
}
"""Where an `up` is killed that starts one neuron again since a variable has changed."""


@dataclass
class Ground:
    """A small fleet that idles on a cluster, and every container that ever ran of it."""

    arena: Arena
    cluster: Cluster
    running: dict[str, set[str]] = field(default_factory=dict)
    read_to: dict[str, int] = field(default_factory=dict)
    doubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.edit(host="swarm", hosts=hosts_of(self.cluster))
        self.read_to = {machine.name: time.time_ns() for machine in self.cluster.machines}

    def edit(self, **sections: Any) -> None:
        """Put these sections into the profile."""
        document = yaml.safe_load(self.arena.profile.read_text(encoding="utf-8"))
        self.arena.profile.write_text(yaml.safe_dump(document | sections, sort_keys=False), encoding="utf-8")

    def killed(self, *argv: str, at: str) -> None:
        """Run a command that dies at a boundary."""
        assert self.arena.netctl(*argv, fatal=at) == KILLED, (at, self.arena.told())
        (self.arena.root / "crossed.txt").unlink()
        self.look()

    @property
    def up(self) -> tuple[str, ...]:
        return ("fleet", "up", str(self.arena.profile), "--rehearse", "--yes")

    @property
    def down(self) -> tuple[str, ...]:
        return ("fleet", "down", str(self.arena.profile), "--rehearse", "--yes")

    def look(self) -> dict[str, Any]:
        """What the engine has of the fleet; fails where a session has two services or tasks, or ever had two runs."""
        own = {"label": f"{names.FLEET}={names.fleet_id(self.arena.state)}"}
        with self.cluster.manager.asked() as client:
            services, secrets, tasks = (
                client.services(filters=own),
                client.secrets(filters=own),
                client.tasks(filters=own),
            )
        by_id = {one["ID"]: one["Spec"]["Labels"][names.SESSION] for one in services}
        runs = Counter(by_id.get(task["ServiceID"], "") for task in tasks if task["Status"]["State"] == "running")
        assert sorted(by_id.values()) == sorted(set(by_id.values()))
        assert all(count == 1 for count in runs.values()), runs
        self._follow(own)
        assert self.doubles == []
        used = {
            secret["SecretID"]
            for service in services
            for secret in service["Spec"]["TaskTemplate"]["ContainerSpec"]["Secrets"]
        }
        return {
            "services": sorted(by_id.values()),
            "running": sorted(runs),
            "secrets": len(secrets),
            "unused": sorted(one["Spec"]["Name"] for one in secrets if one["ID"] not in used),
        }

    def _follow(self, own: dict[str, str]) -> None:
        """Every start and end of a container since the last time, on all machines, in the order of time."""
        happened = []
        until = time.time_ns()
        for machine in self.cluster.machines:
            since, self.read_to[machine.name] = self.read_to[machine.name], until
            wanted = {"type": "container", "event": ["start", "die"], **own}
            with machine.asked() as client:
                between = {"since": f"{since / 1e9:.9f}", "until": f"{until / 1e9:.9f}"}
                happened += list(client.events(**between, filters=wanted, decode=True))
        for event in sorted(happened, key=lambda each: each["timeNano"]):
            alive = self.running.setdefault(event["Actor"]["Attributes"][names.SESSION], set())
            if event["Action"] == "start":
                alive.add(event["Actor"]["ID"])
            else:
                alive.discard(event["Actor"]["ID"])
            if len(alive) > 1:
                self.doubles.append(f"{event['Actor']['Attributes'][names.SESSION]} at {event['timeNano']}")

    def converges(self) -> None:
        """The next `up` does what is left, the one after it nothing; each neuron is there once, with its secrets."""
        assert self.arena.up() == DONE, self.arena.told()
        self.is_whole()
        assert self.arena.up(record=True) == DONE, self.arena.told()
        crossed = self.arena.crossed()
        (self.arena.root / "crossed.txt").unlink()
        assert [each for each in crossed if each.partition("#")[0] in CHANGES] == []
        assert self.arena.plan()["steps"] == []

    def is_whole(self) -> None:
        assert self.look() == {"services": NEURONS, "running": NEURONS, "secrets": 3 * len(NEURONS), "unused": []}
        assert {name: len(alive) for name, alive in self.running.items()} == dict.fromkeys(NEURONS, 1)
        note = spread.read(self.arena.state)
        assert note is not None
        assert sorted(note.hotkeys) == NEURONS
        assert sorted(each["uid"] for each in self.arena.status()["neurons"]) == [1, 2, 3]

    def goes(self) -> None:
        """`down` leaves nothing that runs, `--purge` nothing at all."""
        assert self.arena.netctl(*self.down) == DONE, self.arena.told()
        self.is_down()
        assert self.arena.netctl(*self.down, "--purge") == DONE, self.arena.told()
        own = {"label": f"{names.FLEET}={names.fleet_id(self.arena.state)}"}
        for machine in self.cluster.machines:
            with machine.asked() as client:
                assert client.volumes(filters=own)["Volumes"] in (None, [])
                assert client.containers(all=True, filters=own) == []
        assert not self.arena.state.exists()
        assert self.arena.left_over() == []

    def is_down(self) -> None:
        assert self.look() == {"services": [], "running": [], "secrets": 0, "unused": []}
        assert [name for name, alive in self.running.items() if alive] == []
        assert spread.read(self.arena.state) is None


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    forking = Runner()
    yield forking
    forking.close()


@dataclass(frozen=True)
class Calm:
    """A fleet that came up undisturbed: what it crossed, and what the chain's books said then."""

    ground: Ground
    crossed: list[str]
    books: Books


@pytest.fixture(scope="module")
def calm(cluster: Cluster, runner: Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calm]:
    ground = Ground(Arena(tmp_path_factory.mktemp("calm"), runner), cluster)
    try:
        assert ground.arena.up(record=True) == DONE, ground.arena.told()
        crossed = ground.arena.crossed()
        (ground.arena.root / "crossed.txt").unlink()
        ground.is_whole()
        yield Calm(ground, crossed, ground.arena.books())
        ground.goes()
    finally:
        ground.arena.close()


@pytest.fixture
def ground(cluster: Cluster, runner: Runner, calm: Calm, tmp_path: Path) -> Iterator[Ground]:
    """A fleet that was never brought up; gone without a trace afterwards."""
    made = Ground(Arena(tmp_path, runner), cluster)
    try:
        yield made
        made.goes()
    finally:
        made.arena.close()


def _insist_on_the_books(ground: Ground, calm: Calm) -> None:
    """Paid, registered and staked as by a run that nobody killed."""
    found = ground.arena.books()
    assert found.events == calm.books.events
    assert found.before_refusals() == calm.books.before_refusals()


def test_one_fleet_killed_at_each_step_of_its_life_comes_up_once(ground: Ground, calm: Calm) -> None:
    for boundary in LIFE:
        ground.killed(*ground.up, at=boundary)
    ground.converges()
    _insist_on_the_books(ground, calm)


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_a_moment_the_next_one_converges(ground: Ground, calm: Calm, seed: int) -> None:
    chance = random.Random(seed)
    if seed:
        ground.killed(*ground.up, at=chance.choice(calm.crossed))
    else:
        ground.arena.up(after_s=chance.uniform(0.2, 5))
        ground.look()
    ground.converges()
    _insist_on_the_books(ground, calm)


def test_a_change_killed_midway_leaves_no_secret_of_before(calm: Calm) -> None:
    for number, boundary in enumerate(ROTATED):
        document = yaml.safe_load(calm.ground.arena.profile.read_text(encoding="utf-8"))
        miners = [{**document["miners"][0], "env": {"WAIT": str(number)}}, document["miners"][1]]
        calm.ground.edit(miners=miners)
        calm.ground.killed(*calm.ground.up, at=boundary)
        calm.ground.converges()


@pytest.mark.parametrize("boundary", ["engine#2:after", "forget#1:before"])
def test_a_down_killed_midway_is_undone_by_up_and_finished_by_down(calm: Calm, boundary: str) -> None:
    calm.ground.killed(*calm.ground.down, at=boundary)
    calm.ground.converges()
    calm.ground.killed(*calm.ground.down, at=boundary)
    assert calm.ground.arena.netctl(*calm.ground.down) == DONE, calm.ground.arena.told()
    calm.ground.is_down()
    calm.ground.converges()


@pytest.mark.parametrize("boundary", ["engine#1:after", "note#1:after", "engine#3:after", "ready#1:before"])
def test_a_move_killed_midway_is_finished_on_one_of_the_two_nodes(calm: Calm, boundary: str) -> None:
    node = {each["name"]: each["node"] for each in calm.ground.arena.status()["neurons"]}["miner_1"]
    to = "nd2" if node == "nd1" else "nd1"
    calm.ground.killed("fleet", "move", "miner_1", "--node", to, "--yes", at=boundary)
    calm.ground.converges()
