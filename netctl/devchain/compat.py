"""Metadata that SDKs before 11 can use, too: newtypes shown as the numbers that they are, and errors with a doc.

SDK 9's codecs take and give `(5,)` where the runtime says "a NetUid, which holds a u16", and cannot go on with it.
SDK 9 and 10 call an error without a doc string unknown. The bytes of everything else are the same either way.
"""

from __future__ import annotations

import re

from netctl.devchain.metadata import Composite, Metadata, Primitive, Variants

EDITS: tuple[tuple[str, str], ...] = (
    (
        "show NetUid, NetUidStorageIndex, MechId, TaoBalance, AlphaBalance and PerU16 as bare numbers",
        "SDK 9 reads and writes them as numbers only; the bytes on the wire stay the same",
    ),
    (
        "give each error its name, in words, as its doc string",
        "SDK 9 and 10 and bittensor-cli 9 tell an error without one as UnknownError",
    ),
)
"""(what, why) of what is done to the packed metadata when a chain wants it so; the manifest repeats them."""

NEWTYPES: frozenset[tuple[str, ...]] = frozenset(
    {
        ("subtensor_runtime_common", "NetUid"),
        ("subtensor_runtime_common", "NetUidStorageIndex"),
        ("subtensor_runtime_common", "MechId"),
        ("subtensor_runtime_common", "currency", "TaoBalance"),
        ("subtensor_runtime_common", "currency", "AlphaBalance"),
        ("sp_arithmetic", "per_things", "PerU16"),
    }
)
"""Types that were bare numbers when SDK 9 was made; older newtypes (Perbill, AccountId32) its codecs know by name."""


def flatten_newtypes(metadata: Metadata) -> None:
    """Put their number in the place of these newtypes, at the same ids; KeyError for one that holds something else."""
    for each in metadata.types:
        if tuple(each.path) not in NEWTYPES:
            continue
        definition = each.definition
        inner = metadata.types[definition.fields[0].type].definition if isinstance(definition, Composite) else None
        if not isinstance(inner, Primitive):
            raise KeyError(f"{'::'.join(each.path)} is no newtype of a number")
        each.definition, each.path = inner, []


def document_errors(metadata: Metadata) -> None:
    """Give every error of every pallet that has no doc string its name in words: "not enough balance to stake"."""
    for pallet in metadata.pallets:
        definition = metadata.types[pallet.error].definition if pallet.error is not None else None
        for error in definition.variants if isinstance(definition, Variants) else ():
            error.docs = error.docs or [re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", error.name).lower()]
