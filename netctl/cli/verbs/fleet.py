"""`netctl fleet`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netctl.cli import habits, moving
from netctl.cli.options import (
    AsJson,
    Budget,
    ChangedCode,
    DryRun,
    KeepGoing,
    NetworkName,
    NoColdkey,
    OnlyNeurons,
    OnlyPhase,
    Parallel,
    ProfileOrRunning,
    ProfilePath,
    Rehearse,
    Reregister,
    Within,
    Yes,
    verb_group,
)

if TYPE_CHECKING:
    from netctl.cli.output import Cell
    from netctl.fleets import Remembered
    from netctl.step import PhaseName

app = verb_group(
    "Bring a fleet up, plan it, take it down, restart it, list fleets.",
    examples=("netctl fleet up profiles/day2.yaml --rehearse", "netctl fleet list", "netctl fleet down"),
)


@app.command(
    "up",
    examples=(
        "netctl fleet up profiles/day2.yaml --rehearse  # costs nothing",
        "netctl fleet up profiles/day2.yaml",
        "netctl fleet up --only files --neuron miner_3",
    ),
)
def up(
    profile: ProfileOrRunning = None,
    option: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    only: OnlyPhase = None,
    neuron: OnlyNeurons = None,
    within: Within = None,
    reregister: Reregister = False,
    no_coldkey: NoColdkey = False,
    code: ChangedCode = False,
    parallel: Parallel = 1,
    keep_going: KeepGoing = False,
    budget: Budget = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> int:
    """Bring the fleet to what the profile says: wallets, TAO, registration, stake, files, sessions.

    Does only what is missing, so it may be run again at any time, also after it was killed. Neurons that run and have
    changed are restarted one after the other, each ready before the next.
    """
    from dataclasses import replace

    from netctl.cli.bring_up import Order, capped, carry_out, with_pace
    from netctl.cli.selection import Words, fleet_meant
    from netctl.fleet import Rolling

    words = Words(profile or option, rehearse, network)
    phases = _phases(only, no_coldkey=no_coldkey)
    order = Order(words, phases, tuple(neuron) if neuron else None, yes, as_json, dry_run, no_coldkey)
    rolling = Rolling(parallel, keep_going, code)
    fleet = replace(fleet_meant(words, asks=True), reregister=reregister, rolling=rolling)
    return carry_out(capped(with_pace(fleet, None, within), budget), order)


@app.command(
    "plan", examples=("netctl fleet plan profiles/day2.yaml", "netctl fleet plan profiles/day2.yaml --rehearse --json")
)
def plan(
    profile: ProfileOrRunning = None,
    option: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    only: OnlyPhase = None,
    neuron: OnlyNeurons = None,
    within: Within = None,
    reregister: Reregister = False,
    no_coldkey: NoColdkey = False,
    code: ChangedCode = False,
    as_json: AsJson = False,
) -> None:
    """Show what `up` would do now, what for, and what it would cost; changes nothing."""
    from dataclasses import replace

    from netctl.cli.bring_up import Order, with_pace
    from netctl.cli.bring_up import plan as show
    from netctl.cli.selection import Words, fleet_meant
    from netctl.fleet import Rolling

    words = Words(profile or option, rehearse, network)
    picked = tuple(neuron) if neuron else None
    order = Order(words, _phases(only, no_coldkey=no_coldkey), picked, as_json=as_json, no_coldkey=no_coldkey)
    fleet = replace(fleet_meant(words, asks=True), reregister=reregister, rolling=Rolling(code=code))
    show(with_pace(fleet, None, within), order)


@app.command(
    "down",
    examples=(
        "netctl fleet down",
        "netctl fleet down --neuron miner_3",
        "netctl fleet down profiles/day2.yaml --rehearse --purge",
    ),
)
def down(
    profile: ProfileOrRunning = None,
    option: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    neuron: OnlyNeurons = None,
    purge: Annotated[bool, typer.Option("--purge", help="Delete a rehearsal's state as well.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Stop the neurons, and the rehearsal's chain with them; the state is kept.

    Each by its process group, TERM then KILL; what survives is reported.
    """
    from netctl.cli.selection import Words, fleet_meant, only_named
    from netctl.cli.take_down import take_down

    fleet = only_named(fleet_meant(Words(profile or option, rehearse, network), asks=True), neuron)
    take_down(fleet, neuron, purge=purge, yes=yes, as_json=as_json)


@app.command("restart", examples=("netctl fleet restart --neuron miner_3", "netctl fleet restart --code --parallel 2"))
def restart(
    profile: ProfileOrRunning = None,
    option: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    neuron: OnlyNeurons = None,
    code: ChangedCode = False,
    parallel: Parallel = 1,
    keep_going: KeepGoing = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> int:
    """Restart neurons one after the other, with their files rendered afresh; nothing is paid.

    With --code only those whose checkout has changed since they started.
    """
    from dataclasses import replace

    from netctl.cli.bring_up import Order, carry_out
    from netctl.cli.selection import Words, fleet_meant, only_named
    from netctl.fleet import Rolling

    words = Words(profile or option, rehearse, network)
    fleet = only_named(fleet_meant(words, asks=True), neuron)
    anew = frozenset() if code else frozenset(neuron or [each.name for each in fleet.neurons])
    fleet = replace(fleet, rolling=Rolling(parallel, keep_going, code, anew, by="netctl fleet restart"))
    order = Order(words, ("files", "sessions"), tuple(neuron) if neuron else None, yes, as_json, dry_run)
    return carry_out(fleet, order)


@app.command("supervise", hidden=True)
def supervise(orders: Annotated[Path, typer.Argument(help="The orders that `up` wrote.")]) -> None:
    """Supervise a fleet that was brought up: the program of the session `supervisor`."""
    from netctl.cli.supervise import supervise

    supervise(orders)


@app.command("list", examples=("netctl fleet list",))
def list_fleets(as_json: AsJson = False) -> None:
    """List the fleets that were brought up from this directory, and whether they run."""
    from netctl.cli.output import say, show_json, show_table
    from netctl.cli.selection import is_running, state_home
    from netctl.fleets import remembered

    known = [(fleet, is_running(fleet)) for fleet in remembered(state_home())]
    if as_json:
        show_json([{**_facts(fleet), "running": runs} for fleet, runs in known])
    elif known:
        show_table(("fleet", "runs", "neurons", "profile"), [_row(fleet, runs=runs) for fleet, runs in known])
    else:
        say("no fleet was brought up from this directory")


app.command("move", examples=("netctl fleet move miner_3 --node nd2",))(moving.move)
app.command(
    "export",
    examples=(
        "netctl fleet export profiles/day2.yaml --to systemd",
        "netctl fleet export profiles/day2.yaml --to pm2 -o pm2 --dry-run",
        "netctl fleet export profiles/day2.yaml --to kubernetes --image ghcr.io/me/miner:1.4",
    ),
)(habits.export)
app.command("enable", examples=("netctl fleet enable profiles/day2.yaml --env-file secrets.env",))(habits.enable)
app.command("disable", examples=("netctl fleet disable profiles/day2.yaml",))(habits.disable)


def _facts(fleet: Remembered) -> dict[str, Any]:
    return {
        "fleet": fleet.name,
        "profile": str(fleet.profile),
        "rehearsal": fleet.rehearse,
        "network": fleet.network,
        "neurons": list(fleet.neurons),
        "state": str(fleet.state),
    }


def _row(fleet: Remembered, *, runs: bool) -> list[Cell]:
    from netctl.cli.output import Cell

    return [
        Cell(fleet.name, "bold"),
        Cell("yes" if runs else "no", "green" if runs else ""),
        Cell(str(len(fleet.neurons))),
        Cell(str(fleet.profile)),
    ]


def _phases(only: str | None, *, no_coldkey: bool = False) -> tuple[PhaseName, ...] | None:
    from netctl.errors import UsageError
    from netctl.plan import ORDER
    from netctl.reconcile import MONEY

    if only is None:
        return None
    found = tuple(phase for phase in ORDER if phase == only)
    if not found:
        raise UsageError(f"--only {only}: no such phase", hint=f"one of {', '.join(ORDER)}")
    if no_coldkey and found[0] in MONEY:
        left = ", ".join(phase for phase in ORDER if phase not in MONEY)
        raise UsageError(f"--only {only} pays, and --no-coldkey pays nothing", hint=f"one of {left}")
    return found
