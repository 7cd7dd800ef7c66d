"""What an expression comes to, as far as that can be read without running it."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from netctl.newcomer.facts import Scalar
from netctl.newcomer.sources import Source, Sources

DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Value:
    """A value that was read; with `below_code` a path that starts at the checkout. `known` False for anything else."""

    scalar: Scalar = None
    below_code: bool = False
    known: bool = True

    @property
    def path(self) -> PurePosixPath:
        return PurePosixPath(str(self.scalar))


UNKNOWN = Value(known=False)
_THROUGH = {
    "abspath",
    "realpath",
    "resolve",
    "absolute",
    "expanduser",
    "expandvars",
    "normpath",
    "str",
    "Path",
    "fspath",
}


@dataclass(slots=True)
class Evaluator:
    """Reads expressions; names lead to their file's own constants, and to those of files that it imports from."""

    sources: Sources
    roots: tuple[str, ...]
    _constants: dict[str, dict[str, ast.expr | tuple[str, str]]] = field(default_factory=dict)

    def read(self, node: ast.expr | None, source: Source, depth: int = 0) -> Value:
        """The value of an expression; UNKNOWN where it is more than constants, their names and paths."""
        if node is None or depth > DEEPEST:
            return UNKNOWN
        if isinstance(node, ast.Constant):
            return Value(node.value) if isinstance(node.value, str | int | float | bool | None) else UNKNOWN
        if isinstance(node, ast.Name):
            return self._named(node.id, source, depth)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            inner = self.read(node.operand, source, depth + 1)
            return Value(-inner.scalar) if isinstance(inner.scalar, int | float) else UNKNOWN
        if isinstance(node, ast.BinOp):
            return self._combined(node, source, depth)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, source, depth)
        if isinstance(node, ast.Subscript):
            return self._parents(node, source, depth)
        return self._called(node, source, depth) if isinstance(node, ast.Call) else UNKNOWN

    def _named(self, name: str, source: Source, depth: int) -> Value:
        if name == "__file__":
            return Value(source.file, below_code=True)
        found = self._constants_of(source).get(name)
        if isinstance(found, tuple):
            hit = self.sources.module(found[0], self.roots)
            other = self.sources.get(hit[0]) if hit is not None else None
            return self._named(found[1], other, depth + 1) if other is not None and depth < DEEPEST else UNKNOWN
        return self.read(found, source, depth + 1)

    def _constants_of(self, source: Source) -> dict[str, ast.expr | tuple[str, str]]:
        if source.file not in self._constants:
            found: dict[str, ast.expr | tuple[str, str]] = _only_local(source.tree)
            for node in source.tree.body:
                if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                    found[node.targets[0].id] = node.value
                elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                    found[node.target.id] = node.value
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
            self._constants[source.file] = found
        return self._constants[source.file]

    def _combined(self, node: ast.BinOp, source: Source, depth: int) -> Value:
        left, right = self.read(node.left, source, depth + 1), self.read(node.right, source, depth + 1)
        if not (left.known and right.known):
            return UNKNOWN
        if isinstance(node.op, ast.Div) and isinstance(left.scalar, str) and isinstance(right.scalar, str):
            return _joined(left, right)
        if isinstance(node.op, ast.Add) and isinstance(left.scalar, str) and isinstance(right.scalar, str):
            return Value(left.scalar + right.scalar, left.below_code)
        if isinstance(left.scalar, int | float) and isinstance(right.scalar, int | float):
            if isinstance(node.op, ast.Mult):
                return Value(left.scalar * right.scalar)
            if isinstance(node.op, ast.Add):
                return Value(left.scalar + right.scalar)
        return UNKNOWN

    def _attribute(self, node: ast.Attribute, source: Source, depth: int) -> Value:
        if node.attr == "parent":
            inner = self.read(node.value, source, depth + 1)
            return Value(str(inner.path.parent), inner.below_code) if inner.known else UNKNOWN
        if isinstance(node.value, ast.Name):
            found = self._constants_of(source).get(node.value.id)
            dotted = f"{found[0]}.{found[1]}" if isinstance(found, tuple) else node.value.id
            hit = self.sources.module(dotted, self.roots)
            other = self.sources.get(hit[0]) if hit is not None else None
            return self._named(node.attr, other, depth + 1) if other is not None else UNKNOWN
        return UNKNOWN

    def _parents(self, node: ast.Subscript, source: Source, depth: int) -> Value:
        if not (isinstance(node.value, ast.Attribute) and node.value.attr == "parents"):
            return UNKNOWN
        inner, number = self.read(node.value.value, source, depth + 1), self.read(node.slice, source, depth + 1)
        above = list(inner.path.parents) if inner.known else []
        if isinstance(number.scalar, int) and number.scalar < len(above):
            return Value(str(above[number.scalar]), inner.below_code)
        return UNKNOWN

    def _called(self, node: ast.Call, source: Source, depth: int) -> Value:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in ("getenv", "get"):
            return self.read(node.args[1], source, depth + 1) if len(node.args) > 1 else UNKNOWN
        if name == "dirname" and node.args:
            inner = self.read(node.args[0], source, depth + 1)
            return Value(str(inner.path.parent), inner.below_code) if inner.known else UNKNOWN
        if name in ("join", "joinpath") or (name == "Path" and len(node.args) > 1):
            first = [node.func.value] if name == "joinpath" and isinstance(node.func, ast.Attribute) else []
            parts = [self.read(each, source, depth + 1) for each in (*first, *node.args)]
            if not parts or not all(part.known and isinstance(part.scalar, str) for part in parts):
                return UNKNOWN
            whole = parts[0]
            for part in parts[1:]:
                whole = _joined(whole, part)
            return whole
        if name in _THROUGH:
            of = node.func.value if isinstance(node.func, ast.Attribute) else None
            return self.read(node.args[0] if node.args else of, source, depth + 1)
        return UNKNOWN


def _only_local(tree: ast.Module) -> dict[str, ast.expr | tuple[str, str]]:
    """Names that are given a value at one place of the file, in a function too; of several nobody can tell which."""
    counts: Counter[str] = Counter()
    found: dict[str, ast.expr | tuple[str, str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            counts[node.id] += 1
        elif isinstance(node, ast.arg):
            counts[node.arg] += 1
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node.value
    return {name: value for name, value in found.items() if counts[name] == 1}


def _joined(left: Value, right: Value) -> Value:
    parts: list[str] = []
    for part in (left.path / right.path).parts:
        if part == ".." and parts and parts[-1] not in ("..", "/"):
            parts.pop()
        elif part != ".":
            parts.append(part)
    return Value(str(PurePosixPath(*parts)), left.below_code)
