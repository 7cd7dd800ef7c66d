"""How a running process differs from what was rendered for it. Pure; a secret's value is compared and never shown."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Literal

from netctl.ports import Running
from netctl.secrecy import MASK, shown_words

What = Literal["stale", "missing", "extra", "shadowed", "cwd", "interpreter", "argv", "files"]

GONE = " (deleted)"
ENV = ("/usr/bin/env",)
ADDED = {"OLDPWD", "SHLVL", "_", "__CF_USER_TEXT_ENCODING"}
"""What shells, and macOS, put into an environment by themselves."""

RUNNERS = {
    "sh",
    "bash",
    "dash",
    "zsh",
    "fish",
    "env",
    "poetry",
    "pdm",
    "uv",
    "hatch",
    "pipenv",
    "conda",
    "nice",
    "exec",
}
"""Programs that become another one: what words, interpreter and variables that one has is their affair."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference; the field names are those of ``netctl status --json``.

    `name` is the variable or option, None where there is none to name. Values that may be secret are masked, and one
    that is not there is None.
    """

    what: What
    name: str | None
    running: str | None
    rendered: str | None

    def __str__(self) -> str:
        if self.what == "extra":
            return f"{self.name} is still set"
        if self.what == "missing":
            return f"{self.name} is not set"
        if self.what == "shadowed":
            return f"{self.name} is overridden by {self.running}"
        if self.what == "files":
            return "its files or its code have changed since it was started"
        if self.running == self.rendered == MASK:
            return f"{self.name} differs"
        name = f"{self.what} {self.name}" if self.what == "argv" and self.name else self.name or self.what
        return f"{name} is {_told(self.running)}, rendered {_told(self.rendered)}"


@dataclass(frozen=True, slots=True)
class Launched:
    """What a session starts: words, working directory, whole environment, and the interpreter that the words lead to.

    `public` names the variables whose values may be shown, `dotenvs` are files that the program lets override them, and
    `launcher` is the script that starts it.
    """

    argv: tuple[str, ...]
    cwd: str
    environ: Mapping[str, str] = field(repr=False)
    interpreter: str | None
    public: frozenset[str]
    dotenvs: tuple[tuple[str, Mapping[str, str | None]], ...] = field(default=(), repr=False)
    launcher: str = ""


def drift_of(launched: Launched, running: Running) -> tuple[Drift, ...]:
    """Every difference; what of the process cannot be read is not judged, nor one that is only about to begin."""
    if _is_about_to_begin(launched, running):
        return ()
    found = [*_of_environ(launched, running), *_shadowed(launched)]
    if running.cwd is not None and not _is_in(running.cwd, os.path.realpath(launched.cwd)):
        found.append(Drift("cwd", None, running.cwd, launched.cwd))
    return (*found, *_of_interpreter(launched, running), *_of_argv(launched, running))


def _is_about_to_begin(launched: Launched, running: Running) -> bool:
    """Whether it is still the launcher's own fork, or the `env` that becomes the program."""
    argv = running.argv or ()
    return argv[1:] == (launched.launcher,) or (argv[:1] == ENV and argv[-len(launched.argv) :] == launched.argv)


def told(drift: Sequence[Drift], *, most: int = 3) -> str:
    """The first of them in one text, and how many more there are."""
    more = f" and {len(drift) - most} more" if len(drift) > most else ""
    return f"{'; '.join(map(str, drift[:most]))}{more}"


def _is_in(cwd: str, place: str) -> bool:
    """Programs step into directories of their own for a while; RESI's does for its clone."""
    return cwd == place or (cwd.startswith(f"{place}/") and not cwd.endswith(GONE))


def _of_environ(launched: Launched, running: Running) -> Iterator[Drift]:
    if running.environ is None:
        return
    became = _became_another(launched)
    for name in sorted({*launched.environ, *running.environ} - ADDED):
        now, then = running.environ.get(name), launched.environ.get(name)
        if now == then or (then is None and became) or (name == "PWD" and became):
            continue
        what: What = "missing" if now is None else "extra" if then is None else "stale"
        yield Drift(what, name, *(_masked(name, value, launched.public) for value in (now, then)))


def _shadowed(launched: Launched) -> Iterator[Drift]:
    """Variables that a .env sets to something else, in a program that lets the file win."""
    for path, values in launched.dotenvs:
        for name, value in sorted(values.items()):
            if value is not None and value != launched.environ.get(name):
                yield Drift("shadowed", name, path, _masked(name, launched.environ.get(name), launched.public))


def _of_interpreter(launched: Launched, running: Running) -> Iterator[Drift]:
    if running.exe is None or launched.interpreter is None or _became_another(launched):
        return
    if running.exe != launched.interpreter:
        yield Drift("interpreter", None, running.exe, launched.interpreter)


def _of_argv(launched: Launched, running: Running) -> Iterator[Drift]:
    """Option by option where the words fall into options; else the first words that differ."""
    if running.argv is None or running.environ is None or _became_another(launched):
        return
    if running.argv == launched.argv or _is_script(running.argv, launched.argv):
        return
    secrets = [value for name, value in launched.environ.items() if name not in launched.public]
    (head, now), (rendered, then) = _split(running.argv), _split(launched.argv)
    if head != rendered:
        yield Drift("argv", None, _line(head, secrets), _line(rendered, secrets))
    for name in dict.fromkeys((*then, *now)):
        pairs = zip_longest(now.get(name, ()), then.get(name, ()))
        for one, other in pairs:
            if one != other:
                shown = [None if value is None else _word(name, value, secrets) for value in (one, other)]
                yield Drift("argv", name, *shown)


def _split(argv: Sequence[str]) -> tuple[tuple[str, ...], dict[str, list[str]]]:
    """The words before the first long option, and what stands behind each option, as often as it is given."""
    first = next((number for number, word in enumerate(argv) if word.startswith("--")), len(argv))
    options: dict[str, list[str]] = {}
    name = ""
    for word in argv[first:]:
        if word.startswith("--"):
            name, sign, value = word.partition("=")
            options.setdefault(name, []).append(value if sign else "")
        else:
            options[name][-1] = f"{options[name][-1]} {word}".strip()
    return tuple(argv[:first]), options


def _is_script(argv: Sequence[str], rendered: Sequence[str]) -> bool:
    """Whether these are the rendered words behind an interpreter, which a script's first line names."""
    last = argv[-len(rendered) :]
    is_longer, is_named = len(argv) > len(rendered), Path(last[0]).name == Path(rendered[0]).name
    return is_longer and is_named and tuple(last[1:]) == tuple(rendered[1:])


def _became_another(launched: Launched) -> bool:
    return Path(launched.argv[0]).name in RUNNERS


def _line(words: Sequence[str], secrets: Collection[str]) -> str:
    return " ".join(shown_words(words, secrets))


def _word(name: str, value: str, secrets: Collection[str]) -> str:
    return shown_words((name, value), secrets)[1]


def _masked(name: str, value: str | None, public: Collection[str]) -> str | None:
    return value if value is None or name in public else MASK


def _told(value: str | None) -> str:
    return "not there" if value is None else value or "given"
