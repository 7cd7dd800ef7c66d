"""The sections of a profile about machines: where the neurons run, and what each of them gets of its node."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from netctl.placement import Failover
from netctl.profile.mappings import text_of
from netctl.profile.section import Port, Section
from netctl.profile.types import IpAddress, PathText, Size, Text
from netctl.profile.words import Sub, expected, found, wrong, wrongs

HostWord = Literal["tmux", "swarm"]
_ENGINE = "unix:///var/run/docker.sock, or ssh://user@host"
_NODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]{0,62}")
_DIGEST = re.compile(r"(?:[a-z0-9][A-Za-z0-9._:/-]*@)?sha256:[0-9a-f]{64}")


def _engine(value: Any) -> str:
    if not isinstance(value, str):
        raise expected("an engine's address", value, f"write {_ENGINE}")
    try:
        parts = urlsplit(value)
        name, _ = parts.hostname, parts.port
    except ValueError:
        raise wrong(f"{value[:60]!r} is not an address", f"write {_ENGINE}") from None
    if parts.scheme in ("tcp", "http", "https"):
        hint = "an engine behind TCP obeys whoever reaches it; write ssh://user@host"
        raise wrong(f"{parts.scheme}:// is not taken for an engine", hint)
    if parts.password is not None:
        raise wrong("the address holds a password", "log in with a key: ssh://user@host")
    is_socket = parts.scheme == "unix" and not parts.netloc and parts.path.startswith("/") and len(parts.path) > 1
    is_login = parts.scheme == "ssh" and not (name or "-").startswith("-") and parts.path in ("", "/")
    if not (is_socket or is_login) or parts.query or parts.fragment or not value.isprintable() or " " in value:
        raise wrong(f"{value[:60]!r} is not where an engine answers", f"write {_ENGINE}")
    return value


def _image(value: Any) -> str:
    if not isinstance(value, str):
        raise expected("an image", value, "write its id: sha256:...")
    if not _DIGEST.fullmatch(value):
        hint = "a tag may be another image on each node: write its id, sha256:... or name@sha256:..., instead"
        raise wrong(f"{value[:60]!r} is not one image for certain", hint)
    return value


def _reachable(address: str) -> str:
    one = ip_address(address)
    if one.is_loopback or one.is_unspecified:
        raise wrong(f"{address} is no address for other machines", "write the one at which they reach it")
    return address


def _node_name(value: Any) -> str:
    if not isinstance(value, str):
        raise expected("a node's name", value)
    if not _NODE.fullmatch(value):
        raise wrong(f"{value[:60]!r} cannot name a node", "write it as `docker node ls` shows it")
    return value


def _node_or_labels(value: Any) -> str | dict[str, str]:
    if isinstance(value, Mapping):
        if not value:
            raise wrong("no label is asked for", "write for example {gpu: a100}, or leave node out")
        return _labels(value)
    if not isinstance(value, str) or not value.strip():
        raise expected("a node's name, or a mapping of labels", value, "write nd1, or {gpu: a100}")
    return value


def is_node_name(name: str) -> bool:
    """Whether a machine may be called so."""
    return _NODE.fullmatch(name) is not None


def reachable(address: str) -> str:
    """The address where it is one for other machines, "" where it is none."""
    try:
        return _reachable(str(ip_address(address)))
    except ValueError:
        return ""


def _mount(path: str) -> str:
    if not path.startswith("/") or path == "/" or ":" in path or ".." in path.split("/"):
        raise wrong(f"{path[:60]!r} is no directory of a node", "write a whole path such as /opt/data")
    return path


def _labels(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise expected("a mapping of labels", value, "write for example {disk: ssd}")
    faults: list[Sub] = []
    for key, item in value.items():
        if not _LABEL.fullmatch(key):
            faults.append(((key,), f"{key[:60]!r} cannot name a label", "letters, digits, dots, - and _"))
        if isinstance(item, bool) or not isinstance(item, str | int | Decimal):
            faults.append(((key,), f"expected text, found {found(item)}", "put it in quotes"))
    if faults:
        raise wrongs(faults)
    return {key: text_of(item) for key, item in value.items()}


def _cpus(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise expected("a number of processors", value, "write for example 2, or 0.5")
    if not Decimal("0.01") <= value <= 1024:
        raise wrong(f"{value} processors are out of range", "0.01 to 1024")
    return float(value)


def _failover(value: Any) -> Failover:
    # `off` is False to a reader of YAML 1.1, and means the same.
    if value is False or value == "off":
        return "off"
    if value == "auto":
        return "auto"
    raise wrong(f"expected off or auto, found {found(value)}", "off stays on its node; auto goes to another one")


Engine = Annotated[str, PlainValidator(_engine), WithJsonSchema({"type": "string", "pattern": "^(unix:///|ssh://)."})]
Image = Annotated[str, PlainValidator(_image), WithJsonSchema({"type": "string", "pattern": f"^{_DIGEST.pattern}$"})]
Reachable = Annotated[IpAddress, AfterValidator(_reachable)]
NodeName = Annotated[
    str, PlainValidator(_node_name), WithJsonSchema({"type": "string", "pattern": f"^{_NODE.pattern}$"})
]
Mount = Annotated[PathText, AfterValidator(_mount)]
Labels = Annotated[
    dict[str, str],
    PlainValidator(_labels),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": ["string", "number"]}}),
]
NodeOrLabels = Annotated[
    str | dict[str, str],
    PlainValidator(_node_or_labels),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "object", "minProperties": 1, "additionalProperties": {"type": ["string", "number"]}},
            ]
        }
    ),
]
Cpus = Annotated[float, PlainValidator(_cpus), WithJsonSchema({"type": "number", "minimum": 0.01, "maximum": 1024})]
FailoverWord = Annotated[Failover, PlainValidator(_failover), WithJsonSchema({"enum": ["off", "auto", False]})]


class ResourceFields(Section):
    """What a neuron gets of its node: reserved, and never exceeded."""

    cpus: Cpus | None = Field(None, description="Processors.", examples=[2])
    memory_bytes: Size | None = Field(None, alias="memory", description="Memory.", examples=["4GB"])
    gpus: int | None = Field(None, ge=1, le=64, description="Graphics processors, as the node offers them.")
    gpu_kind: Text | None = Field(
        None, description="The engine's word for them; NVIDIA-GPU where it is left out.", examples=["NVIDIA-GPU"]
    )


class Placed(Section):
    """Where a neuron runs, where the fleet has many machines."""

    node: NodeOrLabels | None = Field(
        None,
        description="The node it runs on, or the labels that its node must have; allotted where it is left out.",
        examples=["nd1"],
    )
    failover: FailoverWord | None = Field(
        None,
        description="off: it stays on its node. auto: the engine starts it elsewhere, in a partition twice.",
        examples=["off"],
    )
    resources: ResourceFields | None = Field(None, description="What it gets of its node.")


class NodeFields(Section):
    """A machine that neurons run on, or without a name all that have these labels."""

    name: NodeName | None = Field(
        None,
        description="Its name, as `docker node ls` shows it; every node with these labels if left out.",
        examples=["nd1"],
    )
    address: Reachable | None = Field(
        None,
        description="Where others reach the axons on it; the engine tells those of nodes without a name.",
        examples=["203.0.113.11"],
    )
    roles: tuple[Literal["miner", "validator"], ...] = Field(
        ("miner", "validator"), description="Which neurons may run there; none on a node that only manages: []."
    )
    first_port: Port | None = Field(None, description="Its axon ports are counted from here; the fleet's if left out.")
    labels: Labels = Field(
        default_factory=dict, description="Labels that the engine must have for it, or has for all that are meant."
    )
    docker: Engine | None = Field(
        None,
        description="Where its own engine answers; only the manager is asked if left out. Without a name: ssh://{name}.",
        examples=["ssh://ops@nd1"],
    )
    manager: bool | None = Field(
        None, description="Whether it manages the swarm; netctl host setup makes the first three managers if left out."
    )


class HostsSection(Section):
    """The machines of a Docker Swarm; used where `host: swarm` is written."""

    manager: Engine = Field(description="Where a manager's engine answers.", examples=["ssh://ops@nd1"])
    here: Reachable = Field(description="This machine's address, as the nodes reach it.", examples=["203.0.113.10"])
    image: Image | None = Field(None, description="The image, by id or digest; nodes are provisioned alike without.")
    mounts: tuple[Mount, ...] = Field((), description="Directories of each node that neurons see, read-only.")
    nodes: tuple[NodeFields, ...] = Field((), description="The machines that neurons run on.")
