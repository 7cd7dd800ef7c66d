"""Beginning a journal where there is none: the operator's word that nothing was paid before."""

from __future__ import annotations

from netctl.cli.output import say
from netctl.cli.questions import consent
from netctl.cli.world import locked
from netctl.fleet import Fleet
from netctl.journal import FileJournal
from netctl.paying.policy import BEGUN, remembers


def begin(fleet: Fleet, record: FileJournal, *, yes: bool) -> None:
    """Write down, after a question, that nothing was paid before; nothing where the journal knows the network already.

    PolicyError if nobody agrees.
    """
    with locked(fleet):
        if remembers(fleet.network, record.entries()):
            say(f"{record.path} knows {_where(fleet)} already")
            return
        consent(fleet, f"from now on {fleet.name} counts as never having paid on {_where(fleet)}", pays=True, yes=yes)
        record.append(BEGUN, network=fleet.network.kind, netuid=fleet.netuid)
    say(f"begun: {record.path}")


def _where(fleet: Fleet) -> str:
    return fleet.network.kind if fleet.network.kind != "custom" else fleet.network.endpoint
