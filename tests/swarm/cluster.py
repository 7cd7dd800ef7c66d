"""Machines for tests: real docker daemons, each in a network of its own on one bridge, joined to one swarm.

A machine can be killed with all that runs on it, cut from the others and healed, and started again. What a cluster has
made it removes: processes, networks, mounts, cgroups, directories.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import docker
from docker.errors import APIError

from tests import programs

DOCKERD = "/usr/sbin/dockerd"
"""Debian's: another one on the PATH may be of a version that joins no swarm of this one."""
DEADLINE_S = 150.0
"""A swarm whose leader has changed takes a minute until it says again who is there."""
CGROUPS = Path("/sys/fs/cgroup")


def why_not() -> str | None:
    """Why no cluster can be made on this machine, None where it can."""
    if os.geteuid() != 0:
        return "a cluster of docker daemons needs root"
    for program, package in ((DOCKERD, "docker.io"), ("iptables", "iptables"), ("ip", "iproute2"), ("tini", "tini")):
        if shutil.which(program) is None:
            return f"no {program}: apt-get install {package}"
    probe = f"ncprobe{os.getpid()}"[:15]
    for kind in (("bridge",), ("veth", "peer", "name", f"p{probe}"[:15])):
        if subprocess.run(["ip", "link", "add", probe, "type", *kind], capture_output=True, check=False).returncode:
            return f"this kernel makes no {kind[0]}"
        _run("ip", "link", "del", probe)
    return None


@dataclass
class Machine:
    """One node: `name` is its host name and its name in the swarm, `address` is its own on the bridge.

    `docker` is where its engine answers (unix:///path), `place` holds all its files.
    """

    name: str
    address: str
    place: Path
    network: str
    link: str
    cgroup: str
    daemon: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def docker(self) -> str:
        return f"unix://{self.place / 'sock'}"

    @property
    def data(self) -> Path:
        """The engine's data-root: what of this machine is on its disk, the raft directory of a manager too."""
        return self.place / "data"

    def client(self, timeout: float = DEADLINE_S) -> Any:
        """The engine's API; to be closed. OSError where nobody listens: the library would leave its socket open."""
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.place / "sock"))
            except OSError as error:
                ended = None if self.daemon is None else self.daemon.poll()
                said = "no log" if not (self.place / "log").exists() else (self.place / "log").read_text()[-4000:]
                raise ConnectionError(f"{self.name} does not listen ({ended}): {said}") from error
        return docker.APIClient(base_url=self.docker, version="1.41", timeout=timeout)

    @contextmanager
    def asked(self, timeout: float = DEADLINE_S) -> Iterator[Any]:
        client = self.client(timeout)
        try:
            yield client
        finally:
            client.close()

    def pids(self) -> set[int]:
        """Every process of this machine: those in its network, where its containers are as well."""
        try:
            own = Path("/run/netns", self.network).stat().st_ino
        except OSError:
            return set()
        found = set()
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit() and (entry / "ns/net").stat().st_ino == own and not _is_zombie(entry):
                    found.add(int(entry.name))
        return found

    def run(self, *argv: str) -> str:
        """What a command says that is run in this machine's network."""
        return _run("nsenter", f"--net=/run/netns/{self.network}", *argv)


class Cluster:
    """A swarm of `nodes` machines, the first `managers` of which are its managers; `here` is the tests' own address.

    With `joined` False they are machines with an engine each, and no swarm.

    To be closed. OSError or CalledProcessError where the machine does not let it.
    """

    def __init__(self, nodes: int = 3, managers: int = 3, *, joined: bool = True) -> None:
        self._lock, self.number = _free_number()
        self.place = Path(tempfile.mkdtemp(prefix=f"netctl-nc{self.number}-", dir="/tmp"))
        self.bridge = f"ncb{self.number}"
        self.here = f"10.77.{self.number}.1"
        self.machines = [self._machine(index) for index in range(1, nodes + 1)]
        self.managers = self.machines[:managers]
        try:
            self._wire()
            for machine in self.machines:
                self._start_daemon(machine)
            for machine in self.machines:
                self._wait_for_engine(machine)
            if joined:
                self._join()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __getitem__(self, name: str) -> Machine:
        return next(machine for machine in self.machines if machine.name == name)

    @property
    def manager(self) -> Machine:
        """The first manager whose engine runs."""
        return next(machine for machine in self.managers if machine.daemon is not None)

    def leader(self) -> Machine:
        """The manager that leads the others now."""
        for machine in self.managers:
            with suppress(APIError, OSError), machine.asked(5) as client:
                for node in client.nodes():
                    if node.get("ManagerStatus", {}).get("Leader"):
                        return self[node["Description"]["Hostname"]]
        raise AssertionError("no manager leads")

    def nodes(self, ask: Machine | None = None) -> Mapping[str, Mapping[str, Any]]:
        """What a manager says of every node, by host name."""
        with (ask or self.manager).asked() as client:
            return {node["Description"]["Hostname"]: node for node in client.nodes()}

    # -- what can happen to a machine ------------------------------------------------------------------------------

    def label(self, machine: Machine, labels: Mapping[str, str]) -> None:
        """Exactly these labels for the node, as an operator sets them."""
        with self.manager.asked() as client:
            (node,) = [node for node in client.nodes() if node["Description"]["Hostname"] == machine.name]
            client.update_node(node["ID"], node["Version"]["Index"], {**node["Spec"], "Labels": dict(labels)})

    def kill(self, machine: Machine) -> None:
        """As if its power failed: every process of it is gone at once, and what it held in memory."""
        _kill(machine.pids)
        if machine.daemon is not None:
            machine.daemon.wait()
            machine.daemon = None
        _unmount(machine.place)
        shutil.rmtree(machine.place / "run", ignore_errors=True)
        _remove_cgroup(machine.cgroup)

    def start(self, machine: Machine) -> None:
        """Start its engine again, and wait until the swarm says that it is ready."""
        self._start_daemon(machine)
        self._wait_for_engine(machine)
        self.wait_for(machine, "ready")

    def cut(self, machine: Machine) -> None:
        """Cut its link: nobody reaches it, it reaches nobody, and what runs there goes on."""
        _run("ip", "link", "set", machine.link, "down")

    def heal(self, machine: Machine) -> None:
        """Join the link again, and wait until the swarm says that it is ready."""
        _run("ip", "link", "set", machine.link, "up")
        self.wait_for(machine, "ready")

    def wait_for(self, machine: Machine, state: str, ask: Machine | None = None) -> None:
        """Wait until a manager says that this machine is `ready`, or `down`; a manager must be reachable as well."""

        def is_so() -> bool:
            with suppress(APIError, OSError, StopIteration):
                node = self.nodes(ask or next(m for m in self.managers if m.daemon is not None and m != machine))
                found = node[machine.name]
                reach = found.get("ManagerStatus", {}).get("Reachability", "reachable")
                return bool(found["Status"]["State"] == state and (state != "ready" or reach == "reachable"))
            return False

        wait_until(is_so, f"{machine.name} is {state}")

    def settle(self) -> None:
        """Wait until every manager that runs says of every machine that it is ready, and who leads."""

        def is_calm() -> bool:
            with suppress(APIError, OSError):
                said = [self.nodes(machine) for machine in self.managers if machine.daemon is not None]
                return all(_is_calm(node) for nodes in said for node in nodes.values())
            return False

        wait_until(is_calm, "the swarm is calm")

    # -- making and unmaking ---------------------------------------------------------------------------------------

    def _machine(self, index: int) -> Machine:
        place = self.place / f"nd{index}"
        place.mkdir()
        stem = f"nc{self.number}n{index}"
        return Machine(f"nd{index}", f"10.77.{self.number}.{10 + index}", place, stem, f"{stem}v", f"/{stem}")

    def _wire(self) -> None:
        _run("ip", "link", "add", self.bridge, "type", "bridge")
        _run("ip", "addr", "add", f"{self.here}/24", "dev", self.bridge)
        _run("ip", "link", "set", self.bridge, "up")
        _run("iptables", "-w", "-I", "FORWARD", *self._rule())  # where a docker of the machine's own drops all else
        for machine in self.machines:
            inside = f"{machine.link}i"
            _run("ip", "netns", "add", machine.network)
            _run("ip", "link", "add", machine.link, "type", "veth", "peer", "name", inside)
            _run("ip", "link", "set", inside, "netns", machine.network)
            _run("ip", "link", "set", machine.link, "master", self.bridge, "up")
            machine.run("ip", "link", "set", "lo", "up")
            machine.run("ip", "link", "set", inside, "name", "eth0")
            machine.run("ip", "addr", "add", f"{machine.address}/24", "dev", "eth0")
            machine.run("ip", "link", "set", "eth0", "up")
            machine.run("ip", "route", "add", "default", "via", self.here)

    def _rule(self) -> Sequence[str]:
        return ("-i", self.bridge, "-o", self.bridge, "-j", "ACCEPT")

    def _start_daemon(self, machine: Machine) -> None:
        place = machine.place
        own = ["--data-root", f"{place}/data", "--exec-root", f"{place}/run", "--pidfile", f"{place}/pid"]
        own += ["--config-file", f"{place}/daemon.json", "-H", machine.docker, "--cgroup-parent", machine.cgroup]
        (place / "daemon.json").write_text("{}")
        (place / "pid").unlink(missing_ok=True)
        words = [DOCKERD, *own, "--storage-driver", "overlay2", "--userland-proxy=false"]
        # Not `ip netns exec`, which mounts /sys anew, without the cgroups.
        with (place / "log").open("ab") as log:
            machine.daemon = subprocess.Popen(
                ["nsenter", f"--net=/run/netns/{machine.network}", "unshare", "--uts", "/bin/sh", "-c",
                 'hostname "$0" && exec "$@"', machine.name, *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=_plain_environ(),
            )  # fmt: skip

    def _wait_for_engine(self, machine: Machine) -> None:
        def answers() -> bool:
            assert machine.daemon is not None
            assert machine.daemon.poll() is None, (machine.place / "log").read_text()[-2000:]
            with suppress(Exception), machine.asked(5) as client:
                return bool(client.ping())
            return False

        wait_until(answers, f"the engine of {machine.name} answers")

    def _join(self) -> None:
        first = self.machines[0]
        with first.asked() as client:
            client.init_swarm(advertise_addr=first.address, listen_addr=f"{first.address}:2377")
            tokens = client.inspect_swarm()["JoinTokens"]
        # Managers one after the other: two that join at once may leave one of them with a raft that hangs.
        for machine in self.machines[1:]:
            with machine.asked() as client:
                client.join_swarm(
                    remote_addrs=[f"{first.address}:2377"],
                    join_token=tokens["Manager" if machine in self.managers else "Worker"],
                    advertise_addr=machine.address,
                    listen_addr=f"{machine.address}:2377",
                )
            self.wait_for(machine, "ready", ask=first)

    def close(self) -> None:
        """End and remove all that this cluster has made."""
        for machine in self.machines:
            if machine.daemon is not None:
                machine.daemon.send_signal(signal.SIGSTOP)  # nobody starts again what is about to be ended
        for machine in self.machines:
            with suppress(subprocess.CalledProcessError, OSError):
                self.kill(machine)
            for argv in (("ip", "link", "del", machine.link), ("ip", "netns", "del", machine.network)):
                with suppress(subprocess.CalledProcessError):
                    _run(*argv)
        for argv in (("iptables", "-w", "-D", "FORWARD", *self._rule()), ("ip", "link", "del", self.bridge)):
            with suppress(subprocess.CalledProcessError):
                _run(*argv)
        _unmount(self.place)
        shutil.rmtree(self.place, ignore_errors=True)
        os.close(self._lock)


def _is_calm(node: Mapping[str, Any]) -> bool:
    return node["Status"]["State"] == "ready" and node.get("ManagerStatus", {}).get("Reachability") in (
        None,
        "reachable",
    )


def wait_until(condition: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Poll until the condition holds; fails with `what` when time is up."""
    programs.wait_until(condition, what, deadline_s, pause_s=0.05)


def _free_number() -> tuple[int, int]:
    """A number whose subnet nobody has, and the lock that says that it is taken."""
    taken = _run("ip", "-o", "addr") + _run("ip", "route")
    for number in range(1, 255):
        handle = os.open(f"/tmp/netctl-nc{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if f"10.77.{number}." not in taken and not Path(f"/run/netns/nc{number}n1").exists():
                return handle, number
        os.close(handle)
    raise OSError("no free 10.77.N.0/24")


def _run(*argv: str) -> str:
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout


def _plain_environ() -> dict[str, str]:
    """What a daemon needs, and the mark by which the run of the tests finds what it left behind."""
    kept = {name: value for name, value in os.environ.items() if name in ("TESTS_OF", "LANG")}
    return {**kept, "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}


def _is_zombie(process: Path) -> bool:
    return (process / "stat").read_text().rpartition(")")[2].split()[0] in "ZX"


def _kill(pids: Callable[[], set[int]]) -> None:
    deadline = time.monotonic() + 20
    while found := pids():
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert time.monotonic() < deadline, f"these do not end: {found}"
        time.sleep(0.01)


def _unmount(place: Path) -> None:
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    points = [re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), point) for point in points]
    for point in sorted((point for point in points if f"{point}/".startswith(f"{place}/")), key=len, reverse=True):
        with suppress(subprocess.CalledProcessError):
            _run("umount", "-l", point)


def _remove_cgroup(name: str) -> None:
    """The empty groups that the containers of a killed engine leave, deepest first."""
    for tree in [path for path in (CGROUPS, *CGROUPS.glob("*")) if (path / name.lstrip("/")).is_dir()]:
        for folder, _, _ in os.walk(tree / name.lstrip("/"), topdown=False):
            with suppress(OSError):
                Path(folder).rmdir()
