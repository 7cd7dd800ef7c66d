"""`netctl wallet create`"""

from __future__ import annotations

from typing import Annotated

import typer

from netctl.cli.options import AsJson, DryRun, NetworkName, NeuronNames, ProfilePath, Rehearse
from netctl.cli.verbs.wallet.group import app


@app.command(
    "create",
    examples=(
        "netctl wallet create -p profiles/day2.yaml --dry-run",
        "netctl wallet create -p profiles/day2.yaml miner_2 --show-mnemonic",
    ),
)
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
