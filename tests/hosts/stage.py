"""A host of either kind, and what a test needs to put a program on it: the same words for both."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from netctl.adapters.swarm.host import SwarmHost
from netctl.adapters.tmux import TmuxHost
from netctl.collecting.collector import Collector
from netctl.placement import Failover, Node, Placement, Swarm
from netctl.ports import SessionSpec
from netctl.ports.gathering import Stream
from tests import programs
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
class Stage(programs.Stage):
    """`cluster` is None for a host of one machine."""

    cluster: Cluster | None = None
    seeds: dict[str, str] = field(default_factory=dict)
    collector: Collector | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.cluster is not None:
            self.collector = Collector(self.host, self.host.state, self.logs)

    def spec(
        self,
        name: str,
        *argv: str,
        environ: Mapping[str, str] | None = None,
        grace_s: float = 2.0,
        files: Mapping[str, str] | None = None,
        node: str | None = "nd2",
        failover: Failover = "off",
        restart: Literal["never", "on-failure", "always"] = "never",
        ports: Sequence[int] = (),
    ) -> SessionSpec:
        """The same with labels and parts, and where it is placed, which is nothing to a host of one machine."""
        spec = super().spec(name, *argv, environ=environ, grace_s=grace_s, files=files)
        spec = replace(spec, labels=(("own", "é &=1"),), parts="parts")
        if self.cluster is None:
            return spec
        state = self.host.state
        hotkey, public = (state / "wallets" / name / path for path in ("hotkeys/default", "coldkeypub.txt"))
        if not hotkey.exists():
            *_, self.seeds[name] = wallet_at(state / "wallets" / name)
        placement = Placement(
            node=node if failover == "off" else None,
            failover=failover,
            addresses=tuple((machine.name, machine.address) for machine in self.cluster.machines),
            image=None,
            mounts=(sys.base_prefix,),
            files=(spec.launcher, *(spec.launcher.parent / path for path in files or ())),
            seeds=(),
            links=(),
            directories=(spec.cwd / "home",),
            cache=state / "cache",
            hotkey_file=hotkey,
            coldkeypub_file=public,
            ports=tuple(ports),
            restart=restart,
            delay_s=0.5,
            grace_s=grace_s,
        )
        return replace(spec, placement=placement)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        wait_until(condition, what)

    def log(self, name: str, stream: Stream = "stdout") -> str:
        """What it has written, as far as it is here; from other machines it is collected, as by the supervisor."""
        if self.collector is not None:
            self.collector.tend()
        return super().log(name, stream)

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
