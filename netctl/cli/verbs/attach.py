"""`netctl attach`"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from netctl.cli.names import complete_neurons
from netctl.cli.options import NetworkName, ProfilePath, Rehearse, verb

app = verb()


@app.command(examples=("netctl attach miner_3",))
def attach(
    neuron: Annotated[str, typer.Argument(metavar="NEURON", autocompletion=complete_neurons, help="The neuron.")],
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
) -> None:
    """Watch a neuron's log live in its tmux session.

    Ctrl-b d leaves, or Ctrl-C; the neuron runs on. Needs a terminal.
    """
    from netctl.cli.output import is_terminal, say
    from netctl.cli.selection import Words, fleet_meant, only_named
    from netctl.cli.world import host_of
    from netctl.errors import UsageError
    from netctl.fleet import RESERVED_SESSIONS

    if neuron in RESERVED_SESSIONS:
        raise UsageError(f"{neuron} is no neuron", hint=f"netctl logs {neuron} -f")
    fleet = only_named(fleet_meant(Words(profile, rehearse, network)), [neuron])
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        raise UsageError("attach needs a terminal", hint=f"netctl logs {neuron} -f")
    logs = [fleet.state / "logs" / f"{neuron}{kind}.log" for kind in ("", ".err")]
    argv = host_of(fleet).attach_argv(neuron, logs)
    keys = "Ctrl-b Ctrl-b d, since your own tmux takes the first" if "TMUX" in os.environ else "Ctrl-b d"
    say(f"{neuron}'s log follows; leave with {keys}; the neuron runs on")
    os.execvp(argv[0], list(argv))  # noqa: S606 - tmux takes the terminal over
