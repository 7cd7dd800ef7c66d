"""What a session starts, by its launcher on disk or by a rendering in memory, and where the disk makes it lead."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values

from netctl.fleet import Fleet, NeuronSpec
from netctl.layout import files_of
from netctl.packs import Pack
from netctl.render.environment import MARKER, OWN, references
from netctl.render.launcher import Written, read_back
from netctl.render.neuron import Rendered
from netctl.render.sources import places
from netctl.secrecy import SECRET_NAME
from netctl.truth.drift import Launched

DOTENV = ".env"


@dataclass(frozen=True, slots=True)
class Standard:
    """What one neuron is held against, without a secret: its launcher on disk, and how to read it.

    `public` names the variables whose values may be shown, `dotenvs` the files that its code lets override them.
    """

    neuron: str
    launcher: str
    public: tuple[str, ...]
    dotenvs: tuple[str, ...]


def standard_of(fleet: Fleet, neuron: NeuronSpec, pack: Pack) -> Standard:
    """The standard of a neuron, whether it can be rendered now or not. Pure."""
    launcher = files_of(fleet, neuron.name) / "launch.sh"
    return Standard(neuron.name, str(launcher), _public(neuron, pack), dotenvs_of(fleet, neuron, pack))


def dotenvs_of(fleet: Fleet, neuron: NeuronSpec, pack: Pack) -> tuple[str, ...]:
    """The .env files of which the pack says that its code lets them override the environment, there or not."""
    absent = (*pack.spec.needs.absent, *pack.role(neuron.role).needs.absent)
    named = [file for file in absent if Path(file.path).name == DOTENV]
    return tuple(str(path) for file in named for path in places(file, fleet, pack))


@dataclass(slots=True)
class Desk:
    """Where launchers lie open: one that has not changed is not read twice, also from one look to the next.

    `clear` before each look: what an interpreter leads to, and what a .env says, is asked once for all neurons.
    """

    written: dict[str, tuple[tuple[int, int, int], Written | None]] = field(default_factory=dict, repr=False)
    interpreters: dict[tuple[str, str, str], str | None] = field(default_factory=dict)
    dotenvs: dict[str, Mapping[str, str | None]] = field(default_factory=dict, repr=False)

    def clear(self) -> None:
        """Forget what the disk may tell otherwise by now."""
        self.interpreters.clear()
        self.dotenvs.clear()

    def launcher(self, path: str) -> Written | None:
        """What the launcher says; None where there is none that netctl wrote."""
        try:
            found = Path(path).stat()
            stamp = (found.st_mtime_ns, found.st_ino, found.st_size)
            if path not in self.written or self.written[path][0] != stamp:
                text = Path(path).read_text(encoding="utf-8", errors="surrogateescape")
                self.written[path] = (stamp, read_back(text))
        except OSError:
            return None
        return self.written[path][1]

    def interpreter(self, written: Written) -> str | None:
        """The file that these words lead to."""
        key = (written.argv[0], written.cwd, written.environ.get("PATH", os.defpath))
        key = (key[0], "" if key[0].startswith("/") else key[1], key[2])
        if key not in self.interpreters:
            self.interpreters[key] = interpreter_of(*key)
        return self.interpreters[key]

    def shadows(self, paths: Sequence[str]) -> tuple[tuple[str, Mapping[str, str | None]], ...]:
        """Those of these .env files that set anything."""
        for path in paths:
            if path not in self.dotenvs:
                self.dotenvs[path] = _values(path)
        return tuple((path, self.dotenvs[path]) for path in paths if self.dotenvs[path])


def on_disk(standard: Standard, desk: Desk) -> Launched | None:
    """What the launcher on disk starts; None where there is none."""
    written = desk.launcher(standard.launcher)
    if written is None:
        return None
    return _launched(written, frozenset(standard.public), standard.dotenvs, standard.launcher, desk)


def in_memory(rendered: Rendered, dotenvs: tuple[str, ...]) -> Launched:
    """What a launcher rendered now would start."""
    written = Written(rendered.argv, rendered.environ, str(rendered.session.cwd))
    return _launched(written, frozenset(rendered.public), dotenvs, str(rendered.session.launcher), Desk())


def interpreter_of(word: str, cwd: str, path: str) -> str | None:
    """The file that the kernel runs for this first word, symlinks followed, through a script's first line.

    None where there is none.
    """
    for _ in range(4):
        found = shutil.which(f"{cwd}/{word}" if "/" in word and not word.startswith("/") else word, path=path)
        if found is None:
            return None
        real = os.path.realpath(found)
        words = _first_line(real)
        if not words:
            return real
        word = next((w for w in words[1:] if not w.startswith("-")), "") if words[0].endswith("/env") else words[0]
    return None


def _launched(
    written: Written, public: frozenset[str], dotenvs: tuple[str, ...], launcher: str, desk: Desk
) -> Launched:
    interpreter, shadows = desk.interpreter(written), desk.shadows(dotenvs)
    return Launched(written.argv, written.cwd, written.environ, interpreter, public, shadows, launcher)


def _public(neuron: NeuronSpec, pack: Pack) -> tuple[str, ...]:
    """As the environment is put together: what an env file may set, or the operator's own holds, is a secret."""
    packed = (MARKER, "PWD") if neuron.env_files else (*OWN, *pack.role(neuron.role).env)
    plain = [name for name, text in neuron.env if not references(text)]
    secret = {name for name, text in neuron.env if references(text)}
    names = dict.fromkeys((*packed, *plain))
    return tuple(name for name in names if name not in secret and not SECRET_NAME.search(name))


def _values(path: str) -> Mapping[str, str | None]:
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as stream:
            return dotenv_values(stream=stream, interpolate=False)
    except OSError:
        return {}


def _first_line(path: str) -> list[str]:
    """The words behind ``#!``; none where the file is no script, or cannot be read."""
    try:
        with Path(path).open("rb") as file:
            line = file.readline(256) if file.read(2) == b"#!" else b""
    except OSError:
        return []
    return line.decode(errors="replace").split()
