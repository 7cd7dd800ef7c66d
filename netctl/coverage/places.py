"""Where a miner's database lies: what its own command line says, as the pack's `owns:` reads it."""

from __future__ import annotations

from pathlib import Path

from netctl.errors import PrerequisiteError
from netctl.fleet import Fleet, NeuronSpec
from netctl.identity.claims import exclusives_of
from netctl.identity.reading import uses_of
from netctl.layout import work_of
from netctl.pack_model import Holdings, ZipcodeList
from netctl.packs import FILE, Pack
from netctl.render.neuron import command_line
from netctl.render.sources import Sources, place
from netctl.render.strategies import Row, zipcode_rows


def specified(pack: Pack) -> tuple[ZipcodeList, Holdings]:
    """What the pack says of zipcodes and holdings; PrerequisiteError where it says nothing."""
    if pack.spec.zipcodes is None or pack.spec.holdings is None:
        missing = "zipcodes" if pack.spec.zipcodes is None else "holdings"
        raise PrerequisiteError(
            f"pack {pack.name} says nothing of {missing}, so its coverage cannot be told",
            hint=f"add {missing}: to {pack.root / FILE}; docs/packs.md explains it",
        )
    return pack.spec.zipcodes, pack.spec.holdings


def rows_of(fleet: Fleet, pack: Pack, spec: ZipcodeList, sources: Sources) -> tuple[Row, ...]:
    """The rows of the subnet's list of zipcodes; PrerequisiteError where it cannot be read."""
    path = place(spec.root, spec.path, fleet, pack)
    rows = zipcode_rows(spec, sources.read(path) if path is not None else None)
    if rows is None:
        where = f"{path}: not there, or without a column {spec.zipcode}" if path is not None else "no checkout is named"
        raise PrerequisiteError(
            f"the list of zipcodes cannot be read: {where}",
            hint="neurons: path: in the profile must be a checkout of the subnet's code",
        )
    return rows


def database_of(fleet: Fleet, neuron: NeuronSpec, pack: Pack, spec: Holdings, sources: Sources) -> Path | None:
    """The database of a miner, also where the profile's `args:` put it elsewhere; None where that cannot be told."""
    argv = command_line(fleet, neuron, pack, sources)
    exclusives = exclusives_of(pack.role(neuron.role), argv, str(fleet.code.path or ""))
    uses = uses_of(argv, str(work_of(fleet, neuron.name)), {}, exclusives)
    return next((Path(use.value) for use in uses if use.kind == "file" and use.what == spec.owned), None)
