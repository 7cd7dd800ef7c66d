"""Nothing secret is found on the nodes: on their disks, in what the engine tells, or in any process's words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.swarm.cluster import Cluster, Machine
from tests.swarm.test_day_on_nodes import ALL, Day, cluster, day  # noqa: F401 - the fixtures

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
API_KEY = "made-up-key-5d41402abc4b2a76b9719d911017c592"


@pytest.fixture(autouse=True)
def api_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPIDAPI_KEY", API_KEY)


def test_no_hotkey_seed_coldkey_or_api_key_is_on_a_node_or_in_a_log(day: Day) -> None:  # noqa: F811
    secrets = _secrets(day)
    assert len(secrets) >= 1 + 2 * 2 * len(ALL)
    pids = {pid for machine in day.cluster.machines for pid in machine.pids()}
    assert len(pids) > len(ALL)
    places = [
        *_in_files(machine.data for machine in day.cluster.machines),
        *_in_processes(pids),
        *_in_words_of_the_engine(day.cluster),
        *_in_files([day.here / ".netctl" / "day2-swarm-rehearsal" / "logs"]),
        *_in_files([day.here / ".netctl" / "day2-swarm-rehearsal" / "journal.jsonl"]),
    ]
    assert any("raft" in where for where, _ in places)
    # What would be found is found: a neuron's name stands in all of these.
    for kind in ("environ", "cmdline", "service", "journal"):
        assert any(b"miner_1" in content for where, content in places if kind in where), kind
    found = [(where, name) for where, content in places for name, secret in secrets.items() if secret in content]
    assert found == []


def test_each_neuron_has_its_key_all_the_same(day: Day) -> None:  # noqa: F811
    """The variable is there for the program: what is not in its first environment is in its own."""
    env = (day.here / ".netctl" / "day2-swarm-rehearsal" / "env" / "miner_1.env").read_text()
    assert API_KEY in env
    assert day.neurons()["miner_1"]["state"] == "running"


def _secrets(day: Day) -> dict[str, bytes]:  # noqa: F811
    """Every seed of the fleet's keys in the forms that a file has it, and the API key."""
    found = {"RAPIDAPI_KEY": API_KEY.encode()}
    wallets = day.here / ".netctl" / "day2-swarm-rehearsal" / "wallets"
    for path in [*wallets.glob("*/coldkey"), *wallets.glob("*/hotkeys/*")]:
        if path.name.endswith("pub.txt"):
            continue
        document = json.loads(path.read_bytes())
        for field in ("secretSeed", "secretPhrase"):
            if value := document.get(field):
                found[f"{path}:{field}"] = value.removeprefix("0x").encode()
    return found


def _in_files(roots: Any) -> Iterator[tuple[str, bytes]]:
    for root in roots:
        disk = root.stat().st_dev
        for path in [root, *root.rglob("*")]:
            with suppress(OSError):
                # What is mounted from memory below it is on no disk.
                if path.is_file() and not path.is_symlink() and path.stat().st_dev == disk:
                    yield str(path), path.read_bytes()


def _in_processes(pids: set[int]) -> Iterator[tuple[str, bytes]]:
    every = {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    for pid in pids | every:
        for file in ("environ", "cmdline"):
            with suppress(OSError):
                content = Path(f"/proc/{pid}/{file}").read_bytes()
                # The tests themselves hold the operator's environment.
                if pid in pids or b"pytest" not in content:
                    yield f"/proc/{pid}/{file}", content


def _in_words_of_the_engine(made: Cluster) -> Iterator[tuple[str, bytes]]:
    with made.manager.asked() as client:
        for kind in ("services", "tasks", "secrets", "nodes", "configs"):
            yield kind, json.dumps(getattr(client, kind)()).encode()
        for service in client.services():
            yield f"service {service['ID']}", json.dumps(client.inspect_service(service["ID"])).encode()
    for machine in made.machines:
        yield from _in_containers(machine)


def _in_containers(machine: Machine) -> Iterator[tuple[str, bytes]]:
    with machine.asked() as client:
        for each in client.containers(all=True):
            yield f"container {each['Id']}", json.dumps(client.inspect_container(each["Id"])).encode()
        yield f"images of {machine.name}", json.dumps(client.images()).encode()
