"""What a neuron's container does first: unpack what it is started with into memory, then become its launcher.

`launch.sh` finds the same paths as on the operator's machine, so that it works there unchanged.
"""

from __future__ import annotations

import gzip
import io
import shlex
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from netctl.errors import SessionError
from netctl.placement import NODE_ADDRESS, Placement
from netctl.ports import SessionSpec

START = "/run/netctl/start"
"""Where the container finds the archive: a secret of the engine's, in memory."""
NODE = "NETCTL_NODE"
BEGIN = ".begin.sh"
MOST_BYTES = 500_000
"""What the engine takes as one secret."""

COMMAND = 'umask 077 && tar -xzf "$0" -C / && exec /bin/sh "$1"'
"""Run with the archive's path and that of the script in it, which holds all the rest."""


def placement_of(spec: SessionSpec) -> Placement:
    """Where a session of the engine's runs; ValueError for one of this machine's."""
    if spec.placement is None:
        raise ValueError(f"{spec.name} runs on this machine")
    return spec.placement


def launcher_directory(spec: SessionSpec) -> Path:
    """Where the launcher lies: in memory on the node, and all of netctl's own with it."""
    return spec.launcher.parent


def in_memory(placement: Placement, spec: SessionSpec) -> tuple[Path, ...]:
    """The directories on the node that are in memory: of all files that are sent, none below another."""
    parents = {launcher_directory(spec), *(path.parent for path in placement.files)}
    return tuple(sorted(path for path in parents if not any(other in path.parents for other in parents)))


def archive(spec: SessionSpec, contents: dict[Path, bytes]) -> bytes:
    """The archive of a neuron, the same bytes for the same contents; SessionError where it is too large to be sent."""
    placement = placement_of(spec)
    home = launcher_directory(spec)
    members = {path: contents[path] for path in placement.files}
    for number, (source, _) in enumerate(placement.seeds):
        members[home / f".seed-{number}"] = contents[source]
    members[home / BEGIN] = script(spec, contents).encode()
    out = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=out, mode="wb", mtime=0, filename="") as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path, content in sorted(members.items()):
            member = tarfile.TarInfo(str(path).lstrip("/"))
            member.size, member.mode = len(content), 0o400
            tar.addfile(member, io.BytesIO(content))
    if len(out.getvalue()) > MOST_BYTES:
        raise SessionError(
            f"{spec.name}: its files take {len(out.getvalue()):,} bytes packed, and the engine sends {MOST_BYTES:,}",
            hint="put large files on the nodes themselves, and name their directory among the swarm's mounts",
        )
    return out.getvalue()


def script(spec: SessionSpec, contents: dict[Path, bytes]) -> str:
    """The script that makes directories, links and seeds on the node and then becomes the launcher."""
    placement = placement_of(spec)
    return "\n".join(
        [
            f"# Written by netctl for {spec.name}.",
            "set -eu",
            "umask 077",
            *_directories(spec, placement),
            *(f"ln -sfn -- {_q(to)} {_q(at)}" for at, to in placement.links),
            *_seeds(spec, placement),
            # Of the container's first process: its own standard output is the engine's log.
            f"ln -sfn /proc/1/fd/1 {_q(spec.stdout)}",
            f"ln -sfn /proc/1/fd/2 {_q(spec.stderr)}",
            *_addresses(placement, contents),
            # Job control without a terminal, which the launcher needs, is bash's alone.
            "_bash=$(command -v bash) || { echo 'netctl: no bash on this node' >&2; exit 113; }",
            f'exec env -i "$_bash" {_q(spec.launcher)} >/dev/null',
            "",
        ]
    )


def _directories(spec: SessionSpec, placement: Placement) -> Iterator[str]:
    wanted = {spec.cwd, spec.stdout.parent, spec.stderr.parent, placement.cache, *placement.directories}
    wanted |= {at.parent for at, _ in placement.links} | {to.parent for _, to in placement.seeds}
    yield f"mkdir -p -m 700 -- {' '.join(_q(path) for path in sorted(wanted))}"


def _seeds(spec: SessionSpec, placement: Placement) -> Iterator[str]:
    """Copied whole or not at all, where nothing is."""
    for number, (_, to) in enumerate(placement.seeds):
        source, half = launcher_directory(spec) / f".seed-{number}", to.with_name(f".{to.name}.netctl")
        copied = f"cp -- {_q(source)} {_q(half)} && chmod 600 {_q(half)} && mv -- {_q(half)} {_q(to)}"
        yield f"[ -e {_q(to)} ] || {{ {copied}; }}"


def _addresses(placement: Placement, contents: dict[Path, bytes]) -> Iterator[str]:
    """Put the node's address where what was rendered leaves it open."""
    marked = [path for path in placement.files if NODE_ADDRESS.encode() in contents[path]]
    if not marked:
        return
    yield f'case "${NODE}" in'
    for node, address in placement.addresses:
        yield f"    {_q(node)}) _address={_q(address)} ;;"
    yield f'    *) echo "netctl: this fleet has no address of node ${NODE}" >&2; exit 114 ;;'
    yield "esac"
    for path in marked:
        half = _q(path.with_name(f".{path.name}.netctl"))
        yield f'sed "s/{NODE_ADDRESS}/$_address/g" {_q(path)} >{half} && chmod 400 {half} && mv -f -- {half} {_q(path)}'


def _q(path: Path | str) -> str:
    return shlex.quote(str(path))


def argv(spec: SessionSpec, *, has_init: bool) -> Sequence[str]:
    """The container's command; `has_init`: the engine puts a first process before it that passes signals on."""
    init = [] if has_init else ["/usr/bin/tini", "--"]
    return [*init, "/bin/sh", "-c", COMMAND, START, str(launcher_directory(spec) / BEGIN)]
