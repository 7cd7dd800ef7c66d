"""Looks up what `netctl strategies` tells: the store, and the subnet's list of zipcodes."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from netctl.behaviour.kinds import Kinds, kinds_of
from netctl.behaviour.slices import Recorded, slices_for
from netctl.behaviour.spec import Activity
from netctl.behaviour.strategies import Strategies, strategies_of
from netctl.chain_time import ChainTime
from netctl.cli.coverage_found import coverage_found
from netctl.cli.output import say
from netctl.cli.recorded import Recorded as Opened
from netctl.cli.recorded import recorded
from netctl.coverage.places import rows_of
from netctl.coverage.universe import universe_of
from netctl.errors import NetctlError, PrerequisiteError
from netctl.fleet import Fleet
from netctl.packs import FILE, Pack, zipcode_fields
from netctl.render.sources import read_sources
from netctl.store.activity import Slicing, firsts, judged, looked, summed
from netctl.store.counting import tallies
from netctl.store.histories import Window, looks, pay
from netctl.store.sources import only_elsewhere


def strategies_found(
    fleet: Fleet, since: str | None = None, count: int | None = None, within: Window | None = None
) -> Strategies:
    """How this fleet's miners behaved since then, or within a run.

    PrerequisiteError for a pack that says nothing of their work.
    """
    with recorded(fleet, since, within) as found:
        activity = found.pack.spec.activity
        if activity is None:
            raise PrerequisiteError(
                f"pack {found.pack.name} says nothing of what miners do",
                hint=f"add activity: to {found.pack.root / FILE}; docs/packs.md explains it",
            )
        return _judged(found, activity, kinds_in(fleet, found.pack), count)


def kinds_in(fleet: Fleet, pack: Pack) -> Kinds:
    """By the subnet's list, or by the premium zipcodes that the pack names where the list cannot be read."""
    listed = pack.spec.zipcodes
    if listed is None:
        return kinds_of(None)
    try:
        return kinds_of(universe_of(listed, rows_of(fleet, pack, listed, read_sources(fleet, pack))))
    except PrerequisiteError as exc:
        say(f"{exc}: tiers and regions are not told")
        return kinds_of(None, () if listed.premium is None else listed.premium.zipcodes)


def _judged(found: Opened, activity: Activity, kinds: Kinds, count: int | None) -> Strategies:
    store, spec = found.store, found.pack.spec
    where = activity.looked
    zipcode = zipcode_fields(spec, "miner")[where.signal]
    rounds = tallies(store, [("miner", activity.rounds.signal)], found.window)
    usual = int(median([tally.count for tally in rounds])) if rounds else 0
    slicing = Slicing(found.window, count or slices_for(usual))
    begins = {tally.neuron: tally.first_s for tally in tallies(store, [("miner", where.signal)], found.whole)}
    told = Recorded(
        slicing=slicing,
        looked=looked(store, where.signal, zipcode, where.amount, slicing),
        rounds=summed(store, activity.rounds.signal, activity.rounds.amount, slicing),
        sent=None if activity.sent is None else summed(store, activity.sent.signal, activity.sent.amount, slicing),
        judged=()
        if activity.quality is None
        else judged(store, activity.quality.signal, activity.quality.outcome, slicing),
        pay=pay(store, found.window),
    )
    sent = activity.sent
    field = None if sent is None else zipcode_fields(spec, "miner").get(sent.signal)
    uploads = () if sent is None or field is None else looked(store, sent.signal, field, sent.amount, slicing)
    named = [neuron.name for neuron in found.fleet.miners]
    return strategies_of(
        [*named, *sorted(begins.keys() - set(named))],
        told,
        activity,
        kinds,
        found.roll,
        ChainTime(looks(store)),
        firsts(store, where.signal, zipcode, where.amount, kinds.premium),
        begins,
        uploads,
        _holdings(found.fleet),
        only_elsewhere(store),
    )


def _holdings(fleet: Fleet) -> Mapping[str, Mapping[str, int]]:
    """What each miner holds now, by zipcode; nothing is known of one whose database cannot be read."""
    try:
        coverage = coverage_found(fleet)
    except NetctlError:
        return {}
    return {
        miner.name: {zipcode: label.entities for zipcode, label in miner.zipcodes.items()}
        for miner in coverage.readable
    }
