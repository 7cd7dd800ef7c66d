"""Metadata that SDKs before 10 can use, too: newtypes shown as the numbers that they are on the wire.

Their codecs take and give `(5,)` where the runtime says "a NetUid, which holds a u16", and cannot go on with it.
Clients of today see through newtypes; the bytes are the same either way.
"""

from __future__ import annotations

from netctl.devchain.metadata import Composite, Metadata, Primitive

WHAT = "show NetUid, NetUidStorageIndex, MechId, TaoBalance, AlphaBalance and PerU16 as bare numbers"
WHY = "SDK 9 reads and writes them as numbers only; the bytes on the wire stay the same"

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
