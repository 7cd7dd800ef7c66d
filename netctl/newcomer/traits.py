"""What a program is seen to do: serve an axon, read permits and its environment, write files, say things in its log."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from netctl.newcomer.belonging import Nodes
from netctl.newcomer.facts import Place, Said, StateFile, Traits, Variable
from netctl.newcomer.sources import Source
from netctl.newcomer.values import Evaluator

_LEVELS = {"trace", "debug", "info", "success", "warning", "error", "critical", "exception"}
_LOGGERS = {"logging", "logger", "log", "_log", "_logger", "LOG"}
_SAVES = {"savez", "savez_compressed", "to_csv", "to_parquet", "FileHandler"}
_SERVERS = {"HTTPServer", "ThreadingHTTPServer", "TCPServer", "TCPSite", "start_server", "create_server"}


def traits_of(nodes: Nodes, values: Evaluator) -> Traits:
    """The first place of each."""
    found = Traits()
    for source, node in nodes:
        if isinstance(node, ast.Call | ast.Attribute | ast.Import | ast.ImportFrom):
            found = _seen(found, node, Place(source.file, node.lineno), source, values)
    return found


_Seen = ast.Call | ast.Attribute | ast.Import | ast.ImportFrom


def _imported(found: Traits, node: ast.Import | ast.ImportFrom, place: Place) -> Traits:
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    is_wandb = found.uses_wandb is None and any(name.split(".")[0] == "wandb" for name in names)
    return replace(found, uses_wandb=place) if is_wandb else found


def _seen(found: Traits, node: _Seen, place: Place, source: Source, values: Evaluator) -> Traits:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return _imported(found, node, place)
    if isinstance(node, ast.Attribute):
        if node.attr in ("validator_permit", "validator_permits") and found.reads_permits is None:
            return replace(found, reads_permits=place)
        return found
    name, of = called(node)
    if name == "load_dotenv":
        wins = any(k.arg == "override" and values.read(k.value, source).scalar is True for k in node.keywords)
        return replace(found, loads_env_file=found.loads_env_file or place, env_file_wins=found.env_file_wins or wins)
    seen = _trait(name, of)
    new: dict[str, Any] = {seen: place} if seen is not None and getattr(found, seen) is None else {}
    return replace(found, **new)


def _trait(name: str, of: str) -> str | None:
    """The trait that a call shows: what is called, and on what."""
    if name.lower() in ("axon", "dendrite"):
        return "makes_axon" if name.lower() == "axon" else "asks_others"
    if "axon" in of.lower() and name in ("start", "serve"):
        return "starts_axon" if name == "start" else "announces"
    if name in ("serve_axon", "ServeAxon"):
        return "announces"
    if name in _SERVERS or (of, name) in (("uvicorn", "run"), ("web", "run_app")):
        return "listens"
    return "logs_by_sdk" if name in _LEVELS and of in ("bt.logging", "bittensor.logging") else None


def called(node: ast.Call) -> tuple[str, str]:
    """The name of what is called, and the text of what it is called on ("" for a plain name)."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr, ast.unparse(node.func.value)
    return getattr(node.func, "id", ""), ""


def variables_of(nodes: Nodes, values: Evaluator) -> tuple[Variable, ...]:
    """Every variable that is read, sorted by name; `needed` where the program ends without it."""
    found: dict[str, Variable] = {}
    for source, node in nodes:
        name, needed = _variable(node, source, values)
        if name and (name not in found or (needed and not found[name].needed)):
            found[name] = Variable(name, Place(source.file, getattr(node, "lineno", 0)), needed)
    return tuple(found[name] for name in sorted(found))


def _variable(node: ast.AST, source: Source, values: Evaluator) -> tuple[str, bool]:
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _is_environ(node.value):
        return _text(values.read(node.slice, source).scalar), True
    if isinstance(node, ast.Call) and node.args:
        name, _ = called(node)
        is_get = name == "get" and isinstance(node.func, ast.Attribute) and _is_environ(node.func.value)
        if name == "getenv" or is_get:
            return _text(values.read(node.args[0], source).scalar), False
    return "", False


def _is_environ(node: ast.expr) -> bool:
    return ast.unparse(node) in ("os.environ", "environ")


def _text(value: object) -> str:
    return value if isinstance(value, str) and value.isidentifier() else ""


def files_of(nodes: Nodes, values: Evaluator) -> tuple[StateFile, ...]:
    """Files that the code opens for writing under a name that stands there, each once."""
    found: dict[str, StateFile] = {}
    for source, node in nodes:
        if not isinstance(node, ast.Call):
            continue
        target = _written(node, source, values)
        value = values.read(target, source)
        if isinstance(value.scalar, str) and value.scalar not in ("", ":memory:") and len(value.scalar) < 200:
            found.setdefault(value.scalar, StateFile(value.scalar, Place(source.file, node.lineno), value.below_code))
    return tuple(found.values())


def _written(node: ast.Call, source: Source, values: Evaluator) -> ast.expr | None:
    name, of = called(node)
    if name == "connect" and of == "sqlite3":
        return node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "database"), None)
    if name in _SAVES or (name == "save" and of in ("np", "numpy", "torch")):
        number = 1 if of == "torch" else 0
        return node.args[number] if len(node.args) > number else None
    if name == "open":
        words = node.args[1:] if not of else node.args
        mode = words[0] if words else next((k.value for k in node.keywords if k.arg == "mode"), None)
        text = values.read(mode, source).scalar
        if isinstance(text, str) and set("wax+") & set(text):
            return node.args[0] if not of else node.func.value if isinstance(node.func, ast.Attribute) else None
    if name in ("write_text", "write_bytes") and isinstance(node.func, ast.Attribute):
        return node.func.value
    return None


def said_of(nodes: Nodes) -> Iterator[Said]:
    """Every call of a logger with a text that stands there, in the order of the files."""
    for source, node in nodes:
        if not (isinstance(node, ast.Call) and node.args):
            continue
        name, of = called(node)
        if name in _LEVELS and of.split(".")[-1] in _LOGGERS:
            pieces, filled = _pieces(node)
            if pieces:
                yield Said(name, pieces, filled, Place(source.file, node.lineno))


def _pieces(node: ast.Call) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts of a message and what is filled in between: one piece more than there are fillings."""
    first = node.args[0]
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        # Logged as ``log.info("%s of %d", a, b)``, the arguments stand for the conversions.
        pieces = _percent(first.value) if len(node.args) > 1 else [first.value]
        names = [ast.unparse(each) for each in node.args[1:]]
        return (tuple(pieces), tuple(names[: len(pieces) - 1])) if len(pieces) - 1 <= len(names) else ((), ())
    if not isinstance(first, ast.JoinedStr):
        return (), ()
    texts, filled = [""], []
    for part in first.values:
        if isinstance(part, ast.Constant):
            texts[-1] += str(part.value)
        elif isinstance(part, ast.FormattedValue):
            filled.append(ast.unparse(part.value))
            texts.append("")
    return tuple(texts), tuple(filled)


def _percent(text: str) -> list[str]:
    import re

    return [piece.replace("%%", "%") for piece in re.split(r"(?<!%)%[-+0 #]*\d*(?:\.\d+)?[sdrfgieEGx]", text)]
