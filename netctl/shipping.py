"""What may go to another machine: a neuron's own files, one hotkey and a public coldkey. Coldkeys and mnemonics stay.

The last look before anything is sent, over the very bytes that would go. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from netctl.errors import WalletError
from netctl.placement import Placement

LEAST_WORDS = 12
WORDS = frozenset(resources.files("netctl").joinpath("mnemonic_words.txt").read_text(encoding="ascii").split())
"""The English words of BIP-39, which mnemonics are made of."""

_ENCRYPTED = (b"$NACL", b"$ANSIBLE_VAULT", b"gAAAAA")
_SECRET_FIELD = re.compile(r'"(?:secretPhrase|secretSeed|privateKey)\\*"\s*:\s*\\*"[^"\\]')
_WORD = re.compile(r"[a-z]+")
_BETWEEN = re.compile(r"[^a-z]{1,8}")
_ESCAPE = re.compile(r"\\[nrt]")
_STAYS = "a coldkey never leaves this machine: take it out of the profile's files and variables"


def needed(placement: Placement) -> tuple[Path, ...]:
    """Every file that goes to the node, which `check` wants the bytes of."""
    seeds = (source for source, _ in placement.seeds)
    files = (*placement.files, *seeds, placement.hotkey_file, placement.coldkeypub_file)
    return tuple(dict.fromkeys(files))


def check(neuron: str, placement: Placement, contents: Mapping[Path, bytes]) -> None:
    """Nothing, or WalletError for what must not be sent: nothing of this neuron may go then.

    `contents` are the bytes of all that `needed` names, and of whatever else would go. The message names the file and
    what it is, and shows nothing of it.
    """
    missing = [path for path in needed(placement) if path not in contents]
    if missing:
        raise WalletError(f"{neuron}: {missing[0]} was not looked at before it is sent", hint="this is a bug of netctl")
    for path, content in contents.items():
        what = _of_hotkey(placement, contents) if path == placement.hotkey_file else _unfit(path, content)
        if what:
            raise WalletError(f"{neuron}: {path} {what}: nothing was sent", hint=_STAYS)


def _unfit(path: Path, content: bytes) -> str:
    if path.name.lower().startswith("coldkey") and path.name != "coldkeypub.txt":
        return "is a coldkey by its name"
    if content.startswith(_ENCRYPTED):
        return "is an encrypted key"
    text = content.decode("utf-8", errors="replace")
    if _SECRET_FIELD.search(text):
        return "holds a secret key"
    return "holds a mnemonic" if holds_mnemonic(text) else ""


def _of_hotkey(placement: Placement, contents: Mapping[Path, bytes]) -> str:
    """What is wrong with the one secret key that may go: it must be open to be seen to be no coldkey."""
    content = contents[placement.hotkey_file]
    if content.startswith(_ENCRYPTED):
        return "is encrypted, so that nobody can see that it is a hotkey"
    public = _public(content)
    if public is None:
        return "is no keyfile"
    return "is the wallet's coldkey" if public & (_public(contents[placement.coldkeypub_file]) or set()) else ""


def _public(keyfile: bytes) -> set[str] | None:
    """How a keyfile names its key, as an address and as bytes; None for what is no keyfile."""
    try:
        found = json.loads(keyfile)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    names = (found.get(field) for field in ("ss58Address", "publicKey", "accountId"))
    return {name.lower() if name.startswith("0x") else name for name in names if isinstance(name, str)} or None


def holds_mnemonic(text: str) -> bool:
    """Whether twelve words of a mnemonic or more follow one another, whatever stands between them."""
    text = _ESCAPE.sub(" ", text).lower()
    run, end = 0, 0
    for found in _WORD.finditer(text):
        if found[0] not in WORDS:
            run = 0
            continue
        run = run + 1 if run and _BETWEEN.fullmatch(text, end, found.start()) else 1
        end = found.end()
        if run >= LEAST_WORDS:
            return True
    return False
