"""docs/embedded-chain.md lists every method of the chain's own, with its arguments and what it does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[2]
PAPER = ROOT / "docs" / "embedded-chain.md"
BEGIN, END = "<!-- methods: written by the tests -->", "<!-- end of methods -->"


def _methods() -> Iterator[str]:
    """A row for each method: its name and arguments, an optional one in brackets, and its docstring's first line."""
    for path in sorted((ROOT / "netctl" / "devchain" / "rpc" / "dev").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            calls = [one for one in node.decorator_list if isinstance(one, ast.Call)]
            names = [w.value for one in calls for w in one.args if isinstance(w, ast.Constant)]
            if names:
                needed = len(node.args.args) - len(node.args.defaults)
                words = [a.arg if n < needed else f"[{a.arg}]" for n, a in enumerate(node.args.args) if a.arg != "self"]
                said = (ast.get_docstring(node) or "").splitlines()[0]
                shown = ", ".join(words)
                yield f"| {', '.join(f'`{name}({shown})`' for name in names)} | {said} |"


def test_every_method_is_listed_as_the_code_has_it(request: pytest.FixtureRequest) -> None:
    """`--update-golden` writes the list."""
    table = "\n".join(["| method | what it does |", "|---|---|", *sorted(_methods())])
    before, rest = PAPER.read_text(encoding="utf-8").split(BEGIN)
    current = f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.split(END)[1]}"
    if request.config.getoption("--update-golden"):
        PAPER.write_text(current, encoding="utf-8")
    assert PAPER.read_text(encoding="utf-8") == current, "pytest --update-golden tests/devchain/test_embedded_paper.py"
    assert table.count("`dev_") > 20
