"""Which file is the miner and which the validator: by name, by being runnable, and by what texts and settings call."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from netctl.fleet import Role
from netctl.newcomer.belonging import role_said
from netctl.newcomer.facts import Certainty, RunLine
from netctl.newcomer.sources import Sources, walked

LOOKED_FOR: Mapping[Role, tuple[str, ...]] = {
    "miner": ("neurons/miner.py", "miner.py", "src/miner.py"),
    "validator": ("neurons/validator.py", "validator.py", "src/validator.py"),
}
"""Where subnets usually have them; after these, any runnable file that is called so."""
_INNER = {"main", "__main__", "run", "app", "neuron", "entry", "entrypoint"}


@dataclass(frozen=True, slots=True)
class Found:
    """The file chosen, how sure that is and why, and the other files that it could have been."""

    file: str
    certainty: Certainty
    why: str
    others: tuple[str, ...]


def find_programs(sources: Sources, run_lines: Sequence[RunLine]) -> Mapping[Role, Found]:
    """The program of each role; a role without one is left out."""
    candidates: dict[Role, list[tuple[tuple[int, ...], str]]] = {"miner": [], "validator": []}
    shown = {line.program for line in run_lines}
    for file in walked(sources.root):
        role = _role(file)
        if role is not None:
            rank = _rank(file, role, sources, shown)
            if rank is not None:
                candidates[role].append((rank, file))
    return {role: _chosen(role, sorted(ranked), shown) for role, ranked in candidates.items() if ranked}


def _role(file: str) -> Role | None:
    path = PurePosixPath(file)
    if path.stem.startswith("test") or path.stem.endswith("_test"):
        return None
    return role_said(path.parent.name if path.stem in _INNER else path.stem)


def _rank(file: str, role: Role, sources: Sources, shown: set[str]) -> tuple[int, ...] | None:
    """The smallest is the best; None for a file that nobody runs, or that cannot be read."""
    if sources.get(file) is None:
        return None
    is_shown, is_usual = file in shown, file in LOOKED_FOR[role]
    is_run = PurePosixPath(file).stem == "__main__" or is_runnable(sources, file)
    if not (is_shown or is_usual or is_run):
        return None
    usual = LOOKED_FOR[role].index(file) if is_usual else len(LOOKED_FOR[role])
    return int(not is_run), int(not is_shown), usual, file.count("/"), len(file)


def is_runnable(sources: Sources, file: str) -> bool:
    """Whether the file does something when it is run: it asks for ``__main__``, or calls at its top level."""
    source = sources.get(file)
    if source is None:
        return False
    return any(
        (isinstance(node, ast.If) and "__main__" in ast.unparse(node.test)) or isinstance(node, ast.While)
        for node in source.tree.body
    )


def _chosen(role: Role, ranked: Sequence[tuple[tuple[int, ...], str]], shown: set[str]) -> Found:
    (rank, file), *rest = ranked
    reasons = list(_reasons(rank, file, role, shown))
    certainty: Certainty = "guessed" if rank[0] else "certain" if len(reasons) > 1 else "likely"
    return Found(file, certainty, ", ".join(reasons) or "by its name", tuple(other for _, other in rest[:5]))


def _reasons(rank: tuple[int, ...], file: str, role: Role, shown: set[str]) -> Iterator[str]:
    if file in LOOKED_FOR[role]:
        yield f"where subnets usually have their {role}"
    if file in shown:
        yield "a text for people runs it"
    if not rank[0]:
        yield "it is made to be run"
