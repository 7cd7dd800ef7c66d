"""The options that a program takes: its calls of ``add_argument``, of click and typer, and bittensor's ``add_args``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from netctl.ecosystem.secrets import is_secret
from netctl.newcomer.belonging import Nodes
from netctl.newcomer.facts import Argument, Place
from netctl.newcomer.sources import Source
from netctl.newcomer.values import Evaluator

_SDK: dict[str, tuple[tuple[str, str | int | None], ...]] = {
    "wallet": (
        ("--wallet.name", "default"),
        ("--wallet.hotkey", "default"),
        ("--wallet.path", "~/.bittensor/wallets/"),
    ),
    "subtensor": (("--subtensor.network", "finney"),),
    "axon": (("--axon.port", 8091), ("--axon.external_ip", None), ("--axon.external_port", None)),
    "logging": (("--logging.debug", None),),
}
"""What each part of bittensor adds to a parser, as far as a pack can use it."""


def arguments_of(nodes: Nodes, values: Evaluator) -> tuple[Argument, ...]:
    """Every option, in the order of the files, each once; positional words are left out."""
    found: dict[str, Argument] = {}
    for source, node in nodes:
        if isinstance(node, ast.Call):
            for argument in _of_call(node, source, values):
                found.setdefault(argument.name, argument)
    return tuple(found.values())


def _of_call(node: ast.Call, source: Source, values: Evaluator) -> Iterator[Argument]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    place = Place(source.file, node.lineno)
    if name == "add_args" and isinstance(node.func, ast.Attribute):
        for option, default in _SDK.get(_last_name(node.func.value).lower(), ()):
            is_switch = option == "--logging.debug"
            yield Argument(name=option, place=place, default=default, is_switch=is_switch, of_sdk=True)
    elif name in ("add_argument", "option", "Option"):
        texts = [values.read(each, source).scalar for each in node.args]
        long = [text for text in texts if isinstance(text, str) and text.startswith("--")]
        if long:
            yield _argument(long[0].partition("/")[0], place, node, source, values)


def _argument(name: str, place: Place, node: ast.Call, source: Source, values: Evaluator) -> Argument:
    given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg is not None}
    default = values.read(given.get("default"), source)
    action = values.read(given.get("action"), source).scalar
    kind = _last_name(given["type"]) if "type" in given else ""
    told = values.read(given.get("help"), source).scalar
    shown = default.scalar
    if isinstance(shown, str) and is_secret(name, shown):
        shown = None
    return Argument(
        name=name,
        place=place,
        default=shown,
        below_code=default.below_code,
        kind=kind or (type(default.scalar).__name__ if default.known and default.scalar is not None else ""),
        is_switch=action in ("store_true", "store_false", "count")
        or values.read(given.get("is_flag"), source).scalar is True,
        required=values.read(given.get("required"), source).scalar is True,
        help=" ".join(told.split()) if isinstance(told, str) else "",
    )


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
