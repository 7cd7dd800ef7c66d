"""Where a fleet runs, for commands that only look: no witness, and no engine loaded where there is none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from netctl.adapters.tmux import TmuxHost
from netctl.fleet import Fleet

if TYPE_CHECKING:
    from netctl.adapters.swarm.host import SwarmHost
    from netctl.placement import Swarm
    from netctl.ports import Witness


def host_of(fleet: Fleet, witness: Witness | None = None) -> TmuxHost | SwarmHost:
    """The fleet's tmux server, and the nodes of its swarm where it has one."""
    local = TmuxHost(fleet.state, fleet.name, witness)
    if fleet.swarm is None:
        return local
    from netctl.adapters.swarm.host import SwarmHost

    return SwarmHost(fleet.name, fleet.state, fleet.swarm, local, witness)


def with_its_nodes(state: Path, swarm: Swarm) -> Swarm:
    """The swarm with the nodes that it tells by their labels, as they are now; SessionError."""
    from netctl.adapters.swarm.members import members_and_held
    from netctl.machines import seen_now

    return seen_now(swarm, *members_and_held(state, swarm))
