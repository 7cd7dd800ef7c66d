"""What is sent to a node as the engine's secrets: a hotkey, the public half of its coldkey, and the start archive.

A coldkey or a mnemonic is refused before anything is sent, wherever it hides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from netctl.adapters.swarm import entry
from netctl.adapters.swarm.names import secret_name
from netctl.errors import SessionError, WalletError
from netctl.ports import SessionSpec

_WORDS = re.compile(r"\b[a-z]{3,8}(?:[\s,'\"]{1,4}[a-z]{3,8}){11,}\b")
_LENGTHS = (12, 15, 18, 21, 24)
_LOCKED = (b"$NACL", b"$ANSIBLE_VAULT", b"gAAAAA")
_SECRET_FIELDS = ("secretPhrase", "secretSeed", "privateKey")
_REFUSED = "only hotkeys go to a node: keep coldkeys and mnemonics on the operator's machine"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One secret to be: its name says what it holds, `target` is its path in the container."""

    name: str
    what: str
    target: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """All that is sent for one neuron; `hotkey` is the address of its key."""

    parcels: tuple[Parcel, ...]
    hotkey: str


def sent_for(fleet_id: str, spec: SessionSpec) -> Sent:
    """What a neuron needs on its node, read from the operator's disk.

    WalletError for a coldkey or a mnemonic among it, SessionError for a file that cannot be read.
    """
    placement = entry.placement_of(spec)
    for path in (*placement.files, *(at for pair in placement.seeds for at in pair), placement.hotkey_file):
        if path.name in ("coldkey", "coldkey.json"):
            raise WalletError(f"{spec.name}: {path} is a coldkey, which never leaves this machine", hint=_REFUSED)
    contents = {path: _read(path) for path in {*placement.files, *(source for source, _ in placement.seeds)}}
    for path, content in contents.items():
        _refuse_keys(spec.name, path, content)
    address, hotkey, public = _keys(spec.name, placement.hotkey_file, placement.coldkeypub_file)
    found = (
        ("hotkey", str(placement.hotkey_file), hotkey),
        ("coldkeypub", str(placement.coldkeypub_file), public),
        ("start", entry.START, entry.archive(spec, contents)),
    )
    parcels = tuple(Parcel(_name(fleet_id, spec.name, each), *each) for each in found)
    return Sent(parcels, address)


def _name(fleet_id: str, session: str, parcel: tuple[str, str, bytes]) -> str:
    """Another name for another content or place: the engine changes no secret that it has."""
    what, target, content = parcel
    return secret_name(fleet_id, session, what, sha256(target.encode() + b"\0" + content).hexdigest()[:8])


def _keys(name: str, hotkey_file: Path, coldkeypub_file: Path) -> tuple[str, bytes, bytes]:
    """The hotkey's address, its file without its words, and the coldkey's public half."""
    public = _key_in(name, coldkeypub_file)
    if held := [each for each in _SECRET_FIELDS if public.get(each)]:
        raise WalletError(f"{name}: {coldkeypub_file} holds a secret ({', '.join(held)})", hint=_REFUSED)
    hotkey = _key_in(name, hotkey_file)
    address = hotkey.get("ss58Address")
    if not isinstance(address, str) or not (hotkey.get("secretSeed") or hotkey.get("privateKey")):
        hint = "make the file anew from its mnemonic: btcli wallet regen-hotkey"
        raise WalletError(f"{name}: {hotkey_file} holds no hotkey that could be sent without its mnemonic", hint=hint)
    if address == public.get("ss58Address"):
        raise WalletError(f"{name}: {hotkey_file} holds the coldkey itself", hint=_REFUSED)
    # A node signs with the seed; the words would only be one more thing to lose there.
    shown = {key: value for key, value in hotkey.items() if key != "secretPhrase"}
    return address, json.dumps(shown).encode(), json.dumps(public).encode()


def _key_in(name: str, path: Path) -> Mapping[str, Any]:
    content = _read(path)
    if content.startswith(_LOCKED):
        raise WalletError(f"{name}: {path} is encrypted, as coldkeys are; it is not sent", hint=_REFUSED)
    try:
        found = json.loads(content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise WalletError(f"{name}: {path} is not a keyfile", hint="restore it from a backup")
    return found


def _refuse_keys(name: str, path: Path, content: bytes) -> None:
    if content.startswith(_LOCKED):
        raise WalletError(f"{name}: {path} looks like an encrypted coldkey; nothing was sent", hint=_REFUSED)
    text = content.decode(errors="replace")
    if re.search(r'"(?:secretPhrase|secretSeed)"\s*:\s*"', text):
        raise WalletError(f"{name}: {path} holds a keyfile; nothing was sent", hint=_REFUSED)
    if any(map(_is_mnemonic, _candidates(text))):
        raise WalletError(f"{name}: {path} holds a mnemonic; nothing was sent", hint=_REFUSED)


def _candidates(text: str) -> Iterator[str]:
    for run in _WORDS.finditer(text):
        words = re.findall(r"[a-z]+", run[0])
        for length in _LENGTHS:
            for first in range(len(words) - length + 1):
                yield " ".join(words[first : first + length])


def _is_mnemonic(words: str) -> bool:
    """Whether these are of the list, with the right sum: prose is not."""
    from bittensor_core import Keypair

    try:
        Keypair.create_from_mnemonic(words)
    except Exception:  # noqa: BLE001 - whatever the SDK calls it, it is none
        return False
    return True


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SessionError(f"{path}: {error.strerror or error}", hint="netctl render writes it anew") from error
