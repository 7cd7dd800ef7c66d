"""`netctl stake`"""

from __future__ import annotations

from netctl.cli.options import AsJson, Budget, DryRun, NetworkName, NeuronNames, ProfilePath, Rehearse, Yes, verb

app = verb()


@app.command(examples=("netctl stake --dry-run", "netctl stake validator_1"))
def stake(
    neurons: NeuronNames = None,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    budget: Budget = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> int:
    """Stake what the profile asks for on the fleet's hotkeys.

    The profile's stake is S[uid] of the metagraph. Only what is missing is bought, each hotkey's by its own coldkey, at
    today's price of alpha and at most staking.slippage above it. On public networks `fleet up` buys once and leaves it
    at that; this adds what is missing.
    """
    from dataclasses import replace

    from netctl.cli.bring_up import Order, capped, carry_out
    from netctl.cli.selection import Words, fleet_meant

    words = Words(profile, rehearse, network)
    order = Order(words, ("stake",), tuple(neurons) if neurons else None, yes, as_json, dry_run)
    return carry_out(capped(replace(fleet_meant(words, asks=True), tops_up_stake=True), budget), order)
