"""From docker daemons that know nothing of each other to a swarm, over real ssh, killed on the way and run again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.program import Ended, run
from tests.swarm.cluster import Cluster, Machine, why_not
from tests.swarm.sshd import let_in

pytestmark = [pytest.mark.slow, pytest.mark.whole, pytest.mark.timeout(400)]

PROFILE = """\
name: many
network: test
netuid: 428
host: swarm
hosts:
  manager: ssh://root@{first}
  here: {here}
  nodes:
{nodes}
neurons: {{pack: resi, path: /nowhere}}
miners:
  - {{name: miner_1, wallet: w1, hotkey: h1}}
validators:
  - {{name: validator_1, wallet: w2, hotkey: h2, stake: 310}}
"""


class Site:
    """Machines with an engine and sshd each, and a profile that names them."""

    def __init__(self, cluster: Cluster, place: Path, tools: Path) -> None:
        self.cluster, self.place = cluster, place
        self.environ = {"PATH": f"{tools}:{os.environ['PATH']}", "NETCTL_HOME": str(place / "state")}
        self.write("labels: {disk: ssd}")

    def write(self, of_the_last: str = "") -> None:
        """The profile; `of_the_last` is what it says of the last machine beside name and address."""
        nodes = [f"    - {{name: {m.name}, address: {m.address}" for m in self.cluster.machines]
        nodes[-1] += f", {of_the_last}" if of_the_last else ""
        text = PROFILE.format(
            first=self.cluster.machines[0].address, here=self.cluster.here, nodes="}\n".join(nodes) + "}"
        )
        (self.place / "many.yaml").write_text(text)

    def netctl(self, *argv: str) -> Ended:
        return run("host", argv[0], "many.yaml", *argv[1:], cwd=self.place, timeout_s=240, **self.environ)

    def reset(self) -> None:
        """Out of whatever swarm they are in, and nothing is remembered."""
        for machine in reversed(self.cluster.machines):
            with machine.asked() as client:
                client.leave_swarm(force=True)
                for image in client.images(all=True, quiet=True):
                    client.remove_image(image, force=True)
        subprocess.run(["rm", "-rf", str(self.place / "state")], check=True)


@pytest.fixture(scope="module")
def site(loopback_only: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    place = tmp_path_factory.mktemp("site")
    with Cluster(joined=False) as cluster, let_in(cluster.machines, place / "ssh") as tools:
        yield Site(cluster, place, tools)


def _seen_in_argv(stop: threading.Event, found: set[str]) -> None:
    while not stop.wait(0.005):
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit() and b"SWMTKN" in (line := (entry / "cmdline").read_bytes()):
                    found.add(line.decode(errors="replace"))


def _swarm(machine: Machine) -> dict[str, object]:
    with machine.asked() as client:
        return dict(client.inspect_swarm())


def test_nothing_becomes_a_swarm_over_ssh_and_then_nothing_is_to_be_done(site: Site) -> None:
    planned = site.netctl("setup", "--dry-run")
    assert planned.code == 0, planned
    assert "nd1: begin a swarm" in planned.out
    assert site.netctl("list", "--json").document["swarm"] is None

    stop, argv = threading.Event(), set[str]()
    watcher = threading.Thread(target=_seen_in_argv, args=(stop, argv))
    watcher.start()
    try:
        done = site.netctl("setup", "--yes")
    finally:
        stop.set()
        watcher.join()
    assert done.code == 0, done
    assert argv == set()
    nodes = site.cluster.nodes()
    assert {name: node["ManagerStatus"]["Reachability"] for name, node in nodes.items()} == dict.fromkeys(
        ("nd1", "nd2", "nd3"), "reachable"
    )
    assert nodes["nd3"]["Spec"]["Labels"] == {"disk": "ssd"}
    assert {node["Status"]["Addr"] for node in nodes.values()} == {m.address for m in site.cluster.machines}
    swarm = _swarm(site.cluster.manager)
    assert swarm["Spec"]["EncryptionConfig"]["AutoLockManagers"] is True  # type: ignore[index]

    with site.cluster.manager.asked() as client:
        key = client.get_unlock_key()["UnlockKey"]
    kept = site.place / "state" / "swarms" / str(swarm["ID"]) / "unlock-key"
    assert kept.read_text().strip() == key
    assert kept.stat().st_mode & 0o777 == 0o600
    for text in (done.out, done.err):
        assert key not in text
        assert "SWMTKN" not in text

    kept.unlink()
    again = site.netctl("setup", "--yes")
    assert (again.code, again.out) == (0, "nothing to do: the machines are as wanted\n"), again
    assert not kept.exists()
    listed = site.netctl("list", "--json").document
    assert (listed["ok"], listed["managers"]) == (True, {"reachable": 3, "all": 3}), listed
    assert [node["image"] for node in listed["nodes"]] == [True, True, True]

    words = ("doctor", "-p", "many.yaml", "--network", "ws://127.0.0.1:9", "--json")
    rows = run(*words, cwd=site.place, timeout_s=120, **site.environ).document["rows"]
    verdicts = {row["name"]: row["verdict"] for row in rows if row["area"] == "swarm"}
    assert len(verdicts) == 11
    assert set(verdicts.values()) == {"good"}, verdicts


def test_killed_after_every_step_it_goes_on_where_it_stopped(site: Site) -> None:
    site.reset()
    for _ in range(20):
        argv = [sys.executable, "-m", "netctl", "host", "setup", "many.yaml", "--yes"]
        program = subprocess.Popen(
            argv, cwd=site.place, env={**os.environ, **site.environ}, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert program.stderr is not None
        told = [line for line, _ in zip(program.stderr, range(2), strict=False)]
        if len(told) == 2:
            program.send_signal(signal.SIGKILL)
        program.communicate()
        if program.returncode == 0:
            break
        assert program.returncode == -signal.SIGKILL, told
    done = site.netctl("setup", "--yes")
    assert done.out == "nothing to do: the machines are as wanted\n", done
    assert len(site.cluster.nodes()) == 3


def test_a_locked_manager_is_named_with_the_command_that_unlocks_it(site: Site) -> None:
    with site.cluster.manager.asked() as client:
        key = client.get_unlock_key()["UnlockKey"]
    last = site.cluster["nd3"]
    site.cluster.kill(last)
    site.cluster._start_daemon(last)
    site.cluster._wait_for_engine(last)
    site.write(f"docker: 'unix://{last.place}/sock'")  # its sshd was killed as well
    done = site.netctl("setup", "--yes")
    assert done.code == 1, done
    assert "its engine is locked" in done.err
    assert "swarm unlock" in done.err
    with last.asked() as client:
        assert client.unlock_swarm({"UnlockKey": key})
    site.cluster.wait_for(last, "ready")
    assert site.netctl("setup", "--yes").out == "nothing to do: the machines are as wanted\n"


def test_a_machine_of_another_swarm_is_refused_and_nothing_is_changed(site: Site) -> None:
    site.reset()
    first, _, last = site.cluster.machines
    with last.asked() as client:
        client.init_swarm(advertise_addr=last.address, listen_addr=f"{last.address}:2377")
    before = _swarm(last)["ID"]
    done = site.netctl("setup", "--yes")
    assert done.code == 8, done
    assert "refused, nothing was changed: nd3: it is in another swarm" in done.err
    with first.asked() as client:
        assert client.info()["Swarm"]["LocalNodeState"] == "inactive"
    assert _swarm(last)["ID"] == before


def test_a_third_machine_that_only_manages_is_drained(site: Site) -> None:
    site.reset()
    site.write(f"roles: [], manager: true, docker: 'unix://{site.cluster['nd3'].place}/sock'")
    try:
        done = site.netctl("setup", "--yes")
        assert done.code == 0, done
        nodes = site.cluster.nodes()
        roles = {name: (node["Spec"]["Role"], node["Spec"]["Availability"]) for name, node in nodes.items()}
        assert roles == {"nd1": ("manager", "active"), "nd2": ("worker", "active"), "nd3": ("manager", "drain")}
        assert "2 managers bear the loss of 0" in done.err
    finally:
        site.write()
