"""The Python files of a checkout, parsed and never imported; and which of them a program reaches by its imports."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

LARGEST, MOST = 1_000_000, 600
"""Bytes of a file, and files of a program, beyond which nothing more is read."""
PASSED_OVER = frozenset(
    {"node_modules", "site-packages", "__pycache__", "build", "dist", "tests", "test", "docs", "examples", "wandb"}
)


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its path below the checkout, and its tree."""

    file: str
    tree: ast.Module


@dataclass(slots=True)
class Sources:
    """What was parsed so far. A file that cannot be is None, and `notes` say why."""

    root: Path
    notes: list[str] = field(default_factory=list)
    _known: dict[str, Source | None] = field(default_factory=dict)
    _found: dict[tuple[str, ...], tuple[str, str] | None] = field(default_factory=dict)

    def get(self, file: str) -> Source | None:
        """The file of that path below the checkout; None where there is none, or none that can be read."""
        if file not in self._known:
            self._known[file] = self._parsed(file)
        return self._known[file]

    def _parsed(self, file: str) -> Source | None:
        text = read_text(self.root, file)
        if text is None:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return Source(file, ast.parse(text))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = getattr(error, "lineno", None)
            self.notes.append(f"{file}{f':{line}' if line else ''}: no Python of today, left out")
            return None

    def module(self, dotted: str, roots: Sequence[str]) -> tuple[str, str] | None:
        """The file of a module, and the root that it was found below; None for one that is not the checkout's."""
        if (dotted, *roots) not in self._found:
            self._found[dotted, *roots] = self._module(dotted, roots)
        return self._found[dotted, *roots]

    def _module(self, dotted: str, roots: Sequence[str]) -> tuple[str, str] | None:
        below = dotted.replace(".", "/")
        for root in roots:
            start = f"{root}/{below}" if root else below
            for file in (f"{start}.py", f"{start}/__init__.py"):
                if (self.root / file).is_file():
                    return file, root
        return None


def read_text(root: Path, file: str) -> str | None:
    """A text of the checkout; None for what is missing, too large, no UTF-8, or leads out of it."""
    path = root / file
    try:
        if not path.resolve().is_relative_to(root.resolve()) or not path.is_file() or path.stat().st_size > LARGEST:
            return None
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError):
        return None


def walked(root: Path) -> Iterator[str]:
    """Every Python file that may be the subnet's own, by its path below the checkout, sorted."""
    for directory, names, files in os.walk(root):
        place = Path(directory)
        names[:] = sorted(
            n for n in names if not n.startswith(".") and n not in PASSED_OVER and not _is_venv(place / n)
        )
        for name in sorted(files):
            if name.endswith(".py"):
                yield str(PurePosixPath((place / name).relative_to(root)))


def _is_venv(path: Path) -> bool:
    return (path / "pyvenv.cfg").is_file()


@dataclass(frozen=True, slots=True)
class Reached:
    """What a program comes to: its own file first, and the roots that its imports were found below."""

    sources: tuple[Source, ...]
    roots: tuple[str, ...]
    is_relative: bool


def reached(sources: Sources, file: str) -> Reached:
    """Follow the imports of a program through the checkout; what comes from elsewhere is left alone."""
    first = sources.get(file)
    roots = list(dict.fromkeys(["", "src", str(PurePosixPath(file).parent).removeprefix(".")]))
    used: dict[str, None] = {}
    found: dict[str, Source] = {}
    waiting = [first] if first is not None else []
    while waiting and len(found) < MOST:
        source = waiting.pop(0)
        if source.file in found:
            continue
        found[source.file] = source
        for dotted in _imports(source):
            hit = sources.module(dotted, roots)
            if hit is None:
                continue
            used.setdefault(hit[1])
            for name in (hit[0], *_packages_of(hit[0])):
                other = sources.get(name) if name not in found else None
                if other is not None:
                    waiting.append(other)
    is_relative = first is not None and any(
        isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(first.tree)
    )
    return Reached(tuple(found.values()), tuple(used), is_relative)


def _packages_of(file: str) -> Iterator[str]:
    """The packages around a module, which are imported with it."""
    parents = list(PurePosixPath(file).parents)[:-1]
    for parent in reversed(parents):
        yield f"{parent}/__init__.py"


def _imports(source: Source) -> Iterator[str]:
    """Every module that the file may mean, dotted from a root; of ``from a import b`` both a and a.b."""
    package = PurePosixPath(source.file).parent.parts
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            before = package[: len(package) - node.level + 1] if node.level else ()
            start = ".".join((*before, *([node.module] if node.module else [])))
            if start:
                yield start
            for alias in node.names:
                yield f"{start}.{alias.name}" if start else alias.name
