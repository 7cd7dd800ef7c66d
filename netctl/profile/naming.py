"""Rules for names: what tmux, the file system, the command line and other fleets can bear."""

from __future__ import annotations

import re
from collections.abc import Iterator

from netctl.durations import is_stagger
from netctl.fleet import RESERVED_SESSIONS
from netctl.members import PLACEHOLDER
from netctl.profile.draft import MemberDraft, members_of, neurons_of
from netctl.profile.place import Place
from netctl.profile.source import Document

Finding = tuple[Place, str, str]

LONGEST_SESSION = 64
LONGEST_FLEET = 40
_SESSION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_KEY_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_OTHER_PLACEHOLDER = re.compile(r"\{(?!i\})[^}]*\}?|(?<!\{i)\}")
_ALLOWED_SESSION = "letters, digits, _ and -, not beginning with -"
_ALLOWED_KEY = "letters, digits, _, - and dots, not beginning with - or a dot"


def check(document: Document) -> Iterator[Finding]:
    """Every fault of a name."""
    yield from _fleet_name(document)
    yield from _paying_wallet(document)
    for member in members_of(document):
        yield from _placeholders(member)
        yield from _member_names(member)
    yield from _taken_twice(document)
    yield from _wallet_spelling(document)


def _fleet_name(document: Document) -> Iterator[Finding]:
    name = (document.value or {}).get("name")
    if not isinstance(name, str) or not name:
        return
    if not _SESSION.fullmatch(name):
        yield ("name",), f"{name[:60]!r} cannot name a directory and a tmux server", _ALLOWED_SESSION
    elif len(name) > LONGEST_FLEET:
        yield ("name",), f"a name of {len(name)} characters", f"{LONGEST_FLEET} is the most"
    elif name.lower().endswith(("-rehearsal", "-local")):
        yield ("name",), f"{name!r} ends like the state of a trial", "netctl adds that ending itself; choose another"


def _paying_wallet(document: Document) -> Iterator[Finding]:
    funding = (document.value or {}).get("funding")
    wallet = funding.get("from") if isinstance(funding, dict) else None
    if isinstance(wallet, str) and wallet and not _KEY_FILE.fullmatch(wallet):
        yield ("funding", "from"), f"{wallet[:60]!r} cannot name a wallet", _ALLOWED_KEY


def _placeholders(member: MemberDraft) -> Iterator[Finding]:
    name = member.text("name")
    if member.is_counted and member.count > 1 and name is not None and PLACEHOLDER not in name:
        yield (*member.place, "name"), f"{name[:60]!r} would be the name of {member.count} neurons", "put {i} in it"
    for key in ("name", "wallet", "hotkey"):
        text = member.text(key)
        other = _OTHER_PLACEHOLDER.search(text) if text is not None else None
        if other is not None:
            yield (*member.place, key), f"unknown placeholder {other[0][:40]}", "only {i} is replaced"
    if not member.is_counted:
        for place, text in _texts(member.written, member.place):
            if PLACEHOLDER in text:
                yield place, "{i} without `count`", "add count:, or write the number"
        if member.written.get("from") is not None:
            yield (*member.place, "from"), "`from` without `count`", "add count:, or take it out"


def _texts(value: object, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield (*place, key), key
            yield from _texts(item, (*place, key))
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _texts(item, (*place, number))


def _member_names(member: MemberDraft) -> Iterator[Finding]:
    name = member.text("name")
    if name is not None and not _OTHER_PLACEHOLDER.search(name):
        last = name.replace(PLACEHOLDER, str((member.number("from") or 0) + member.count))
        yield from (((*member.place, "name"), *fault) for fault in _session_faults(last, name))
    for key in ("wallet", "hotkey"):
        text = member.text(key)
        if text is None or _OTHER_PLACEHOLDER.search(text):
            continue
        plain = text.replace(PLACEHOLDER, "0")
        if not _KEY_FILE.fullmatch(plain):
            yield (*member.place, key), f"{text[:60]!r} cannot name a {key}", _ALLOWED_KEY
        elif len(plain) > LONGEST_SESSION:
            yield (*member.place, key), f"a name of {len(plain)} characters", f"{LONGEST_SESSION} is the most"
        elif plain.endswith("pub.txt"):
            yield (*member.place, key), f"{text!r} ends like a public key's file", "choose a name without pub.txt"


def _session_faults(name: str, shown: str) -> Iterator[tuple[str, str]]:
    if not _SESSION.fullmatch(name):
        yield f"{shown[:60]!r} cannot name a tmux session and a file", _ALLOWED_SESSION
    elif len(name) > LONGEST_SESSION:
        yield f"a name of {len(name)} characters", f"{LONGEST_SESSION} is the most"
    elif name.lower() in RESERVED_SESSIONS:
        yield f"{shown!r} is a session of netctl's own", f"reserved are {', '.join(RESERVED_SESSIONS)}"
    elif is_stagger(name):
        yield f"{shown!r} reads as a value of --stagger", "choose another name, for example miner_1"


def _taken_twice(document: Document) -> Iterator[Finding]:
    names: dict[str, str] = {}
    hotkeys: dict[tuple[str, str], str] = {}
    for neuron in neurons_of(document):
        name = neuron.name
        if name is None:
            continue
        if name.lower() not in names:
            names[name.lower()] = name
        elif PLACEHOLDER in (neuron.member.text("name") or "") or neuron.offset == 0:
            other = names[name.lower()]
            what = "is there already" if other == name else f"differs from {other} only in case"
            yield neuron.place("name"), f"the name {name} {what}", "give every neuron a name of its own"
        if neuron.wallet is None or neuron.hotkey is None:
            continue
        key = (neuron.wallet, neuron.hotkey)
        if hotkeys.setdefault(key, name) != name:
            hint = "put {i} in it" if neuron.member.count > 1 else "one hotkey runs one neuron"
            what = f"hotkey {key[1]} of wallet {key[0]} is {hotkeys[key]}'s already"
            yield neuron.place("hotkey"), what, hint


def _wallet_spelling(document: Document) -> Iterator[Finding]:
    spelled: dict[str, str] = {}
    for neuron in neurons_of(document):
        wallet = neuron.wallet
        if wallet is not None and spelled.setdefault(wallet.lower(), wallet) != wallet:
            first = spelled[wallet.lower()]
            yield neuron.place("wallet"), f"wallet {wallet} differs from {first} only in case", "write both alike"
