"""`netctl stake`"""

from __future__ import annotations

from netctl.cli.options import AsJson, DryRun, NetworkName, NeuronNames, ProfilePath, Rehearse, Yes, verb

app = verb()


@app.command()
def stake(
    neurons: NeuronNames = None,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> int:
    """Stake what the profile asks for on the fleet's hotkeys.

    Only what is missing is staked, each hotkey by its own coldkey. `fleet up` stakes once and leaves it at that on
    public networks; this adds what the profile asks for beyond, at today's price of alpha.
    """
    from dataclasses import replace

    from netctl.cli.bring_up import Order, carry_out
    from netctl.cli.selection import Words, fleet_meant

    words = Words(profile, rehearse, network)
    order = Order(words, ("stake",), tuple(neurons) if neurons else None, yes, as_json, dry_run)
    return carry_out(replace(fleet_meant(words), tops_up_stake=True), order)
