"""What a process uses that no two may share, read from its command line. Pure: symlinks are followed elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from netctl.ports import Exclusive, Use

WALLET = "--wallet.hotkey"
"""The option by which every program on Bittensor's SDKs says which neuron it is."""

USUAL_WALLETS = ".bittensor/wallets"


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
    return _options(argv).get(name)


def program_at(argv: Sequence[str], last: int, code: str) -> tuple[str, str]:
    """Interpreter and program of rendered words whose word number `last` is the program's, below `code` from there."""
    words = argv[: last + 1]
    program = words[-1].removeprefix(f"{code}/") if code else words[-1]
    return _stem(words[0]), program


def _options(argv: Sequence[str]) -> Mapping[str, str]:
    """Every long option and what follows it, in one go: this is done for hundreds of processes."""
    found = {}
    for word, after in zip_longest(argv, argv[1:]):
        if word.startswith("--"):
            name, sign, value = word.partition("=")
            if sign:
                found[name] = value
            elif after is not None:
                found[name] = after
    return found


def _uses(
    argv: Sequence[str], cwd: str | None, environ: Mapping[str, str], exclusives: Sequence[Exclusive]
) -> Iterator[Use]:
    programs = {(one.interpreter, one.program) for one in exclusives}
    roots = {program: _root(argv, cwd, *program) for program in programs}
    given = _options(argv)
    hotkey = _hotkey(given, cwd, environ, runs=any(root is not None for root in roots.values()))
    if hotkey is not None:
        yield Use("hotkey", "hotkey", hotkey)
    for one in exclusives:
        value, root, place = given.get(one.option), roots[one.interpreter, one.program], cwd
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


def _hotkey(given: Mapping[str, str], cwd: str | None, environ: Mapping[str, str], *, runs: bool) -> str | None:
    """The key's file; one that nothing names is the SDK's own default, in a program that is known to take it."""
    hotkey = given.get(WALLET) or environ.get("BT_WALLET_HOTKEY") or ("default" if runs else None)
    name = given.get("--wallet.name") or environ.get("BT_WALLET_NAME") or "default"
    path = given.get("--wallet.path") or environ.get("BT_WALLET_PATH") or f"~/{USUAL_WALLETS}"
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
    whole = path if path.startswith("/") else f"{cwd}/{path}"
    return os.path.normpath(whole) if "/." in whole or "//" in whole else whole


def _root(argv: Sequence[str], cwd: str | None, interpreter: str, program: str) -> str | None:
    """Where the code of this program lies ("" if that cannot be told) if these words run it, else None.

    Between the interpreter and the program stand flags alone: ``vim miner.py`` does not run it.
    """
    if not argv or not program or _stem(argv[0]) != interpreter:
        return None
    for number, word in enumerate(argv):
        path = f"{word.replace('.', '/')}.py" if argv[number - 1] == "-m" else word
        if program in (word, path):
            return cwd or ""
        if path.endswith(f"/{program}"):
            return _placed(path.removesuffix(program), cwd) or ""
        if number and not word.startswith("-"):
            return _root_by_name(word, cwd, program)
    return None


def _root_by_name(word: str, cwd: str | None, program: str) -> str | None:
    """The same for a program that was started from somewhere inside its checkout: ``python miner.py``."""
    whole = _placed(word, cwd)
    if whole is None or not whole.endswith(f"/{program}"):
        return None
    return whole.removesuffix(f"/{program}")


def _stem(interpreter: str) -> str:
    return interpreter.rpartition("/")[2].rstrip(".0123456789")
