"""`netctl profile import`: a pm2 ecosystem file read, shown or written as a profile, and checked like any profile."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from netctl import packs, profile
from netctl.adapters import disk
from netctl.adapters.ecosystem import evaluate
from netctl.cli.output import say, show
from netctl.ecosystem.apps import apps_of
from netctl.ecosystem.mapping import Imported, imported
from netctl.ecosystem.writing import env_text, pack_name, pack_text, profile_text
from netctl.errors import UsageError
from netctl.profile.starter import fleet_name


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asked for; None where it leaves the choice."""

    output: Path | None
    name: str | None
    pack: str | None
    netuid: int | None
    block: str | None
    env_file: Path | None


def import_files(files: Sequence[Path], wish: Wish) -> None:
    """Write or show the profile; UsageError for what is in the way, ProfileError where the result were none."""
    for path in (wish.output, wish.env_file):
        if path is not None and path.exists():
            raise UsageError(f"{path} is there already", hint="name another file, or remove that one first")
    evaluated = [(file, evaluate(file, dict(os.environ))) for file in files]
    apps = [app for file, found in evaluated for app in apps_of(found.document, file, block=wish.block)]
    found = imported(apps, wish.netuid)
    pack = wish.pack or ("resi" if found.is_resi else f"./{pack_name(found.code)}")
    origin = " and ".join(file.name for file in files)
    name = fleet_name(wish.name or (wish.output.stem if wish.output else found.code.name))
    text = profile_text(found, name=name, pack=pack, origin=origin)
    _check(text, wish.output)
    _tell(found, [note for _, each in evaluated for note in each.notes])
    if wish.env_file is not None:
        _write(wish.env_file, _secrets(found))
    if wish.output is None:
        show(text.rstrip("\n"))
    else:
        _write(wish.output, text)
    _own_pack(found, wish, pack, origin)


def _own_pack(found: Imported, wish: Wish, pack: str, origin: str) -> None:
    """Beside the profile, where no pack of netctl's was named; one that is there already stays."""
    if not pack.startswith("./"):
        return
    if wish.output is None:
        say(f"note: the pack {pack} does not exist yet: with -o it is written beside the profile")
        return
    place = wish.output.parent / pack / packs.FILE
    if place.exists():
        say(f"note: {place} is there already and stays as it is")
        return
    _write(place, pack_text(found, pack=place.parent.name, origin=origin))
    packs.load(pack, wish.output.parent)


def _check(text: str, output: Path | None) -> None:
    """As `netctl profile validate` would, before anything is written."""
    folder = output.parent if output is not None and output.parent.is_dir() else None
    with tempfile.TemporaryDirectory(prefix=".netctl-import-", dir=folder) as place:
        path = Path(place) / "profile.yaml"
        path.write_text(text, encoding="utf-8")
        profile.load(path, packs=packs.pack_names())


def _tell(found: Imported, notes: Sequence[str]) -> None:
    for note in (*notes, *found.notes):
        say(f"note: {note}")
    if found.secrets.names:
        say(f"note: set in your environment before `netctl fleet up`: {', '.join(found.secrets.names)}")


def _secrets(found: Imported) -> str:
    try:
        return env_text(found)
    except ValueError as error:
        raise UsageError(f"the value of {error} cannot be a line of an env file", hint="export it instead") from None


def _write(path: Path, text: str) -> None:
    """0600: what these files say is about keys."""
    try:
        disk.replace(path.absolute(), text.encode(), 0o600)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", hint="name a file that can be written") from error
    say(f"wrote {path}")
