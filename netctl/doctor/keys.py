"""Rows about the keys: are they there, who can read them, and do they have to be here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from netctl.doctor.finding import Judged, Row, failed, good, listed, unseen, warning
from netctl.doctor.seen import Absent, Keys, Seen, there
from netctl.fleet import Fleet, NeuronSpec
from netctl.paying import dues
from netctl.ports.machine import Access

OTHERS = 0o077
MAY_REPLACE = 0o022


def _wallets(seen: Seen) -> Judged:
    fleet, keys = there(seen.fleet), there(seen.keys)
    public = not fleet.network.has_dev_accounts
    missing = {n.name: tuple(_missing(n, keys)) for n in fleet.neurons}
    promised = [f"{n.name}: {text}" for n in fleet.neurons if n.existing and public for text in missing[n.name]]
    if promised:
        then = f"put it into {fleet.wallet_path}, or drop `existing: true` in the profile"
        return failed(f"the profile says that they exist: {listed(promised)}", then)
    unmade = sum(1 for whys in missing.values() if whys)
    if unmade:
        return good(f"{unmade} of {len(fleet.neurons)} neurons have none yet: they are made when the fleet comes up")
    return good(f"the keys of all {len(fleet.neurons)} neurons are in {fleet.wallet_path}")


def _missing(neuron: NeuronSpec, keys: Keys) -> Iterator[str]:
    facts = keys.facts[neuron.name]
    if facts.hotkey_ss58 is None:
        yield f"no hotkey {neuron.wallet}/{neuron.hotkey}"
    if facts.coldkey_ss58 is None:
        yield f"no coldkey {neuron.wallet}"


def _keyfiles(seen: Seen) -> Judged:
    keys = there(seen.keys)
    files = [*keys.hotkeys.values(), *keys.coldkeys.values()]
    if not files:
        return unseen("there is no keyfile yet", "netctl wallet create")
    open_to_others = [(file.path, text, mend) for file in files for text, mend in _openings(file)]
    if open_to_others:
        paths = [f"{_short(path)} {text}" for path, text, _ in open_to_others]
        return failed(listed(paths), _cure(open_to_others, [file for file in files if not file.ours]))
    return good(f"{len(files)} secrets, readable by nobody else")


def _openings(file: Access) -> Iterator[tuple[str, str]]:
    if not file.ours:
        yield "belongs to another user", f"sudo chown $USER {file.path}"
    if file.mode & OTHERS:
        yield f"is {file.mode:04o}", f"chmod 600 {file.path}"
    if file.folder_mode & MAY_REPLACE:
        yield f"lies in a directory that is {file.folder_mode:04o}", f"chmod 700 {file.path.parent}"


def _cure(openings: Sequence[tuple[Path, str, str]], foreign: Sequence[Access]) -> str:
    """One line for the shell: of the one file, or of every wallet concerned."""
    if len(openings) == 1:
        return openings[0][2]
    wallets = " ".join(dict.fromkeys(str(_wallet_of(path)) for path, _, _ in openings))
    closing = f"chmod -R go= {wallets}"
    return f"sudo chown -R $USER {wallets} && {closing}" if foreign else closing


def _wallet_of(path: Path) -> Path:
    return path.parent.parent if path.parent.name == "hotkeys" else path.parent


def _short(path: Path) -> str:
    return str(Path(*path.parts[-3:]) if "hotkeys" in path.parts else Path(*path.parts[-2:]))


def _coldkeys(seen: Seen) -> Judged:
    fleet, keys = there(seen.fleet), there(seen.keys)
    if fleet.network.has_dev_accounts:
        return good("keys of a chain of your own: worth nothing elsewhere")
    if not keys.coldkeys:
        return good("no coldkey's secret lies here")
    plain = sorted(w for w in keys.coldkeys if not _is_encrypted(fleet, keys, w))
    wallets = listed(plain or sorted(keys.coldkeys), between=", ")
    there_are = "coldkeys without a password" if plain else "coldkeys"
    move = "netctl wallet backup FILE, keep that elsewhere, remove the files coldkey; then netctl fleet up --no-coldkey"
    if isinstance(seen.on_chain, Absent):
        return warning(f"{there_are} lie here: {wallets}", move) if plain else good(f"encrypted: {wallets}")
    owed = seen.on_chain.money.dues
    due = dues.unregistered(fleet, owed) or any(dues.stake_due(fleet, n, owed) for n in fleet.neurons)
    if plain:
        return failed(f"{there_are} lie here: {wallets}", move)
    if due:
        return good(f"encrypted, and still needed to pay: {wallets}")
    return warning(f"everything is paid, and {there_are} still lie here: {wallets}", move)


def _is_encrypted(fleet: Fleet, keys: Keys, wallet: str) -> bool:
    return any(keys.facts[n.name].coldkey_encrypted for n in fleet.neurons if n.wallet == wallet)


ROWS = (
    Row("wallets", "keys", "a neuron signs with its hotkey, and its coldkey owns what it earns", _wallets),
    Row("keyfiles", "who can read them", "whoever reads a secret has what it owns", _keyfiles),
    Row(
        "coldkeys",
        "coldkeys on this machine",
        "neurons need hotkeys only; a coldkey here can be stolen from here",
        _coldkeys,
    ),
)
