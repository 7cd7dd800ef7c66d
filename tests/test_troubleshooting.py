"""docs/troubleshooting.md tells of errors that there are, under the exit codes that they have."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from netctl import errors
from netctl.errors import NetctlError

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "troubleshooting.md"
CODES = {
    name: each.exit_code
    for name, each in vars(errors).items()
    if isinstance(each, type) and issubclass(each, NetctlError)
}
ANYTHING = ".+"
SHARE = 0.7
"""Which part of a heading's letters a text must have itself: one of holes would fit any heading."""

Names = Mapping[str, ast.expr]
Printed = tuple[re.Pattern[str], int, int | None]
"""The text with holes, how many letters it has itself, and the exit code of the error that it is raised with."""


def _regex(node: ast.AST, names: Names) -> str:
    """What a string may read as; what is filled in is a hole, unless `names` has it."""
    match node:
        case ast.Constant(value=str(text)):
            return re.escape(text)
        case ast.JoinedStr(values=parts):
            return "".join(_regex(part, names) for part in parts)
        case ast.FormattedValue(value=ast.Name() as name, conversion=-1, format_spec=None):
            return _regex(name, names)
        case ast.Name(id=name) if name in names:
            return _regex(names[name], {})
        case ast.IfExp(body=one, orelse=other):
            return f"(?:{_regex(one, names)}|{_regex(other, names)})"
        case ast.BinOp(left=one, op=ast.Add(), right=other):
            return _regex(one, names) + _regex(other, names)
    return ANYTHING


def _letters(text: str) -> int:
    return len(re.findall(r"[^\W_]", text.replace("\\n", "")))


@cache
def _sources() -> dict[Path, str]:
    return {path: path.read_text(encoding="utf-8") for path in (ROOT / "netctl").rglob("*.py")}


def _near(heading: str) -> list[Path]:
    """The files that may have it: those with its longest piece in one, else those with all its words."""
    piece = max(heading.split("..."), key=len).strip("`'")
    words = re.findall(r"[A-Za-z]+", heading)
    whole = [path for path, text in _sources().items() if piece in text]
    return whole or [path for path, text in _sources().items() if all(word in text for word in words)]


@cache
def _printed(path: Path) -> tuple[Printed, ...]:
    """Every string of a file, with the names that its function gives filled in."""
    tree = ast.parse(_sources()[path])
    found = list(_strings(tree, {}))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            given = [each for each in ast.walk(node) if isinstance(each, ast.Assign)]
            names = {name.id: each.value for each in given for name in each.targets if isinstance(name, ast.Name)}
            found += _strings(node, names)
    return tuple(found)


def _strings(tree: ast.AST, names: Names) -> Iterator[Printed]:
    for node in ast.walk(tree):
        code = CODES.get(getattr(node.func, "id", "")) if isinstance(node, ast.Call) else None
        if code is not None and isinstance(node, ast.Call) and node.args:
            yield _text(node.args[0], names, code)
        elif isinstance(node, ast.JoinedStr | ast.BinOp) or (isinstance(node, ast.Constant) and _is_text(node)):
            yield _text(node, names, None)


def _is_text(node: ast.Constant) -> bool:
    return isinstance(node.value, str) and "\n" not in node.value


def _text(node: ast.AST, names: Names, code: int | None) -> Printed:
    pattern = _regex(node, names)
    return re.compile(pattern), _letters(pattern.replace(ANYTHING, "")), code


def _headings() -> list[tuple[int, str, int]]:
    found, code = [], -1
    for number, line in enumerate(PAGE.read_text(encoding="utf-8").splitlines(), 1):
        if chapter := re.match(r"## Exit (\d+)", line):
            code = int(chapter[1])
        elif line.startswith("### "):
            text = re.fullmatch(r"### (`+) ?(.+?) ?\1", line)
            assert text is not None, f"{PAGE.name}:{number}: a heading that is no text of an error"
            found.append((number, text[2], code))
    return found


@pytest.mark.parametrize(("line", "heading", "code"), _headings())
def test_a_heading_is_a_text_that_netctl_prints(line: int, heading: str, code: int) -> None:
    least = SHARE * _letters(heading)
    texts = [text for path in _near(heading) for text in _printed(path)]
    found = [code for pattern, letters, code in texts if letters >= least and pattern.fullmatch(heading)]
    assert found, f"{PAGE.name}:{line}: no source has {heading!r}"
    raised = {code for code in found if code is not None}
    assert not raised or code in raised, f"{PAGE.name}:{line}: {heading!r} ends with {sorted(raised)}, not with {code}"


def test_the_chapters_are_the_exit_codes() -> None:
    """Beside those of the errors' classes, 3 for a bug and 130 for Ctrl-C."""
    chapters = [int(code) for code in re.findall(r"^## Exit (\d+)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)]
    assert chapters == sorted({*CODES.values(), 3, 130})
