"""`netctl wallet`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from netctl.cli.options import AsJson, DryRun, NetworkName, NeuronNames, ProfilePath, Rehearse, verb_group

if TYPE_CHECKING:
    from netctl.fleet import Fleet, NeuronSpec

app = verb_group("Create and list the fleet's wallets.")


@app.command("create")
def create(
    neurons: NeuronNames = None,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    show_mnemonic: Annotated[
        bool, typer.Option("--show-mnemonic", help="Show each new coldkey's words once, on a terminal only.")
    ] = False,
) -> int:
    """Create the coldkeys and hotkeys that are missing; existing ones are used as they are.

    New coldkeys get a password, asked for or from NETCTL_COLDKEY_PASSWORD, unless the profile says encrypt: false.
    """
    import sys

    from netctl.cli.bring_up import Order, carry_out
    from netctl.cli.output import is_terminal
    from netctl.cli.questions import keep_mnemonic, reveal_mnemonic
    from netctl.cli.selection import Words, fleet_meant
    from netctl.errors import UsageError

    if show_mnemonic and not is_terminal(sys.stderr):
        raise UsageError("--show-mnemonic shows a secret: it needs a terminal", hint="run it on a terminal")
    words = Words(profile, rehearse, network)
    order = Order(words, ("wallets",), tuple(neurons) if neurons else None, True, as_json, dry_run)
    return carry_out(fleet_meant(words), order, reveal=reveal_mnemonic if show_mnemonic else keep_mnemonic)


@app.command("list")
def list_wallets(
    profile: ProfilePath = None, rehearse: Rehearse = False, network: NetworkName = None, as_json: AsJson = False
) -> None:
    """List the wallets that the fleet's neurons use, without opening a secret."""
    from netctl.cli.output import Cell, say, show_json, show_table
    from netctl.cli.selection import Words, fleet_meant

    fleet = fleet_meant(Words(profile, rehearse, network))
    rows = _rows(fleet)
    if as_json:
        show_json({"fleet": fleet.name, "wallet_path": str(fleet.wallet_path), "wallets": rows})
        return
    say(f"wallets in {fleet.wallet_path}")
    headers = ("neuron", "wallet", "coldkey", "hotkey", "hotkey address", "locked")
    columns = ("neuron", "wallet", "coldkey_ss58", "hotkey", "hotkey_ss58", "coldkey_encrypted")
    show_table(headers, [[Cell(_text(row[column])) for column in columns] for row in rows])


def _rows(fleet: Fleet) -> list[dict[str, Any]]:
    from netctl.adapters.keystore import SdkKeystore
    from netctl.cli.world import isolated

    keys = SdkKeystore(fleet.wallet_path)

    def row(neuron: NeuronSpec) -> dict[str, Any]:
        facts = keys.facts(neuron.wallet, neuron.hotkey)
        return {
            "neuron": neuron.name,
            "wallet": neuron.wallet,
            "hotkey": neuron.hotkey,
            "coldkey_ss58": facts.coldkey_ss58,
            "hotkey_ss58": facts.hotkey_ss58,
            "coldkey_here": facts.has_coldkey_secret,
            "coldkey_encrypted": facts.coldkey_encrypted if facts.has_coldkey_secret else None,
        }

    with isolated(fleet):
        return [row(neuron) for neuron in fleet.neurons]


def _text(value: object) -> str:
    return {True: "yes", False: "no", None: "-"}[value] if value is None or isinstance(value, bool) else str(value)
