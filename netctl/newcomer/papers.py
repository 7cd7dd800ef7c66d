"""What stands beside the code: an example of an env file, requirements, texts for people, an interpreter. Only read."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from netctl.ecosystem.commands import command_of
from netctl.ecosystem.secrets import is_secret
from netctl.fleet import Role
from netctl.newcomer.facts import Papers, Place, PythonWish, RunLine, Variable
from netctl.newcomer.sources import read_text

ENV_EXAMPLES = (".env.example", ".env.sample", ".env.template", "env.example", ".env.dist", "example.env")
INTERPRETERS = ("venv", ".venv", "env", ".env")
COMPUTE = ("min_compute.yml", "min_compute.yaml")
_TEXTS = ("README.md", "README.rst", "docs/miner.md", "docs/validator.md", "docs/mining.md", "docs/running.md")
_VARIABLE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_COMMAND = re.compile(r"(?:python|pm2|nohup|poetry|uv|sh|bash|exec|sudo)\b|python3|[A-Z_]+=\S")
_SDK = re.compile(r"bittensor\s*(?:\[[^\]]*\])?\s*([<>=!~][^;#]*)?(?:[;#].*)?")


def papers_of(root: Path) -> tuple[Papers, tuple[str, ...]]:
    """All of it, and notes on what could not be read."""
    notes: list[str] = []
    project = _project(root, notes)
    requirements = next((Place(n) for n in ("requirements.txt", "requirements/base.txt") if (root / n).is_file()), None)
    is_package = next((Place(name) for name in ("pyproject.toml", "setup.py") if (root / name).is_file()), None)
    interpreter = next((path for name in INTERPRETERS if (path := root / name / "bin" / "python").exists()), None)
    return (
        Papers(
            variables=tuple(_variables(root)),
            run_lines=tuple(_run_lines(root)),
            requirements=requirements,
            is_package=is_package,
            sdk=_sdk(root, requirements, project),
            python=_python(root, project),
            machine=_machine(root, notes),
            interpreter=interpreter,
            interpreter_version=_version_of(interpreter) if interpreter is not None else None,
            env_file=Place(".env") if (root / ".env").is_file() else None,
        ),
        tuple(notes),
    )


def _variables(root: Path) -> Iterator[Variable]:
    """What the example of an env file names. A value that could be a secret is not kept."""
    for name in ENV_EXAMPLES:
        for number, line in enumerate((read_text(root, name) or "").split("\n"), start=1):
            match = _VARIABLE.fullmatch(line.strip())
            if match is not None:
                value = re.sub(r"\s+#.*$", "", match[2]).strip().strip("\"'")
                yield Variable(match[1], Place(name, number), False, None if is_secret(match[1], value) else value)


def _run_lines(root: Path) -> Iterator[RunLine]:
    for name in _TEXTS:
        lines = (read_text(root, name) or "").split("\n")
        number = 0
        while number < len(lines):
            start, text = number, lines[number]
            while text.rstrip().endswith("\\") and number + 1 < len(lines):
                number += 1
                text = f"{text.rstrip()[:-1]} {lines[number]}"
            number += 1
            found = _run_line(root, text, Place(name, start + 1))
            if found is not None:
                yield found


def _run_line(root: Path, text: str, place: Place) -> RunLine | None:
    plain = re.sub(r"^\s*(?:[-*>$#]\s+)*", "", text).strip().strip("`")
    if not _COMMAND.match(plain):
        return None
    try:
        command = command_of(shlex.split(plain, comments=True))
    except ValueError:
        return None
    if command.program is None:
        return None
    program = f"{command.program.replace('.', '/')}.py" if command.is_module else command.program.removeprefix("./")
    if command.is_module and not (root / program).is_file():
        program = program.removesuffix(".py") + "/__main__.py"
    if not (root / program).is_file():
        return None
    options = {
        f"--{option.name}": option.values[0] if len(option.values) == 1 else None
        for option in command.options
        if not any(is_secret(option.name, value) for value in option.values)
    }
    return RunLine(place, program, options)


def _project(root: Path, notes: list[str]) -> Mapping[str, Any]:
    text = read_text(root, "pyproject.toml")
    try:
        found = tomllib.loads(text) if text is not None else {}
    except tomllib.TOMLDecodeError as error:
        notes.append(f"pyproject.toml: {error}; left out")
        return {}
    project = found.get("project")
    return project if isinstance(project, dict) else {}


def _line(root: Path, file: str, pattern: str) -> tuple[re.Match[str], Place] | None:
    for number, line in enumerate((read_text(root, file) or "").split("\n"), start=1):
        match = re.search(pattern, line)
        if match is not None:
            return match, Place(file, number)
    return None


def _sdk(root: Path, requirements: Place | None, project: Mapping[str, Any]) -> tuple[str, Place] | None:
    """Which bittensor is asked for, as it is written: ``==9.9.0``; empty text for any."""
    if requirements is not None:
        for number, line in enumerate((read_text(root, requirements.file) or "").split("\n"), start=1):
            match = _SDK.fullmatch(line.strip())
            if match is not None:
                return (match[1] or "").strip(), Place(requirements.file, number)
    listed = project.get("dependencies")
    for each in listed if isinstance(listed, list) else []:
        match = _SDK.fullmatch(str(each).strip())
        if match is not None:
            where = _line(root, "pyproject.toml", r"[\"']bittensor\b")
            return (match[1] or "").strip(), where[1] if where is not None else Place("pyproject.toml")
    return None


def _python(root: Path, project: Mapping[str, Any]) -> PythonWish | None:
    text = project.get("requires-python")
    if isinstance(text, str):
        where = _line(root, "pyproject.toml", r"requires-python")
        return PythonWish(text, where[1] if where is not None else Place("pyproject.toml"))
    for file, pattern in (
        ("setup.py", r"python_requires\s*=\s*[\"']([^\"']+)"),
        (".python-version", r"^\s*(\d+\.\d+)"),
        ("README.md", r"[Pp]ython\s*(?:version\s*)?(?:>=?\s*)?(3\.\d+)"),
    ):
        found = _line(root, file, pattern)
        if found is not None:
            return PythonWish(found[0][1], found[1])
    return None


def _machine(root: Path, notes: list[str]) -> Mapping[Role, tuple[str, Place]]:
    """What the subnet says a machine must have, in words: ``4 cores, 16 GB of memory``."""
    file = next((name for name in COMPUTE if (root / name).is_file()), None)
    if file is None:
        return {}
    try:
        document = yaml.safe_load(read_text(root, file) or "")
    except (yaml.YAMLError, ValueError, RecursionError):
        notes.append(f"{file}: no YAML, left out")
        return {}
    spec = document.get("compute_spec") if isinstance(document, dict) else None
    found: dict[Role, tuple[str, Place]] = {}
    roles: tuple[Role, ...] = ("miner", "validator")
    for role in roles:
        wanted = spec.get(role) if isinstance(spec, dict) else None
        words = list(_wanted(wanted)) if isinstance(wanted, dict) else []
        where = _line(root, file, rf"^\s*{role}:")
        if words and where is not None:
            found[role] = (", ".join(words), where[1])
    return found


def _wanted(spec: Mapping[str, Any]) -> Iterator[str]:
    for part, key, words in (
        ("cpu", "min_cores", "{} cores"),
        ("memory", "min_ram", "{} GB of memory"),
        ("gpu", "min_vram", "a GPU with {} GB"),
        ("storage", "min_space", "{} GB of disk"),
    ):
        section = spec.get(part)
        section = section if isinstance(section, dict) else {}
        value = section.get(key)
        is_amount = isinstance(value, int | float) and not isinstance(value, bool)
        if is_amount and (part != "gpu" or section.get("required") is True):
            yield words.format(value)


def _version_of(interpreter: Path) -> str | None:
    """What the virtual environment says of itself; nothing is run."""
    try:
        text = (interpreter.parent.parent / "pyvenv.cfg").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    match = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+)", text, re.MULTILINE)
    return match[1] if match is not None else None
