"""The apps of an ecosystem file, as pm2 understands its many spellings. Pure: the file was evaluated before."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netctl.errors import UsageError

# pm2's own synonyms.
_SYNONYMS = {"exec_interpreter": "interpreter", "exec": "script", "interpreterArgs": "interpreter_args"}
_SYNONYMS |= {"node_args": "interpreter_args", "error": "error_file", "out": "out_file", "output": "out_file"}
_READ = ("name", "script", "interpreter", "interpreter_args", "args", "cwd", "env", "instances")


@dataclass(frozen=True, slots=True)
class App:
    """One app. `words` is its command line; `env` may hold secrets. `rest` are the settings of pm2's own."""

    place: str
    name: str
    words: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str] = field(repr=False)
    instances: str
    rest: Mapping[str, Any]


def apps_of(document: Any, file: Path, *, block: str | None = None) -> tuple[App, ...]:
    """Every app of an evaluated file; with `block` its `env_<block>` lies over its `env`. UsageError for no app."""
    found = document.get("apps", document) if isinstance(document, Mapping) else document
    listed = found if isinstance(found, list) else [found]
    apps = [
        _app(each, f"apps[{number}]", file, block) for number, each in enumerate(listed) if isinstance(each, Mapping)
    ]
    if not apps:
        raise UsageError(f"{file}: no app in it", hint="an ecosystem file has module.exports = {apps: [...]}")
    return tuple(apps)


def _app(written: Mapping[str, Any], place: str, file: Path, block: str | None) -> App:
    said = {_SYNONYMS.get(key, key): value for key, value in written.items() if value is not None}
    script = str(said.get("script", ""))
    env = {**_variables(said.get("env")), **_variables(said.get(f"env_{block}") if block else None)}
    rest = {key: value for key, value in said.items() if key not in _READ and key != f"env_{block}"}
    interpreter = str(said.get("interpreter", ""))
    before = [interpreter, *_words(said.get("interpreter_args"))] if interpreter not in ("", "none") else []
    return App(
        place=place,
        name=str(said.get("name") or Path(script).stem or place),
        words=tuple(
            word for word in (*before, *_words(script, whole=not said.get("args")), *_words(said.get("args"))) if word
        ),
        cwd=(file.absolute().parent / Path(str(said.get("cwd", "."))).expanduser()).resolve(),
        env=env,
        instances=str(said.get("instances", 1)),
        rest=rest,
    )


def _words(value: Any, *, whole: bool = True) -> Sequence[str]:
    """As pm2 splits: a list is taken as it is, a text as a shell would. `whole` is for a script with its arguments."""
    if value is None:
        return []
    if isinstance(value, list):
        return [_text(item) for item in value]
    if not whole:
        return [str(value)]
    try:
        return shlex.split(str(value))
    except ValueError:
        return str(value).split()


def _variables(value: Any) -> dict[str, str]:
    return {str(key): _text(item) for key, item in value.items()} if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    """A value as it reaches the process."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
