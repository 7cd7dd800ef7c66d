"""`netctl fleet export`: what was rendered, as files for another host of processes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from netctl import packs
from netctl.cli.habits import Target
from netctl.cli.output import say, show, show_json
from netctl.cli.selection import Words, fleet_meant
from netctl.cli.world import host_of, on_its_chain
from netctl.errors import PrerequisiteError, ReconcileFailed, UsageError
from netctl.export import compose, guard, kubernetes, pm2, systemd
from netctl.export.jobs import Export, Exported, export_of, unreadable
from netctl.export.names import fleet_label, is_label
from netctl.export.placing import Placing, placing
from netctl.fleet import Fleet
from netctl.packs import PACKAGE
from netctl.phases.files import FilesFacts, diff
from netctl.render.fleet import RenderedFleet, render_fleet

_QUANTITY = re.compile(r"[1-9]\d*([KMGTPE]i|[kMGTPE])?")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a target takes from the command line; None where nothing was said."""

    image: str | None = None
    namespace: str | None = None
    storage: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an export; names are those in `directory`."""

    fleet: str
    to: str
    directory: str
    files: tuple[str, ...]
    written: tuple[str, ...]
    removed: tuple[str, ...]
    notes: tuple[str, ...]
    commands: tuple[str, ...]


def export_fleet(
    words: Words, target: Target, folder: Path | None, asked: Asked, *, dry_run: bool, as_json: bool
) -> None:
    """Write the files of the export, or with `dry_run` show them.

    UsageError and ReconcileFailed before any is written.
    """
    _check_words(target, asked)
    fleet = on_its_chain(fleet_meant(words, asks=True))
    if fleet.swarm is not None and target is not Target.kubernetes:
        # Rendered for nodes: their addresses are announced, and the same hotkeys may run there.
        why = f"{fleet.name} is a fleet of many machines, and {target} would run all of it on this one"
        raise UsageError(why, hint="--to kubernetes; or netctl fleet down, host: tmux in the profile, netctl render")
    cluster = _cluster(fleet, asked) if target is Target.kubernetes else None
    wanted = _rendered(fleet)
    export = export_of(fleet, wanted, code=_code(fleet))
    if cluster is not None:
        _check_departure(fleet, export, wanted, cluster)
    place = (folder or Path(f"{fleet.name}-{target}")).absolute()
    files = _files(export, target, asked.image, fleet, cluster)
    plan = placing(export.fleet, files, _found(place))
    if plan.foreign:
        raise UsageError(
            f"{place}: {', '.join(plan.foreign)} is there and not of an export of {fleet.name}",
            hint="name another directory with -o, or move it away",
        )
    if not dry_run:
        _write(place, plan)
    result = Result(
        fleet=fleet.name,
        to=target.value,
        directory=str(place),
        files=tuple(file.name for file in files),
        written=tuple(file.name for file in plan.write),
        removed=plan.remove,
        notes=tuple(_notes(fleet, export, target)),
        commands=tuple(_how(export, target, place, cluster)),
    )
    if as_json:
        show_json(asdict(result))
        return
    if dry_run:
        show("\n".join(f"==> {file.name} <==\n{file.text}" for file in files).rstrip("\n"))
    _tell(result, dry_run=dry_run)


def _check_words(target: Target, asked: Asked) -> None:
    if asked.image is not None and target not in (Target.compose, Target.kubernetes):
        raise UsageError(f"--image is for containers, and {target} runs no image", hint="add --to compose")
    for option, value in (("--namespace", asked.namespace), ("--storage", asked.storage)):
        if value is not None and target is not Target.kubernetes:
            raise UsageError(f"{option} is Kubernetes's, and {target} has none", hint="add --to kubernetes")


def _cluster(fleet: Fleet, asked: Asked) -> kubernetes.Cluster:
    """What the manifests need beside the fleet; UsageError where it cannot be had."""
    if fleet.rehearsal:
        raise UsageError(
            "a rehearsal's chain and keys lie on this machine, where no pod reaches them",
            hint="export the profile without --rehearse",
        )
    image = asked.image or (fleet.swarm.image if fleet.swarm is not None else None)
    if not image:
        raise UsageError(
            "Kubernetes runs images, and nothing says which holds your neurons' code",
            hint="add --image REGISTRY/NAME:TAG",
        )
    namespace = asked.namespace if asked.namespace is not None else fleet_label(fleet.name)
    if not is_label(namespace):
        raise UsageError(
            f"--namespace {namespace}: Kubernetes takes small letters, digits and -, 63 at most",
            hint=f"--namespace {fleet_label(namespace)}",
        )
    storage = asked.storage if asked.storage is not None else kubernetes.STORAGE
    if not _QUANTITY.fullmatch(storage):
        raise UsageError(f"--storage {storage}: not a size that Kubernetes knows", hint="--storage 20Gi, for example")
    owner = fleet.state.stat() if fleet.state.exists() else Path.cwd().stat()
    nodes, labelled = (fleet.swarm.nodes, fleet.swarm.labelled) if fleet.swarm is not None else ((), ())
    return kubernetes.Cluster(image, namespace, owner.st_uid, owner.st_gid, storage, nodes, labelled)


def _check_departure(fleet: Fleet, export: Export, wanted: RenderedFleet, cluster: kubernetes.Cluster) -> None:
    """Nothing leaves this machine that must stay on it, and nothing secret is shown."""
    found = [*guard.faults(export, wanted), *kubernetes.unfit(export, cluster)]
    if found:
        for line in found:
            say(line)
        raise UsageError(
            f"{fleet.name}: {len(found)} things keep it from being exported",
            hint="take them out of the profile, then: netctl render",
        )


def _tell(result: Result, *, dry_run: bool) -> None:
    count = f"{len(result.written)} of {len(result.files)} files"
    say(f"{result.directory}: {count} {'would be written' if dry_run else 'written'}, {len(result.removed)} removed")
    for note in result.notes:
        say(f"note: {note}")
    say("then:")
    for command in result.commands:
        say(f"  {command}")


def _rendered(fleet: Fleet) -> RenderedFleet:
    """The fleet as it lies on disk; what is not written, or not so, is refused."""
    wanted = render_fleet(fleet, packs.load(fleet.code.pack, fleet.profile_path.parent), dict(os.environ))
    if wanted.blocked:
        hints = [each.hint for each in wanted.blocked if each.hint]
        failures = [(each.neuron or fleet.name, each.why) for each in wanted.blocked]
        raise ReconcileFailed(failures, hint=hints[0] if hints else "")
    host = host_of(fleet)
    paths = {
        path for one in wanted.rendered for path in (*one.directories, *(f.path for f in (*one.seeds, *one.files)))
    }
    found = {path: facts for path in paths if (facts := host.facts_of(path)) is not None}
    due = diff(fleet, FilesFacts(wanted, found)).steps
    if due:
        hint = f"netctl render -p {fleet.profile_path}{' --rehearse' if fleet.rehearsal else ''}"
        raise UsageError(f"{fleet.name}: {len(due)} of its files are not written as they should be", hint=hint)
    strange = unreadable(fleet, wanted)
    if strange:
        for line in strange:
            say(line)
        raise UsageError(f"{fleet.name}: {len(strange)} variables cannot be exported", hint="write the value otherwise")
    return wanted


def _code(fleet: Fleet) -> Sequence[Path]:
    from netctl.adapters.interpreter import roots

    own = fleet.code.path if fleet.code.path is not None else PACKAGE.parent
    return (own, *roots(fleet.code.python))


def _files(
    export: Export, target: Target, image: str | None, fleet: Fleet, cluster: kubernetes.Cluster | None
) -> tuple[Exported, ...]:
    if cluster is not None:
        return kubernetes.files(export, cluster)
    if target is Target.systemd:
        return systemd.files(export)
    if target is Target.pm2:
        return pm2.files(export)
    owner = fleet.state.stat()
    return compose.files(export, image=image or compose.IMAGE, user=f"{owner.st_uid}:{owner.st_gid}")


def _how(export: Export, target: Target, place: Path, cluster: kubernetes.Cluster | None) -> Sequence[str]:
    if cluster is not None:
        return kubernetes.how(place, cluster)
    tellers = {Target.systemd: systemd.how, Target.pm2: pm2.how, Target.compose: compose.how}
    return tellers[target](export, place)


def _notes(fleet: Fleet, export: Export, target: Target) -> list[str]:
    notes = []
    if host_of(fleet).is_alive():
        notes.append("the fleet runs: `netctl fleet down` first, or two processes share each hotkey and port")
    if fleet.rehearsal:
        notes.append("the rehearsal's chain is not exported; it runs alone with `netctl chain up -p PROFILE`")
    if target is not Target.systemd and any(job.pause_s for job in export.jobs):
        notes.append(f"{target} has no pause between two starts: the pack's stagger is left out")
    if target is Target.kubernetes:
        notes += _kubernetes_notes(fleet, export)
    return notes


def _kubernetes_notes(fleet: Fleet, export: Export) -> Iterator[str]:
    yield f"the image must hold {', '.join(str(path) for path in _code(fleet))}, and /bin/sh"
    if export.jobs and any(job.restart.when != "always" for job in export.jobs):
        yield "Kubernetes starts again whatever ends: `restart:` of the profile does not count there"
    if urlsplit(fleet.network.endpoint).hostname in ("127.0.0.1", "localhost", "::1"):
        yield f"{fleet.network.endpoint} is another machine on each node: the chain must answer there too"
    if any(job.placing.failover == "off" and job.placing.node is None for job in export.jobs):
        yield "a neuron without a node of its own runs where Kubernetes puts it first, and stays where its volume is"


def _found(place: Path) -> dict[str, bytes]:
    if not place.exists():
        return {}
    if not place.is_dir():
        raise UsageError(f"{place} is a file", hint="name a directory with -o")
    return {path.name: path.read_bytes() for path in place.iterdir() if path.is_file()}


def _write(place: Path, plan: Placing) -> None:
    from netctl.adapters import disk

    try:
        for file in plan.write:
            disk.replace(place / file.name, file.text.encode(), 0o600)
        for name in plan.remove:
            (place / name).unlink(missing_ok=True)
    except OSError as error:
        raise PrerequisiteError(f"{place}: {error.strerror}", hint="name a directory that can be written") from error
