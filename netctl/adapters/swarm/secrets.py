"""What is sent to a node as the engine's secrets: a hotkey, the public half of its coldkey, and the start archive.

A coldkey or a mnemonic among it is refused before anything is sent (`netctl.shipping`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from netctl import shipping
from netctl.adapters.swarm import entry
from netctl.adapters.swarm.names import secret_name
from netctl.errors import SessionError, WalletError
from netctl.ports import SessionSpec


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
    contents = {path: _read(path) for path in shipping.needed(placement)}
    shipping.check(spec.name, placement, contents)
    address, hotkey = _hotkey_in(spec.name, placement.hotkey_file, contents[placement.hotkey_file])
    found = (
        ("hotkey", str(placement.hotkey_file), hotkey),
        ("coldkeypub", str(placement.coldkeypub_file), contents[placement.coldkeypub_file]),
        ("start", entry.START, entry.archive(spec, contents)),
    )
    parcels = tuple(Parcel(_name(fleet_id, spec.name, each), *each) for each in found)
    return Sent(parcels, address)


def _name(fleet_id: str, session: str, parcel: tuple[str, str, bytes]) -> str:
    """Another name for another content or place: the engine changes no secret that it has."""
    what, target, content = parcel
    return secret_name(fleet_id, session, what, sha256(target.encode() + b"\0" + content).hexdigest()[:8])


def _hotkey_in(name: str, path: Path, content: bytes) -> tuple[str, bytes]:
    """The hotkey's address, and its file without its words: a node signs with the seed."""
    hotkey = json.loads(content)
    address = hotkey.get("ss58Address")
    if not isinstance(address, str) or not (hotkey.get("secretSeed") or hotkey.get("privateKey")):
        hint = "make the file anew from its mnemonic: btcli wallet regen-hotkey"
        raise WalletError(f"{name}: {path} holds no hotkey that could be sent without its mnemonic", hint=hint)
    return address, json.dumps({key: value for key, value in hotkey.items() if key != "secretPhrase"}).encode()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SessionError(f"{path}: {error.strerror or error}", hint="netctl render writes it anew") from error
