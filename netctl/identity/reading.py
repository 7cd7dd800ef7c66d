"""What a process uses that no two may share, read from its command line. Pure: symlinks are followed elsewhere."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from netctl.ports import Exclusive, Use

WALLET = "--wallet.hotkey"
"""The option by which every program on Bittensor's SDKs says which neuron it is."""

USUAL_WALLETS = ".bittensor/wallets"
_VERSION = re.compile(r"[\d.]*$")


def uses_of(
    argv: Sequence[str], cwd: str | None, environ: Mapping[str, str], exclusives: Sequence[Exclusive]
) -> tuple[Use, ...]:
    """Hotkey, ports and files that these words mean; paths are whole, and left out where they cannot be told.

    An option counts wherever it is given, what a program takes without it only in that program.
    """
    found = dict.fromkeys(_uses(argv, cwd, environ, exclusives))
    return tuple(found)


def option(argv: Sequence[str], name: str) -> str | None:
    """The value of an option, the last one where it is given twice; None where it is not given."""
    found = None
    for number, word in enumerate(argv):
        if word == name and number + 1 < len(argv):
            found = argv[number + 1]
        elif word.startswith(f"{name}="):
            found = word.partition("=")[2]
    return found


def program_at(argv: Sequence[str], last: int, code: str) -> tuple[str, str]:
    """Interpreter and program of rendered words whose word number `last` is the program's, below `code` from there."""
    words = argv[: last + 1]
    program = words[-1].removeprefix(f"{code}/") if code else words[-1]
    return _stem(words[0]), program


def _uses(
    argv: Sequence[str], cwd: str | None, environ: Mapping[str, str], exclusives: Sequence[Exclusive]
) -> Iterator[Use]:
    roots = {one.program: _root(argv, cwd, one) for one in exclusives}
    hotkey = _hotkey(argv, cwd, environ, runs=any(root is not None for root in roots.values()))
    if hotkey is not None:
        yield Use("hotkey", "hotkey", hotkey)
    for one in exclusives:
        value, root, place = option(argv, one.option), roots[one.program], cwd
        if value is None and root is not None:
            value, place = one.default, root if one.root == "code" else cwd
        if not value:
            continue
        if one.kind == "port":
            yield Use("port", one.what, value)
            continue
        path = _placed(f"{value.split(one.until)[0] if one.until else value}{one.add}", place)
        if path is not None:
            yield Use("file", one.what, path)


def _hotkey(argv: Sequence[str], cwd: str | None, environ: Mapping[str, str], *, runs: bool) -> str | None:
    """The key's file; one that nothing names is the SDK's own default, in a program that is known to take it."""
    hotkey = option(argv, WALLET) or environ.get("BT_WALLET_HOTKEY") or ("default" if runs else None)
    name = option(argv, "--wallet.name") or environ.get("BT_WALLET_NAME") or "default"
    path = option(argv, "--wallet.path") or environ.get("BT_WALLET_PATH") or f"~/{USUAL_WALLETS}"
    if hotkey is None:
        return None
    if path.startswith("~"):
        if "HOME" not in environ:
            return None
        path = f"{environ['HOME']}/{path[2:]}"
    return _placed(f"{path}/{name}/hotkeys/{hotkey}", cwd)


def _placed(path: str, cwd: str | None) -> str | None:
    if not path.startswith("/") and not cwd:
        return None
    return os.path.normpath(f"{cwd}/{path}" if not path.startswith("/") else path)


def _root(argv: Sequence[str], cwd: str | None, one: Exclusive) -> str | None:
    """Where the code of this program lies ("" if that cannot be told) if these words run it, else None.

    Between the interpreter and the program stand flags alone: ``vim miner.py`` does not run it.
    """
    if not argv or not one.program or _stem(argv[0]) != one.interpreter:
        return None
    for number, word in enumerate(argv):
        path = f"{word.replace('.', '/')}.py" if argv[number - 1] == "-m" else word
        if one.program in (word, path):
            return cwd or ""
        if path.endswith(f"/{one.program}"):
            return _placed(path.removesuffix(one.program), cwd) or ""
        if number and not word.startswith("-"):
            return _root_by_name(word, cwd, one)
    return None


def _root_by_name(word: str, cwd: str | None, one: Exclusive) -> str | None:
    """The same for a program that was started from somewhere inside its checkout: ``python miner.py``."""
    whole = _placed(word, cwd)
    if whole is None or not whole.endswith(f"/{one.program}"):
        return None
    return whole.removesuffix(f"/{one.program}")


def _stem(interpreter: str) -> str:
    return _VERSION.sub("", Path(interpreter).name)
