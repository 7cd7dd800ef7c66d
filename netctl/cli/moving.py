"""`netctl fleet move`: a neuron of a swarm goes to another node, when a person says so and never else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from netctl.cli.names import complete_neurons
from netctl.cli.options import AsJson, DryRun, NetworkName, ProfilePath, Rehearse, Yes

if TYPE_CHECKING:
    from netctl.fleet import Fleet, NeuronSpec
    from netctl.ports import SessionFacts


def move(
    neuron: Annotated[str, typer.Argument(metavar="NEURON", autocompletion=complete_neurons, help="The neuron.")],
    node: Annotated[str, typer.Option("--node", metavar="NODE", help="Where it shall run, by its name in `hosts:`.")],
    profile: ProfilePath = None,
    rehearse: Rehearse = False,
    network: NetworkName = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> int:
    """Move a neuron of a swarm to another node: it ends where it is, and starts there with the same keys and uid.

    Its working directory stays where it was. Where its node is down, you are asked whether that machine is surely off:
    nobody else can tell, and one hotkey must not sign from two machines.
    """
    from netctl.cli.bring_up import Order, announce, carry_out
    from netctl.cli.output import say
    from netctl.cli.questions import agree
    from netctl.cli.selection import Words, fleet_meant, only_named
    from netctl.cli.world import host_of, locked
    from netctl.errors import SessionError
    from netctl.phases.sessions import STOP_GRACE_S
    from netctl.placing import as_found, moved

    words = Words(profile, rehearse, network)
    fleet = only_named(fleet_meant(words, asks=True), [neuron])
    host = host_of(fleet)
    sessions = host.sessions() if fleet.swarm is not None else {}
    fleet = as_found(fleet, sessions)
    _insist_on_sense(fleet, neuron, node)
    wanted = moved(fleet, neuron, node)
    session = sessions.get(neuron)
    if session is not None and session.node == node and not session.unknown:
        say(f"{neuron} is on {node} already")
        return 0
    if dry_run:
        say(_what_happens(neuron, node, session))
        return 0
    announce(fleet)
    agree(_what_happens(neuron, node, session), yes=yes)
    with locked(fleet):
        survivors = host.stop([neuron], grace_s=STOP_GRACE_S)
        # Of a node that is down nothing can be verified: whoever agreed has said that it is off.
        if survivors and session is not None and not session.unknown:
            raise SessionError(f"{neuron} cannot be ended on {session.node}", hint="look at it there: docker ps")
        if survivors:
            host.abandon(neuron)
    return carry_out(wanted, Order(words, ("files", "sessions"), None, yes, as_json))


def _insist_on_sense(fleet: Fleet, name: str, node: str) -> None:
    """UsageError for a move that cannot be."""
    from netctl.errors import UsageError
    from netctl.placement import in_words
    from netctl.placing import holder_of
    from netctl.profile.suggest import did_you_mean

    if fleet.swarm is None:
        raise UsageError(
            f"fleet {fleet.name} runs on this machine alone", hint="`host: swarm` spreads it: docs/profile.md"
        )
    spec: NeuronSpec | None = fleet.neuron(name)
    known = [each.name for each in fleet.swarm.nodes]
    target = fleet.swarm.node(node)
    if target is None:
        hint = did_you_mean(node, known) or f"it has {', '.join(known) or 'none'}"
        raise UsageError(f"--node {node}: the fleet has no such node", hint=hint)
    if spec is not None and spec.role not in target.roles:
        raise UsageError(
            f"{node} is not for a {spec.role}", hint=f"`roles:` of {node} in the profile says who may run there"
        )
    labels = spec.placing.labels if spec is not None and spec.placing is not None else ()
    if lacking := [label for label in labels if label not in target.labels]:
        raise UsageError(f"{node} has not {in_words(tuple(lacking))}, which {name} asks for", hint="docker node ls")
    if spec is not None and (other := holder_of(fleet, spec, node)) is not None:
        raise UsageError(f"port {spec.axon_port} of {node} is {other}'s", hint="give one of them another `port:`")
    if not target.is_open:
        raise UsageError(f"{node} is down or drained, or has lost its label: it takes no neuron", hint="docker node ls")
    if spec is not None and spec.placing is not None and spec.placing.failover == "auto":
        raise UsageError(
            f"{name} has `failover: auto`: the engine chooses its node", hint="write `failover: off` to pin it"
        )


def _what_happens(name: str, node: str, session: SessionFacts | None) -> str:
    if session is None:
        return f"start {name} on {node}"
    stays = f"its working directory stays on {session.node}"
    if session.unknown:
        return (
            f"{session.unknown}. Start {name} on {node}: is that machine surely off, so that one hotkey does not sign "
            f"from both? {stays[0].upper()}{stays[1:]}"
        )
    return f"end {name} on {session.node} and start it on {node}; {stays}"
