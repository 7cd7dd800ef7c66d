"""A host of either kind, and what a test needs to put a program on it: the same words for both."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from netctl.adapters.swarm.host import SwarmHost
from netctl.adapters.tmux import TmuxHost
from netctl.collecting.collector import Collector
from netctl.placement import Failover, Node, Placement, Swarm
from netctl.ports import SessionFacts, SessionSpec
from netctl.ports.gathering import Stream
from netctl.render.launcher import Launcher, script
from tests.swarm.cluster import Cluster, wait_until

PYTHON = os.path.realpath(sys.executable)
"""The interpreter itself: a virtual environment's is a link to it."""


def swarm_of(cluster: Cluster) -> Swarm:
    """The cluster as a fleet's profile would tell of it."""
    nodes = tuple(Node(machine.name, machine.address, docker=machine.docker) for machine in cluster.machines)
    return Swarm(cluster.manager.docker, cluster.here, nodes, mounts=(Path(sys.base_prefix),))


def host_on(cluster: Cluster, state: Path) -> SwarmHost:
    """A new host, as another netctl would make it."""
    return SwarmHost("trial", state, swarm_of(cluster), TmuxHost(state, "trial"))


def wallet_at(place: Path) -> tuple[Path, Path, str]:
    """A hotkey file, the public half of its coldkey, and the seed that nobody may find anywhere else."""
    seed = f"0x{secrets.token_hex(32)}"
    hotkey = {"ss58Address": f"5H{secrets.token_hex(20)}", "secretSeed": seed, "secretPhrase": "never sent"}
    public = {"ss58Address": f"5C{secrets.token_hex(20)}", "publicKey": "0x00"}
    paths = place / "hotkeys" / "default", place / "coldkeypub.txt"
    for path, content in zip(paths, (hotkey, public), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    return *paths, seed


@dataclass
class Stage:
    """`cluster` is None for a host of one machine."""

    host: Any
    cluster: Cluster | None = None
    seeds: dict[str, str] = field(default_factory=dict)
    collector: Collector | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.cluster is not None:
            self.collector = Collector(self.host, self.host.state, self._logs)

    def _logs(self, name: str) -> dict[Stream, Path]:
        logs: Path = self.host.state / "logs"
        return {"stdout": logs / f"{name}.log", "stderr": logs / f"{name}.err.log"}

    def spec(
        self,
        name: str,
        *argv: str,
        environ: Mapping[str, str] | None = None,
        node: str | None = "nd2",
        failover: Failover = "off",
        restart: Literal["never", "on-failure", "always"] = "never",
        grace_s: float = 2.0,
        ports: Sequence[int] = (),
        files: Mapping[str, str] | None = None,
    ) -> SessionSpec:
        """Write the launcher of a program and describe its session; where it is placed is nothing to a host of one."""
        state: Path = self.host.state
        launcher = Launcher(
            name=name,
            argv=argv,
            environ={"PATH": "/usr/bin:/bin", "NETCTL_NEURON": f"{state}/{name}", **(environ or {})},
            cwd=state / "work" / name,
            stdout=self._logs(name)["stdout"],
            stderr=self._logs(name)["stderr"],
            grace_s=grace_s,
        )
        for directory in (launcher.cwd, launcher.stdout.parent):
            self.host.make_directory(directory)
        home = state / "files" / name
        contents = {home / "launch.sh": script(launcher)}
        contents |= {home / path: text.encode() for path, text in (files or {}).items()}
        for path, content in contents.items():
            self.host.replace(path, content, 0o600)
        digest = sha256(b"\0".join(contents.values())).hexdigest()[:32]
        spec = SessionSpec(
            name,
            home / "launch.sh",
            launcher.cwd,
            launcher.stdout,
            launcher.stderr,
            digest,
            (("own", "é &=1"),),
            "parts",
        )
        if self.cluster is None:
            return spec
        hotkey, public = (state / "wallets" / name / path for path in ("hotkeys/default", "coldkeypub.txt"))
        if not hotkey.exists():
            *_, self.seeds[name] = wallet_at(state / "wallets" / name)
        placement = Placement(
            node=node if failover == "off" else None,
            failover=failover,
            addresses=tuple((machine.name, machine.address) for machine in self.cluster.machines),
            image=None,
            mounts=(sys.base_prefix,),
            files=tuple(contents),
            seeds=(),
            links=(),
            directories=(launcher.cwd / "home",),
            cache=state / "cache",
            hotkey_file=hotkey,
            coldkeypub_file=public,
            ports=tuple(ports),
            restart=restart,
            delay_s=0.5,
            grace_s=grace_s,
        )
        return replace(spec, placement=placement)

    def launch(self, name: str, *argv: str, **given: Any) -> SessionSpec:
        """Launch one program and wait until it runs or has run."""
        spec = self.spec(name, *argv, **given)
        self.host.launch([spec])
        self.begins(name)
        return spec

    def facts(self, name: str) -> SessionFacts:
        found: SessionFacts = self.host.sessions()[name]
        return found

    def begins(self, name: str) -> None:
        """Wait until it runs or has run."""
        wait_until(lambda: self.facts(name).pid is not None or self.facts(name).is_dead, f"{name} begins")

    def ended(self, name: str) -> SessionFacts:
        """Wait for its end and return what is left of it."""
        wait_until(lambda: self.facts(name).is_dead, f"{name} ends")
        return self.facts(name)

    def log(self, name: str, stream: Stream = "stdout") -> str:
        """What it has written, as far as it is here; from other machines it is collected, as by the supervisor."""
        if self.collector is not None:
            self.collector.tend()
        path = self._logs(name)[stream]
        return path.read_text() if path.exists() else ""

    def says(self, name: str, word: str, stream: Stream = "stdout") -> None:
        """Wait until the program has written a word."""
        wait_until(lambda: word in self.log(name, stream), f"{name} says {word}")

    def another(self) -> Any:
        """The same host as another netctl would make it."""
        if self.cluster is None:
            return TmuxHost(self.host.state, "trial")
        return host_on(self.cluster, self.host.state)

    def close(self) -> None:
        """End what runs, all of it, and give up the connections."""
        assert self.host.shut_down(grace_s=3) == ()
        if self.collector is not None:
            self.collector.close()
            self.host.close()
