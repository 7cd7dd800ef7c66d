"""Which part of a shared file is a miner's, and which a validator's, by how files, functions and branches are named."""

from __future__ import annotations

import ast
import re
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from netctl.fleet import Role
from netctl.newcomer.sources import Source

_WORDS: tuple[tuple[str, Role], ...] = (("validator", "validator"), ("vali", "validator"), ("miner", "miner"))


Nodes = Sequence[tuple[Source, ast.AST]]


def role_said(text: str) -> Role | None:
    """The one role that a name speaks of; None for neither, or both."""
    plain = re.sub(r"([a-z])([A-Z])", r"\1_\2", text).lower()
    parts = [part for part in re.split(r"[^a-z]+", plain) if part]
    found = {role for part in parts for word, role in _WORDS if part in (word, f"{word}s")}
    return found.pop() if len(found) == 1 else None


def role_of_file(file: str) -> Role | None:
    """The role of a file by its own name, else by the directory nearest to it that has one."""
    path = PurePosixPath(file)
    for part in (path.stem, *reversed(path.parent.parts)):
        role = role_said(part)
        if role is not None:
            return role
    return None


def nodes_of(sources: Sequence[Source], role: Role) -> Iterator[tuple[Source, ast.AST]]:
    """Every node of the files, but for those of the other role; all of the first counts: it is the program itself."""
    for number, source in enumerate(sources):
        own = role_of_file(source.file)
        if number == 0 or own == role:
            yield from ((source, node) for node in ast.walk(source.tree))
        elif own is None:
            yield from ((source, node) for node in _pruned(source.tree, role))


def _pruned(top: ast.AST, role: Role) -> Iterator[ast.AST]:
    waiting = deque([top])
    while waiting:
        node = waiting.popleft()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and role_said(node.name) not in (
            None,
            role,
        ):
            continue
        yield node
        waiting.extend(_branches(node, role) if isinstance(node, ast.If | ast.IfExp) else ast.iter_child_nodes(node))


def _branches(node: ast.If | ast.IfExp, role: Role) -> Iterator[ast.AST]:
    """``if neuron_type == NeuronType.MINER:`` has one branch for miners and one for the others."""
    test = node.test
    is_choice = isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq | ast.Is)
    said = role_said(ast.unparse(test.comparators[0])) if isinstance(test, ast.Compare) and is_choice else None
    bodies = [node.body] if isinstance(node, ast.IfExp) else node.body
    others = [node.orelse] if isinstance(node, ast.IfExp) else node.orelse
    if said in (None, role):
        yield from bodies
    if said != role:
        yield from others
    if said is None:
        yield test
