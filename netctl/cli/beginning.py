"""`netctl init`: files that are to begin with are compared with what is there, tried, written, and told of."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netctl import packs
from netctl.adapters import disk
from netctl.cli.output import say, show, show_json
from netctl.cli.selection import Words as Selection
from netctl.cli.selection import load_fleet
from netctl.errors import UsageError
from netctl.newcomer.beginning import Beginning, begun
from netctl.newcomer.laying import Target, shipped, sorted_by_standing
from netctl.newcomer.profile import Wish
from netctl.newcomer.reading import read_checkout
from netctl.profile.starter import fleet_name
from netctl.supplied import supplied


@dataclass(frozen=True, slots=True)
class Words:
    """The command line; None where it leaves the choice. `programs` are files of the checkout by role."""

    directory: Path
    name: str | None
    netuid: int | None
    python: Path | None
    programs: Mapping[str, str | None]
    dry_run: bool
    as_json: bool

    def for_checkouts(self) -> list[str]:
        """The options that mean something only with --from-repo."""
        given = {"name": self.name, "netuid": self.netuid, "python": self.python, **self.programs}
        return [f"--{option}" for option, value in given.items() if value is not None]


def copy_out(words: Words) -> None:
    """Copy what netctl brings with it; a file that is there already stays, and is named where it differs."""
    if words.for_checkouts():
        what = f"{', '.join(words.for_checkouts())}: only for a checkout"
        raise UsageError(what, hint="name it: netctl init --from-repo PATH")
    directory = _directory(words.directory)
    found = sorted_by_standing(shipped(), directory)
    _write(found["new"], directory, dry_run=words.dry_run)
    for target in found["other"]:
        say(f"left alone: {directory / target.path} is there already, and is not netctl's")
    following = [
        f"netctl fleet up {directory / 'profiles/day2.yaml'} --rehearse",
        "netctl init --from-repo PATH    for the code of a subnet of yours",
    ]
    if found["same"]:
        say(f"there already, just as netctl has them: {len(found['same'])}")
    if words.as_json:
        show_json({**_document(words, directory, found["new"]), **_stayed(found, directory), "next": following[:1]})
        return
    _say_next(following)


def begin(checkout: Path, words: Words) -> None:
    """Write a pack and a profile for a checkout; UsageError, and nothing written, where another file is in the way."""
    directory = _directory(words.directory)
    programs = {role: file for role, file in words.programs.items() if file is not None}
    read = read_checkout(checkout, programs)  # type: ignore[arg-type]  # the verb's options are the roles
    if words.python is not None and not words.python.expanduser().is_file():
        raise UsageError(f"{words.python}: no interpreter there", hint="name one: venv/bin/python")
    wish = Wish(
        fleet_name(words.name or read.root.name),
        words.netuid,
        words.python.expanduser().absolute() if words.python is not None else None,
    )
    beginning = begun(read, directory.absolute(), wish)
    _try(beginning)
    found = sorted_by_standing(beginning.targets, directory)
    if found["other"] and not words.dry_run:
        names = ", ".join(str(directory / target.path) for target in found["other"])
        hint = "nothing was written: remove them, or choose another name with --name"
        raise UsageError(f"there already, and different: {names}", hint=hint)
    if words.dry_run and not words.as_json:
        for target in beginning.targets:
            show(f"# {directory / target.path}\n{target.content.decode()}")
    _write(found["new"], directory, dry_run=words.dry_run)
    following = _following(beginning, directory)
    if words.as_json:
        document = {**_document(words, directory, found["new"]), **_stayed(found, directory)}
        show_json({**document, **_told(beginning, directory), "next": following})
        return
    for target in found["same"]:
        say(f"there already, just as it would be written: {directory / target.path}")
    _say_told(beginning)
    _say_next(following)


def _directory(path: Path) -> Path:
    if path.exists() and not path.is_dir():
        raise UsageError(f"{path} is no directory", hint="name a directory, or one that is to be made")
    return path


def _try(beginning: Beginning) -> None:
    """Load both as every other command will; what does not load is not written."""
    with tempfile.TemporaryDirectory(prefix="netctl-init-") as place:
        for target in beginning.targets:
            path = Path(place) / target.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(target.content)
        path = Path(place) / beginning.profile.path
        fleet = load_fleet(path, Selection(path))
        packs.load(fleet.code.pack, path.parent)


def _write(targets: Sequence[Target], directory: Path, *, dry_run: bool) -> None:
    for target in targets:
        path = directory / target.path
        if dry_run:
            say(f"would write {path}")
            continue
        try:
            disk.create(path, target.content)
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}", hint="name a directory that can be written to") from error
        say(f"wrote {path}")


def _following(beginning: Beginning, directory: Path) -> list[str]:
    profile = directory / beginning.profile.path
    lines = [f"export {name}=..." for name in beginning.wanted]
    if not beginning.rehearses_code and beginning.installs:
        lines.append(f"netctl neurons install -p {profile}")
    return [
        *lines,
        f"netctl profile validate {profile}",
        f"netctl fleet plan {profile} --rehearse",
        f"netctl fleet up {profile} --rehearse",
    ]


def _say_told(beginning: Beginning) -> None:
    for role, file in beginning.programs.items():
        say(f"{role}: {file}")
    counts = {word: sum(guess.certainty == word for guess in beginning.guesses) for word in ("certain", "likely")}
    open_ones = [guess for guess in beginning.guesses if guess.certainty == "guessed"]
    told = ", ".join(f"{number} {word}" for word, number in counts.items())
    say(f"guesses: {told}, {len(open_ones)} to be looked at")
    for guess in dict.fromkeys(open_ones):
        say(f"  {guess.what}: {guess.why} ({guess.place})")
    for note in beginning.notes:
        say(f"note: {note}")
    if not beginning.rehearses_code:
        say(
            "note: no interpreter in the checkout: stand-ins are rehearsed till you uncomment rehearsal: in the profile"
        )


def _say_next(lines: Sequence[str]) -> None:
    say("next:")
    for line in lines:
        say(f"  {line}")
    if (shelf := supplied("docs")) is not None:
        say(f"docs/, which the files name: {shelf}")


def _document(words: Words, directory: Path, new: Sequence[Target]) -> dict[str, Any]:
    return {
        "directory": str(directory),
        "dry_run": words.dry_run,
        "wrote": [str(directory / target.path) for target in new] if not words.dry_run else [],
        "would_write": [str(directory / target.path) for target in new] if words.dry_run else [],
    }


def _stayed(found: Mapping[Any, Sequence[Target]], directory: Path) -> dict[str, list[str]]:
    return {key: [str(directory / target.path) for target in found[key]] for key in ("same", "other")}


def _told(beginning: Beginning, directory: Path) -> dict[str, Any]:
    return {
        "name": beginning.name,
        "profile": str(directory / beginning.profile.path),
        "pack": str((directory / beginning.pack[0].path).parent),
        "programs": dict(beginning.programs),
        "rehearses_code": beginning.rehearses_code,
        "guesses": [
            {
                "what": guess.what,
                "file": guess.place.file,
                "line": guess.place.line or None,
                "certainty": guess.certainty,
                "why": guess.why,
            }
            for guess in beginning.guesses
        ],
        "notes": list(beginning.notes),
    }
