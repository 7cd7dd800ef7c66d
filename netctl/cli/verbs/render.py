"""`netctl render`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from netctl.cli.options import NetworkName, NeuronNames, ProfilePath, Rehearse, verb

if TYPE_CHECKING:
    from netctl.fleet import Fleet
    from netctl.render.fleet import RenderedFleet

app = verb()


@app.command(examples=("netctl render --diff", "netctl render --show miner_3", "netctl render -p profiles/day2.yaml"))
def render(
    neurons: NeuronNames = None,
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    diff: Annotated[bool, typer.Option("--diff", help="Show what would change on disk, and write nothing.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Print the files, secrets masked, and write nothing.")] = False,
) -> int:
    """Write the neurons' files, or show what would change.

    All files are written at once, also while the fleet runs: a neuron reads them when it is started next, also by the
    supervisor after a death. To change neurons that run one after the other, use netctl fleet plan, then fleet up.

    With --diff a unified diff in which secrets are masked; nothing is printed where nothing would change.
    """
    from netctl.cli.bring_up import Order, carry_out
    from netctl.cli.selection import Words, fleet_meant, only_named

    words = Words(profile, rehearse, network)
    fleet = only_named(fleet_meant(words, asks=True), neurons)
    if diff or show:
        _print(fleet, neurons, whole=show)
        return 0
    return carry_out(fleet, Order(words, ("files",), tuple(neurons) if neurons else None))


def _print(fleet: Fleet, names: list[str] | None, *, whole: bool) -> None:
    from netctl.cli.output import say
    from netctl.cli.output import show as put
    from netctl.plan import gathered
    from netctl.render.difference import diff_text, shown

    found = _rendered(fleet)
    wanted = [one for one in found.rendered if not names or one.neuron in names]
    text = "\n".join(shown(one, fleet.state) for one in wanted) if whole else diff_text(wanted, fleet.state)
    if text:
        put(text.rstrip("\n"))
    for item in found.blocked:
        say(f"{item.neuron or 'the fleet'}: {item.why}")
    for note in gathered(found.notes):
        say(f"note: {note}")


def _rendered(fleet: Fleet) -> RenderedFleet:
    import os

    from netctl import packs
    from netctl.cli.world import on_its_chain
    from netctl.render.fleet import render_fleet

    pack = packs.load(fleet.code.pack, fleet.profile_path.parent)
    return render_fleet(on_its_chain(fleet), pack, dict(os.environ))
