"""One look at the machines of a fleet and at the swarm they are, or are to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netctl.errors import NetctlError
from netctl.hostsetup.wanted import Machine
from netctl.ports.engines import EngineFacts, Engines, KeyShelf, MemberFacts, SwarmFacts

UNASKED = EngineFacts(trouble="the profile does not say where its engine answers")


@dataclass(frozen=True, slots=True)
class Seen:
    """Each machine's engine by the machine's name, and the swarm.

    `swarm` is None where there is none yet, or where `trouble` says why it cannot be asked. `manager` is the engine
    that told of it, or that will begin it. `kept` is the mark of the unlock key that was put away last.
    """

    engines: Mapping[str, EngineFacts]
    swarm: SwarmFacts | None
    manager: str
    trouble: str = ""
    kept: str = ""

    def member(self, machine: Machine) -> MemberFacts | None:
        """The swarm's node for a machine, None where it is not in this swarm."""
        if self.swarm is None:
            return None
        facts = self.engines[machine.name]
        if facts.answers:
            return self.swarm.by_id(facts.node_id) if facts.node_id else None
        return self.swarm.by_name(machine.name)


def observe(
    machines: Sequence[Machine], engines: Engines, shelf: KeyShelf, image: str | None, *, only_named: bool = False
) -> Seen:
    """Ask every engine, and a manager for its swarm. `image` is None for netctl's own.

    With `only_named` those alone whose engine the profile names. Raises nothing that is a machine's own affair.
    """
    first = machines[0]
    asked = {m.name: m.engine for m in machines if m.engine is not None and (m.asked or not only_named)}
    answers = engines.look(list(asked.values()), image or "")
    seen = {m.name: answers[asked[m.name]] if m.name in asked else UNASKED for m in machines}
    for machine in [m for m in machines if seen[m.name].is_manager]:
        engine = asked[machine.name]
        try:
            swarm = engines.swarm(engine)
        except NetctlError as error:
            return Seen(seen, None, engine, trouble=error.message)
        if machine == first or _has_lost(swarm, first, seen[first.name]):
            return Seen(seen, swarm, engine, kept=shelf.mark_of(swarm.id))
    return Seen(seen, None, first.engine or "")


def _has_lost(swarm: SwarmFacts, first: Machine, facts: EngineFacts) -> bool:
    """Whether the machine that should manage this swarm is one of its nodes, or was before it was made anew."""
    return swarm.by_id(facts.node_id) is not None if facts.node_id else swarm.by_name(first.name) is not None
