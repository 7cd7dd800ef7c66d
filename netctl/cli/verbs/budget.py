"""`netctl budget`"""

from __future__ import annotations

from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse, verb

app = verb()


@app.command(examples=("netctl budget", "netctl budget -p profiles/day2.yaml --json"))
def budget(
    profile: ProfilePath = None, rehearse: Rehearse = False, network: NetworkName = None, as_json: AsJson = False
) -> int:
    """Show how many API calls each neuron and key makes, and when the limits run out.

    By what the neurons' logs tell, and before they ran by their cadence. Limits are in the profile, under api_keys; a
    key is named by its place there and a digest, never by its value. Where a limit does not last, a cadence that it
    bears is suggested. Exit code 1 when one does not last.
    """
    from netctl.cli.budget_found import budget_found
    from netctl.cli.budget_report import show_budget
    from netctl.cli.selection import Words, fleet_meant

    fleet = fleet_meant(Words(profile, rehearse, network))
    found = budget_found(fleet)
    show_budget(found, fleet, as_json=as_json)
    return 0 if found.lasts else 1
