"""A Compose file: one service for each neuron, in an image that gets this machine's checkout and interpreter."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from netctl.export.jobs import Export, Exported, Job
from netctl.render.environment import MARKER

FILE = "compose.yaml"
IMAGE = "buildpack-deps:bookworm-scm"
"""Debian with git and certificates, and without a Python of its own."""


def files(export: Export, *, image: str = IMAGE, user: str = "0:0") -> tuple[Exported, ...]:
    """The Compose file. `user` is the ``uid:gid`` that owns the fleet's files."""
    document = {
        "name": _project(export.fleet),
        "services": {job.name: _service(export, job, image, user) for job in export.jobs},
    }
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=10_000)
    return (Exported(FILE, f"# {export.heading}\n{text}"),)


def how(export: Export, folder: Path) -> Sequence[str]:  # noqa: ARG001
    """What to type."""
    file = shlex.quote(str(folder / FILE))
    return (f"docker compose -f {file} up -d", f"docker compose -f {file} ps", f"docker compose -f {file} down")


def _project(fleet: str) -> str:
    return f"netctl-{re.sub(r'[^a-z0-9_-]', '-', fleet.lower())}"


def _service(export: Export, job: Job, image: str, user: str) -> Mapping[str, Any]:
    # docker keeps what a container prints to itself; the logs stay where netctl's tools look for them.
    shell = f'exec "$0" "$@" >>{shlex.quote(str(job.stdout))} 2>>{shlex.quote(str(job.stderr))}'
    document: dict[str, Any] = {
        "image": image,
        "network_mode": "host",
        "init": True,
        "user": user,
        "working_dir": str(job.cwd),
        "entrypoint": [],
        "command": ["/bin/sh", "-c", f"umask 077; {shell}", *job.argv],
        "env_file": [str(job.env_file)],
        "environment": {"PWD": str(job.cwd), MARKER: f"compose:{export.fleet}/{job.name}"},
        "volumes": [_mount(path, read_only=True) for path in outermost(job.reads)]
        + [_mount(path, read_only=False) for path in outermost(job.writes)],
        "stop_signal": f"SIG{job.stop_signal}",
        "stop_grace_period": f"{job.grace_s:g}s",
        "restart": _policy(job),
    }
    if job.after:
        document["depends_on"] = {name: {"condition": "service_started"} for name in job.after}
    return {key: _doubled(value) for key, value in document.items()}


def _policy(job: Job) -> str:
    if job.restart.when == "never":
        return "no"
    return "unless-stopped" if job.restart.when == "always" else f"on-failure:{job.restart.tries}"


def outermost(paths: Sequence[Path]) -> Sequence[Path]:
    """The paths without those that lie below another of them, and each once."""
    unique = list(dict.fromkeys(paths))
    return [path for path in unique if not any(path != other and path.is_relative_to(other) for other in unique)]


def _mount(path: Path, *, read_only: bool) -> Mapping[str, Any]:
    """The same path inside: what was rendered holds for both sides."""
    mount: dict[str, Any] = {"type": "bind", "source": str(path), "target": str(path)}
    if read_only:
        mount["read_only"] = True
    return {**mount, "bind": {"create_host_path": False}}


def _doubled(value: Any) -> Any:
    """Every ``$`` doubled: Compose fills in variables everywhere."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, dict):
        return {key: _doubled(item) for key, item in value.items()}
    return [_doubled(item) for item in value] if isinstance(value, list) else value
