"""`netctl journal`"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netctl.cli.options import AsJson, NetworkName, ProfilePath, Rehearse, verb

app = verb()

_CONTEXT = ("time", "kind", "run", "host", "pid", "command")


@app.command()
def journal(
    profile: ProfilePath = None, rehearse: Rehearse = False, network: NetworkName = None, as_json: AsJson = False
) -> None:
    """Show what netctl has paid and changed for this fleet.

    Oldest first; with --json one JSON object a line, as the file holds them.
    """
    from netctl.adapters.clock import SystemClock
    from netctl.cli.output import say, show, show_json
    from netctl.cli.selection import Words, fleet_meant
    from netctl.journal import FileJournal

    fleet = fleet_meant(Words(profile, rehearse, network))
    record = FileJournal(fleet.state / "journal.jsonl", clock=SystemClock())
    entries = record.entries()
    for entry in entries:
        if as_json:
            show_json(entry, lines=True)
        else:
            show(_line(entry))
    if record.torn:
        say(f"{record.torn} torn lines were left out: netctl was killed while it wrote them, and sent nothing on them")
    if not entries:
        say(f"nothing was paid or changed for {fleet.name} yet")


def _line(entry: Mapping[str, Any]) -> str:
    facts = " ".join(f"{name}={value}" for name, value in entry.items() if name not in _CONTEXT)
    return f"{entry.get('time', '')}  {entry['kind']:<8} {facts}"
