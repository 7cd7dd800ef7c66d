"""`netctl wallet backup` and `netctl wallet restore`"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netctl.cli.options import AsJson, DryRun, NetworkName, OnlyNeurons, ProfilePath, Rehearse, Yes
from netctl.cli.verbs.wallet.group import app

if TYPE_CHECKING:
    from netctl.backup import KeptKey, Restoring
    from netctl.fleet import Fleet

PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", metavar="PATH", help="Read the passphrase from this file's first line."),
]


@app.command(
    "backup", examples=("netctl wallet backup keys.netctl", "netctl wallet backup hotkeys.netctl --no-coldkey")
)
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; it must not be there.")],
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    neuron: OnlyNeurons = None,
    every: Annotated[bool, typer.Option("--all", help="Every wallet of the directory, not just the fleet's.")] = False,
    no_coldkey: Annotated[
        bool, typer.Option("--no-coldkey", help="Hotkeys and public coldkeys only, for a box that never pays.")
    ] = False,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Write the fleet's keys to one encrypted file.

    The passphrase is asked for twice, or taken from --passphrase-file or NETCTL_BACKUP_PASSPHRASE. Coldkeys that have
    a password keep it inside. A file that is there is never overwritten; what was written is read back and compared.
    """
    from netctl.adapters import key_shelf, sealing
    from netctl.backup import packed
    from netctl.cli.output import say, show, show_json
    from netctl.cli.passphrase import new_passphrase
    from netctl.cli.selection import Words, fleet_meant, only_named
    from netctl.cli.world import isolated
    from netctl.errors import UsageError, WalletError

    if every and neuron:
        raise UsageError("--all and --neuron name different keys", hint="give one of the two")
    fleet = only_named(fleet_meant(Words(profile, rehearse, network)), neuron)
    key_shelf.check_new(file)
    with isolated(fleet):
        keys = _kept(fleet, neuron, every=every, no_coldkey=no_coldkey)
    archive = packed(keys)
    passphrase = new_passphrase(passphrase_file)
    key_shelf.write_new(file, sealing.sealed(archive, passphrase))
    if sealing.unsealed(file.read_bytes(), passphrase) != archive:
        raise WalletError(f"{file} does not read back as it was written", hint="is its disk in order? make another one")
    if as_json:
        show_json({"fleet": fleet.name, "file": str(file), "coldkeys": not no_coldkey, "keys": _documents(keys)})
        return
    for key in keys:
        show(f"{key.label}: {key.address or 'locked, without its public half'}{_state(key)}")
    count = sum(1 for key in keys if key.secret is not None)
    say(f"{file} holds {count} secret key{'' if count == 1 else 's'}, encrypted, and was read back")
    say("whoever has it and its passphrase has the keys; without the passphrase nobody has them, you included")


@app.command(
    "restore",
    examples=(
        "netctl wallet restore keys.netctl --dry-run",
        "netctl wallet restore keys.netctl -p profiles/day2.yaml",
        "netctl wallet restore keys.netctl --wallet-path ~/restored",
    ),
)
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that wallet backup wrote.")],
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    wallet_path: Annotated[
        Path | None, typer.Option("--wallet-path", metavar="PATH", help="Into this directory instead of the fleet's.")
    ] = None,
    passphrase_file: PassphraseFile = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Put the keys of a backup into the wallet directory.

    Shows first what it would do. Keys that are here already are left alone; where one of them is another key than the
    backup's, nothing at all is put back. Killed halfway, the next run goes on.
    """
    from netctl.adapters import key_shelf, sealing
    from netctl.cli.output import say, show_json
    from netctl.cli.passphrase import opened
    from netctl.cli.questions import agree

    root, label = _target(wallet_path, profile, rehearse=rehearse, network=network)
    content = key_shelf.read_backup(file)
    archive = opened(lambda passphrase: sealing.unsealed(content, passphrase), sealing.WrongPassphrase, passphrase_file)
    keys = key_shelf.keys_of_archive(root, archive)
    planned = key_shelf.planned(root, keys)
    if not as_json:
        _show(planned, root)
    _refuse(planned, root)
    wanted = [each for each in planned if each.files]
    if wanted and not dry_run:
        agree(f"put {len(wanted)} key{'' if len(wanted) == 1 else 's'} into {root}", yes=yes)
        key_shelf.put_back(root, keys)
        say(f"done: {root} holds every key of {file}")
    if as_json:
        rows = [{**_document(each.key), "doing": each.doing, "why": each.why or None} for each in planned]
        show_json({"fleet": label, "wallet_path": str(root), "dry_run": dry_run, "keys": rows})


def _target(
    wallet_path: Path | None, profile: Path | None, *, rehearse: bool, network: str | None
) -> tuple[Path, str | None]:
    """The directory that is meant, and the fleet's name where a fleet is."""
    from netctl.cli.selection import Words, fleet_meant

    if wallet_path is None:
        fleet = fleet_meant(Words(profile, rehearse, network))
        return fleet.wallet_path, fleet.name
    return wallet_path.expanduser().absolute(), None


def _kept(fleet: Fleet, neurons: Sequence[str] | None, *, every: bool, no_coldkey: bool) -> list[KeptKey]:
    """The keys to keep, each coldkey before its hotkeys; WalletError names all that is lacking."""
    from netctl.adapters import key_shelf
    from netctl.backup import lacking, without_secret
    from netctl.errors import WalletError

    root = fleet.wallet_path
    chosen = [neuron for neuron in fleet.neurons if not neurons or neuron.name in neurons]
    wanted = {neuron.wallet: [n.hotkey for n in chosen if n.wallet == neuron.wallet] for neuron in chosen}
    for wallet in key_shelf.wallets_in(root) if every else ():
        wanted[wallet] = sorted({*wanted.get(wallet, ()), *key_shelf.hotkeys_in(root, wallet)})
    keys = []
    for wallet, hotkeys in wanted.items():
        cold = key_shelf.kept_key(root, wallet, None)
        keys.append(without_secret(cold) if no_coldkey else cold)
        keys += [key_shelf.kept_key(root, wallet, hotkey) for hotkey in dict.fromkeys(hotkeys)]
    missing = [] if every else lacking(keys, no_coldkey=no_coldkey)
    if missing:
        raise WalletError(f"{root} lacks {', '.join(missing)}", hint=_hint(missing, no_coldkey=no_coldkey))
    return [key for key in keys if key.files]


def _hint(missing: Sequence[str], *, no_coldkey: bool) -> str:
    if not no_coldkey and all(each.startswith("the secret of coldkey") for each in missing):
        return "nothing was written; --no-coldkey keeps hotkeys and public coldkeys only"
    return "nothing was written; make what is missing: netctl wallet create"


def _refuse(planned: Sequence[Restoring], root: Path) -> None:
    from netctl.backup import refused
    from netctl.errors import WalletError

    if against := refused(planned):
        message = f"{root} holds other keys than the backup: {'; '.join(against)}"
        raise WalletError(message, hint="nothing was put back; move them away, or restore into another --wallet-path")


_WORDS = {"restore": "put back", "complete": "put back the half that is missing", "same": "is here", "kept": "is here"}


def _show(planned: Sequence[Restoring], root: Path) -> None:
    from netctl.cli.output import say, show

    say(f"into {root}:")
    for each in planned:
        doing = _WORDS.get(each.doing, "refused")
        show(f"{each.key.label}: {doing}{f': {each.why}' if each.why else ''}{_state(each.key)}")


def _state(key: KeptKey) -> str:
    from netctl.adapters.key_reading import has_lock

    if key.secret is None:
        return " (public half only)"
    return " (keeps its password)" if has_lock(key.secret) else ""


def _documents(keys: Sequence[KeptKey]) -> list[dict[str, object]]:
    return [_document(key) for key in keys]


def _document(key: KeptKey) -> dict[str, object]:
    from netctl.adapters.key_reading import has_lock

    return {
        "wallet": key.wallet,
        "hotkey": key.hotkey,
        "ss58": key.address,
        "secret": key.secret is not None,
        "encrypted": has_lock(key.secret) if key.secret is not None else None,
    }
