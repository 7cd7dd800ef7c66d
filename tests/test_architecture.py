"""Who may import whom, and how long a file may grow: the rules that keep the house habitable."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "netctl"
EDGES = {"bittensor", "bittensor_core", "libtmux"}
STANDALONE = ("devchain", "rehearsal", "onnode")
TERMINAL = {"typer", "rich", "qrcode", "textual"}
ASKING = {"asyncio", "os", "socket", "subprocess", "time"}
STARTING = {"subprocess", "pty", "termios", "tty"}
"""What a runbook's parser and runner must not have: processes are started in one module, and faked in its tests."""
WORLDS = {"netctl.ports.World", "netctl.ports.machine.Machine"}
"""What the doctor's rows must not have: they judge what `observe` has seen."""
LONGEST = 400


def modules_below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every module under a folder with its dotted name."""
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


MODULES = list(modules_below(PACKAGE))
"""Asked all in one test: a test for each would cost more than the answers."""


def imports_of(source: str) -> set[str]:
    """Every dotted name that a source imports, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def breaches(module: str, imported: set[str]) -> list[str]:
    """The imports that the module must not have."""
    trade = module.split(".")[1] if "." in module else ""
    return sorted(name for name in imported if not _may_import(module, trade, name))


def _may_import(module: str, trade: str, name: str) -> bool:
    top, own = name.split(".")[0], name.startswith("netctl")
    if trade in STANDALONE:
        return not own or name == "netctl" or name.startswith(f"netctl.{trade}")
    if any(name.startswith(f"netctl.{other}") for other in STANDALONE):
        return False
    if trade == "cli" or module == "netctl.__main__":
        return top not in EDGES and (top != "textual" or module.startswith("netctl.cli.watch."))
    if trade == "adapters":
        return top not in TERMINAL and not name.startswith(("netctl.cli", "netctl.phases"))
    if name.startswith(("netctl.cli", "netctl.adapters")):
        return False
    if trade == "doctor" and module != "netctl.doctor.observe" and (top in ASKING or name in WORLDS):
        return False
    if trade == "runbook" and module != "netctl.runbook.processes" and top in STARTING:
        return False
    if trade == "phases" and name.startswith("netctl.phases."):
        return module == "netctl.phases" or name.split(".")[2] == module.split(".")[2]
    return top not in EDGES | TERMINAL


def test_a_module_imports_only_what_its_trade_allows() -> None:
    found = {module: breaches(module, imports_of(path.read_text(encoding="utf-8"))) for module, path in MODULES}
    assert len(found) > 500
    assert {module: names for module, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("netctl.reconcile", "import bittensor"),
        ("netctl.reconcile", "def f():\n    from netctl.adapters import chain"),
        ("netctl.status", "import rich.table"),
        ("netctl.phases.stake", "from netctl.phases.files import x"),
        ("netctl.phases.stake", "from netctl.phases import files"),
        ("netctl.phases.sessions.facts", "from netctl.phases.files import x"),
        ("netctl.doctor.keys", "import subprocess"),
        ("netctl.doctor.keys", "from netctl.ports import World"),
        ("netctl.runbook.running", "import subprocess"),
        ("netctl.runbook.running", "from netctl.cli import output"),
        ("netctl.live.rows", "from textual.app import App"),
        ("netctl.live.rows", "from netctl.cli import quick"),
        ("netctl.cli.verbs.status", "import textual"),
        ("netctl.cli.world", "import bittensor"),
        ("netctl.cli.world", "from netctl.devchain import options"),
        ("netctl.embedded", "import netctl.devchain"),
        ("netctl.devchain.rpc.server", "from netctl.money import Rao"),
        ("netctl.rehearsal.miner", "from netctl.errors import NetctlError"),
        ("netctl.rehearsal.miner", "from netctl.devchain import errors"),
        ("netctl.adapters.chain", "import rich"),
        ("netctl.adapters.chain", "from netctl.cli import output"),
    ],
)
def test_a_planted_breach_is_found(module: str, source: str) -> None:
    assert breaches(module, imports_of(source)) != []


@pytest.mark.parametrize("folder", ["netctl", "tests", "scripts", "benchmarks"])
def test_no_file_is_longer_than_a_person_reads(folder: str) -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / folder).rglob("*.py")}
    assert {str(path): length for path, length in lengths.items() if length > LONGEST} == {}


def test_half_of_the_files_fit_on_two_screens() -> None:
    lengths = sorted(
        length
        for _, path in modules_below(PACKAGE)
        if (length := len(path.read_text(encoding="utf-8").splitlines())) > 5
    )
    assert lengths[len(lengths) // 2] <= 130


BANNED = {"utils", "helpers", "common", "manager", "handler", "service", "base", "data", "info", "misc"}


def test_no_module_is_named_after_nothing() -> None:
    names = {part for module, _ in modules_below(PACKAGE) for part in module.split(".")}
    assert names & BANNED == set()


def test_the_environment_is_read_at_the_edges_only() -> None:
    """Core gets what it needs as arguments; the standalone programs and the command line read os.environ."""
    sources = {module: path.read_text(encoding="utf-8") for module, path in modules_below(PACKAGE)}
    mention = {module: source for module, source in sources.items() if "environ" in source or "getenv" in source}
    readers = {m for m, source in mention.items() if {"os.environ", "os.getenv"} & _attributes_of(source)}
    assert len(readers) > 5
    assert {module for module in readers if module.split(".")[1] not in {"cli", *STANDALONE}} == set()


def test_decoders_of_types_are_made_when_a_module_is_imported() -> None:
    """msgspec crashes where two threads are the first to decode a dataclass, so nothing decodes into a type at use."""
    sources = {module: path.read_text(encoding="utf-8") for module, path in modules_below(PACKAGE)}
    late = {module: made_late(source) for module, source in sources.items() if "msgspec" in source}
    assert len(late) > 10
    assert {module: lines for module, lines in late.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    [
        "def f(b):\n    return msgspec.json.decode(b, type=Run)",
        "def f(b):\n    return msgspec.json.Decoder(Run).decode(b)",
        "def f(b):\n    return msgspec.convert(b, Run)",
    ],
)
def test_a_planted_late_decoder_is_found(source: str) -> None:
    assert made_late(source) == [2]


def made_late(source: str) -> list[int]:
    """The lines of functions in which msgspec is told a type to decode into."""
    return [
        call.lineno
        for function in ast.walk(ast.parse(source))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        if (name := ast.unparse(call.func)).startswith("msgspec.")
        if name.endswith((".Decoder", ".convert")) or any(word.arg == "type" for word in call.keywords)
    ]


def _attributes_of(source: str) -> set[str]:
    return {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
