"""Processes that have what a neuron claims: in this fleet, in another, or started by hand. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from netctl.identity.claims import Claims
from netctl.ports import Holder, ProcessFacts, Use
from netctl.secrecy import shown_words

TOOLS = ("btcli", "netctl", "sqlite3")
"""They name hotkeys and open databases too, and are soon gone."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Another process that has what a neuron claims; the field names are those of ``netctl status --json``.

    `fleet` is the state directory of the fleet that started it and `session` its session there, None where netctl did
    not. `argv` has secrets masked. pid 0 is a process of another user.
    """

    what: str
    value: str
    pid: int
    argv: tuple[str, ...]
    fleet: str | None
    session: str | None

    def __str__(self) -> str:
        return refusal(self.what, shown(self.what, self.value), who(self))


def refusal(what: str, thing: str, holder: str, *, on: str = "") -> str:
    """That somebody has what a neuron needs: ``hotkey w/h is in use by ...``, ``port 8091 is taken on nd1 by ...``."""
    how = "taken" if what.endswith("port") else "in use"
    return f"{thing} is {how}{f' on {on}' if on else ''} by {holder}"


def find_clashes(
    claims: Sequence[Claims],
    holders: Sequence[Holder],
    *,
    pids: Mapping[str, int | None] | None = None,
    leaving: Collection[str] = (),
) -> Mapping[str, tuple[Clash, ...]]:
    """By neuron, every process but its own that has what it claims; neurons without a clash are left out.

    `pids` are the neurons' processes as their sessions have them (None: none lives): a process that carries a neuron's
    marker outside of its session is then a second one. Without them the marker alone decides. Processes with a marker
    in `leaving` are about to end and do not count.
    """
    wanted: dict[tuple[str, str], list[tuple[Claims, Use]]] = {}
    for one in claims:
        for use in one.uses:
            wanted.setdefault(use.key, []).append((one, use))
    leaders = {holder.process.pid: holder.leader for holder in holders}
    found: dict[str, dict[Clash, None]] = {}
    for holder in holders:
        if holder.process.marker in leaving or _is_tool(holder.process):
            continue
        for use in holder.uses:
            for one, claimed in wanted.get(use.key, ()):
                if not _is_own(holder, one, pids, leaders):
                    found.setdefault(one.neuron, {})[clash_of(claimed, holder.process)] = None
    return {neuron: tuple(clashes) for neuron, clashes in found.items()}


def clash_of(use: Use, process: ProcessFacts) -> Clash:
    """That this process has what is claimed."""
    fleet, _, session = (process.marker or "").rpartition("/")
    return Clash(use.what, use.value, process.pid, shown_words(process.argv), fleet or None, session or None)


def shown(what: str, value: str) -> str:
    """A claim as people write it: ``hotkey wallet/hotkey``, ``port 8091``, ``database /path``."""
    if what == "hotkey":
        path = Path(value)
        return f"hotkey {path.parent.parent.name}/{path.name}"
    return f"{'port' if what == 'axon port' else what} {value}"


def who(clash: Clash) -> str:
    """Who has it: the pid, the start of its command line, and whose session it is."""
    if clash.pid == 0:
        return "a process of another user"
    words = " ".join(clash.argv[:3])[:80]
    of = f" of {clash.fleet}/{clash.session}" if clash.fleet else ""
    return f"pid {clash.pid} ({words}){of}" if words else f"pid {clash.pid}{of}"


def _is_own(
    holder: Holder, claims: Claims, pids: Mapping[str, int | None] | None, leaders: Mapping[int, int | None]
) -> bool:
    """Whether the process is the neuron itself, or one that it started: its marker, and the session of its pid."""
    if holder.process.marker != claims.marker:
        return holder.process.marker in claims.own
    if pids is None or claims.neuron not in pids:
        return True
    pid = pids[claims.neuron]
    if pid is None:
        return False
    return holder.process.pid == pid or leaders.get(pid) is None or holder.leader in (None, leaders[pid])


def _is_tool(process: ProcessFacts) -> bool:
    words = process.argv[:2] if "-m" not in process.argv[:2] else process.argv[:3]
    return any(Path(word).name in TOOLS for word in words)


def told(clashes: Sequence[Clash]) -> str:
    """All of them in one text, one part for each process, naming all that it has."""
    by_process: dict[int, list[Clash]] = {}
    for clash in clashes:
        by_process.setdefault(clash.pid, []).append(clash)
    return "; ".join(_told(several) for several in by_process.values())


def _told(several: Sequence[Clash]) -> str:
    if len(several) == 1:
        return str(several[0])
    things = [shown(clash.what, clash.value) for clash in several]
    return f"{', '.join(things[:-1])} and {things[-1]} are in use by {who(several[0])}"
