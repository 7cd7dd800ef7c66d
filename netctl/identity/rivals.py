"""What keeps a neuron from being started: another process has its port, its hotkey or one of its files."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from netctl.identity.claims import Claims
from netctl.identity.clashes import Clash, clash_of, find_clashes
from netctl.ports import Holder, ProcessFacts
from netctl.step import Blocked


def rivals(
    claims: Claims, listeners: Mapping[int, ProcessFacts], holders: Sequence[Holder], leaving: Collection[str] = ()
) -> Iterator[Blocked]:
    """Processes that have what this neuron claims, each with its pid.

    Its own do not count, nor those of the fleet's sessions in `leaving`, which are ended before it is started.
    """
    markers = _markers(claims, leaving)
    told = set()
    others = find_clashes([claims], holders, leaving=markers).get(claims.neuron, ())
    for clash in (*port_clashes(claims, listeners, markers), *others):
        if (clash.what, clash.pid) not in told:
            told.add((clash.what, clash.pid))
            yield Blocked(claims.neuron, str(clash), way_out(clash))


def port_clashes(claims: Claims, listeners: Mapping[int, ProcessFacts], own: Collection[str]) -> Iterator[Clash]:
    """Who else listens on the ports of this neuron: processes without one of its `own` markers."""
    for use in claims.uses:
        if use.kind != "port" or not use.value.isdigit():
            continue
        holder = listeners.get(int(use.value))
        if holder is not None and holder.marker not in own:
            yield clash_of(use, holder)


def way_out(clash: Clash) -> str:
    """What to do about it."""
    if not clash.what.endswith("port"):
        return f"end it first: two neurons must not share a {clash.what}"
    if clash.fleet is None:
        return "end it, or set another `port:`, or `first_port:` under defaults"
    return "take that fleet down (a rehearsal moves when it comes up again), or set `first_port:` under defaults"


def _markers(claims: Claims, leaving: Collection[str]) -> set[str]:
    state = claims.marker.removesuffix(f"/{claims.neuron}")
    return {*claims.own, *(f"{state}/{name}" for name in leaving)}
