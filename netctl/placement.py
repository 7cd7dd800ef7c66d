"""Where a neuron runs when the fleet has more machines than this one: nodes, and how a neuron is placed on them.

A *node* is a machine of a Docker Swarm, by the engine's name for it. Nothing here is secret; nothing asks the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Failover = Literal["off", "auto"]
"""Off: pinned to its node, `unknown` when that is gone. Auto: the engine starts it elsewhere, in a partition twice."""

Labels = tuple[tuple[str, str], ...]
"""(label, value) of the engine's node labels, sorted."""

NODE_ADDRESS = "node-address.netctl.invalid"
"""Stands in what is rendered for the address of a node that only the engine chooses; replaced where it starts."""


def in_words(labels: Labels) -> str:
    """The labels in words: ``disk=ssd, gpu=a100``."""
    return ", ".join(f"{name}={value}" for name, value in labels)


@dataclass(frozen=True, slots=True)
class Node:
    """A machine of the swarm: `name` is its host name there, `address` where others reach its axons.

    `roles` may run there; `first_port` is where its axon ports are counted from, None for the fleet's; `labels` are
    the engine's node labels that it must have, or has where it was found by them (`by_label`). `docker` is where its
    own engine answers (unix:// or ssh://), None where only the manager is asked. `manager` says whether it manages the
    swarm; None leaves that to `netctl host setup`. One that is not `is_open` keeps its neurons, and is allotted none.
    """

    name: str
    address: str
    roles: tuple[str, ...] = ("miner", "validator")
    first_port: int | None = None
    labels: Labels = ()
    docker: str | None = None
    manager: bool | None = None
    by_label: bool = False
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Labelled:
    """Nodes that are told by their labels: all of the swarm that have these, whenever a command looks.

    `docker` is where the engine of each answers, with ``{name}`` and ``{address}`` of the node in it.
    """

    labels: Labels
    roles: tuple[str, ...] = ("miner", "validator")
    first_port: int | None = None
    docker: str | None = None

    def engine_at(self, name: str, address: str) -> str | None:
        """Where the engine of the node of that name and address answers; None where only the manager is asked."""
        if self.docker is None:
            return None
        host = f"[{address}]" if ":" in address else address
        return self.docker.replace("{name}", name).replace("{address}", host)


@dataclass(frozen=True, slots=True)
class Resources:
    """What a neuron gets of its node, reserved and never exceeded. `gpu_kind` is the engine's word."""

    cpus: float | None = None
    memory_bytes: int | None = None
    gpus: int | None = None
    gpu_kind: str = "NVIDIA-GPU"


@dataclass(frozen=True, slots=True)
class Swarm:
    """The machines of a fleet. `manager` is where a manager's engine answers: unix:///path or ssh://user@host.

    `here` is this machine's address, where the nodes reach a chain that runs here. `image` is an image by id
    (``sha256:...``, the same on every node), None where nodes are provisioned alike: `mounts` are then the directories
    of each node that neurons see, read-only, beside those that netctl finds by itself. `first_port` is where axon ports
    are counted from on a node that has none of its own. Those of `labelled` are among `nodes` once the swarm `is_seen`.
    """

    manager: str
    here: str
    nodes: tuple[Node, ...]
    image: str | None = None
    mounts: tuple[Path, ...] = ()
    first_port: int = 8091
    labelled: tuple[Labelled, ...] = ()
    is_seen: bool = False

    @property
    def knows_its_nodes(self) -> bool:
        """Whether `nodes` are all: none is told by its labels, or those have been looked up."""
        return self.is_seen or not self.labelled

    def node(self, name: str) -> Node | None:
        """The node of that name, or None."""
        return next((node for node in self.nodes if node.name == name), None)


@dataclass(frozen=True, slots=True)
class Placing:
    """Where one neuron is wanted. `node` is None where the engine chooses among the nodes of its role (failover auto).

    `is_fixed` says that the profile, or a move, names the node; else netctl has allotted it, and there it stays. With
    failover off None means that no node is for it. `labels` are those that its node must have.
    """

    node: str | None
    failover: Failover = "off"
    resources: Resources = Resources()
    is_fixed: bool = False
    labels: Labels = ()

    @property
    def is_lost(self) -> bool:
        """Whether it belongs on one node, and none is for it."""
        return self.node is None and self.failover == "off"


@dataclass(frozen=True, slots=True)
class Placement:
    """What an engine of many machines must know of a session beside its launcher; paths are the operator's, absolute.

    Every file below keeps its path on the node. `files` (the launcher among them) go into memory there, 0400; `seeds`
    are (from, to): copied to `to`, below the working directory, where nothing is. `links` are (at, to): symbolic links,
    `at` below the working directory, `to` among the files. The working directory and `cache` are kept on the node.
    `hotkey_file` and `coldkeypub_file` are the only two files of a wallet that go there.
    `addresses` are (node, address) of every node where it may run. `ports` are those that it takes on its node.
    `restart` is what follows when it dies, after `delay_s`; `grace_s` is what it gets between the signal and KILL.
    """

    node: str | None
    failover: Failover
    addresses: tuple[tuple[str, str], ...]
    image: str | None
    mounts: tuple[str, ...]
    files: tuple[Path, ...]
    seeds: tuple[tuple[Path, Path], ...]
    links: tuple[tuple[Path, Path], ...]
    directories: tuple[Path, ...]
    cache: Path
    hotkey_file: Path
    coldkeypub_file: Path
    ports: tuple[int, ...]
    resources: Resources = Resources()
    restart: Literal["never", "on-failure", "always"] = "on-failure"
    delay_s: float = 2.0
    grace_s: float = 10.0
