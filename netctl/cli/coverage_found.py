"""Looks up what `netctl coverage` tells: the pack's list, each miner's database, the validators' events."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from netctl import packs
from netctl.adapters.miner_database import Terms, read_labels
from netctl.coverage.coverage import Coverage, coverage_of
from netctl.coverage.held import Held, Reading, held_of
from netctl.coverage.places import database_of, rows_of, specified
from netctl.coverage.universe import Universe, universe_of
from netctl.coverage.validated import Validated, validated_of
from netctl.errors import UsageError, WalletError
from netctl.fleet import Fleet, NeuronSpec
from netctl.pack_model import Holdings
from netctl.packs import Pack
from netctl.profile.suggest import did_you_mean
from netctl.render.sources import Sources, read_sources
from netctl.store.database import FILE, looked_into
from netctl.store.naming import uids_of, zipcodes_named

AT_ONCE = 4


def coverage_found(
    fleet: Fleet, *, names: Sequence[str] = (), tiers: Sequence[str] = (), states: Sequence[str] = ()
) -> Coverage:
    """The coverage of these miners, tiers and states as it is now; none named means all.

    UsageError for a name that there is not, PrerequisiteError where the pack or its list does not tell.
    """
    pack = packs.load(fleet.code.pack, fleet.profile_path.parent)
    listed, spec = specified(pack)
    sources = read_sources(fleet, pack)
    whole = universe_of(listed, rows_of(fleet, pack, listed, sources))
    _check("tier", tiers, whole.tiers)
    _check("state", states, whole.states)
    miners = _named(fleet, names)
    held = _held(fleet, miners, pack, spec, sources, whole)
    return coverage_of(whole.narrowed(tiers=tiers, states=states), held, _validated(fleet, miners, pack, spec, whole))


def _check(what: str, named: Sequence[str], known: Collection[str]) -> None:
    for name in named:
        if name not in known:
            hint = did_you_mean(name, known) or f"there are: {', '.join(filter(None, known)) or 'none'}"
            raise UsageError(f"no {what} {name} in the subnet's list of zipcodes", hint=hint)


def _named(fleet: Fleet, names: Sequence[str]) -> tuple[NeuronSpec, ...]:
    miners = {miner.name: miner for miner in fleet.miners}
    for name in names:
        if name not in miners:
            hint = did_you_mean(name, miners) or f"it has {', '.join(miners) or 'none'}"
            raise UsageError(f"fleet {fleet.name} has no miner {name}", hint=hint)
    return tuple(miner for name, miner in miners.items() if not names or name in names)


def _held(
    fleet: Fleet, miners: Sequence[NeuronSpec], pack: Pack, spec: Holdings, sources: Sources, universe: Universe
) -> list[Held]:
    def look(miner: NeuronSpec) -> Held:
        if miner.placing is not None:
            # What lies at its path here, if anything, is from another day.
            return held_of(miner.name, "", Reading(problem=_out_of_sight(miner)), spec, universe)
        path = database_of(fleet, miner, pack, spec, sources)
        if path is None:
            return held_of(miner.name, "", Reading(problem="cannot be told from its command line"), spec, universe)
        return held_of(
            miner.name, str(path), read_labels(path, spec, Terms(time_scale=fleet.time_scale)), spec, universe
        )

    # SQLite counts without the interpreter's lock, and one that is slow holds no other up.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(look, miners))


def _out_of_sight(miner: NeuronSpec) -> str:
    where = "the node where it runs" if miner.placing is None or miner.placing.node is None else miner.placing.node
    return f"lies on {where}, and cannot be read from here"


def _validated(
    fleet: Fleet, miners: Sequence[NeuronSpec], pack: Pack, spec: Holdings, universe: Universe
) -> Mapping[str, Validated | None]:
    """Nothing for a fleet whose validators' lines name no zipcode yet, or that has no store."""
    path = fleet.state / FILE
    fields = packs.zipcode_fields(pack.spec)
    if not fields or not path.exists():
        return {}
    with looked_into(path) as store:
        namings = zipcodes_named(store, fields)
        if not namings:
            return {}
        addresses = {miner.name: hotkey_address(fleet, miner) for miner in miners}
        uids = {name: () if address is None else uids_of(store, address) for name, address in addresses.items()}
    return {
        name: None if address is None else validated_of(namings, {address}, uids[name], spec.validation, universe)
        for name, address in addresses.items()
    }


def hotkey_address(fleet: Fleet, neuron: NeuronSpec) -> str | None:
    """The address of a neuron's hotkey, None where it cannot be told without its secret."""
    from netctl.adapters.key_reading import address_of

    try:
        return address_of(fleet.wallet_path / neuron.wallet / "hotkeys" / neuron.hotkey)
    except WalletError:
        return None
