"""The packed metadata of the package, loaded for one chain."""

from __future__ import annotations

import lzma
from functools import cached_property, lru_cache
from importlib.resources import files

from netctl.devchain.codec import Codec
from netctl.devchain.compat import document_errors, flatten_newtypes
from netctl.devchain.metadata import MapEntry, Metadata, Tuple, decode_metadata, encode_metadata
from netctl.devchain.older_rule import strip_price_rule
from netctl.devchain.options import ChainOptions, Registration


def pack(v15: bytes, v14: bytes) -> bytes:
    """Both metadata versions in one xz stream, each behind its length; equal input gives equal bytes."""
    framed = b"".join(len(raw).to_bytes(4, "little") + raw for raw in (v15, v14))
    return lzma.compress(framed, format=lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME)


def unpack(packed: bytes) -> tuple[bytes, bytes]:
    """(v15, v14) of a pack."""
    framed = lzma.decompress(packed)
    end = 4 + int.from_bytes(framed[:4], "little")
    return framed[4:end], framed[end + 4 :]


def set_slot(metadata: Metadata, slot_ms: int) -> None:
    """Put the chain's slot into the constants that clients take their timing from."""
    values = {("Aura", "SlotDuration"): slot_ms, ("Timestamp", "MinimumPeriod"): slot_ms // 2}
    for pallet in metadata.pallets:
        for constant in pallet.constants:
            if (pallet.name, constant.name) in values:
                constant.value = values.pop((pallet.name, constant.name)).to_bytes(8, "little")
    if values:
        raise KeyError(f"the metadata has no {', '.join(map('.'.join, values))}")


class PackedRuntime:
    """The runtime's metadata for a slot: the codec, and version 14 for clients that ask for it.

    With `compat` both are such that SDKs before 11 can use them; with `registration` "windows" they lack what moves
    the price with every registration, as runtimes of that rule did.
    """

    def __init__(
        self,
        packed: bytes,
        *,
        spec: int,
        transaction_version: int,
        slot_ms: int,
        compat: bool,
        registration: Registration = "price",
    ) -> None:
        self._v15, self._v14 = unpack(packed)
        self._spec = spec
        self._transaction_version = transaction_version
        self._slot_ms = slot_ms
        self._compat = compat
        self._registration = registration

    @cached_property
    def codec(self) -> Codec:
        """A codec over version 15."""
        metadata = self._for_this_chain(self._v15)
        return Codec(metadata, spec=self._spec, transaction_version=self._transaction_version)

    @cached_property
    def v14(self) -> bytes:
        """Version 14, made when first asked for: only SDKs before 10 do."""
        return encode_metadata(self._for_this_chain(self._v14))

    def _for_this_chain(self, raw: bytes) -> Metadata:
        metadata = decode_metadata(raw)
        set_slot(metadata, self._slot_ms)
        if self._registration == "windows":
            strip_price_rule(metadata)
        if self._compat:
            flatten_newtypes(metadata)
            document_errors(metadata)
        return metadata


@lru_cache(maxsize=2)
def _packed(
    spec: int, transaction_version: int, slot_ms: int, compat: bool, registration: Registration
) -> PackedRuntime:
    packed = files("netctl.devchain").joinpath(f"data/runtime-{spec}.xz").read_bytes()
    return PackedRuntime(
        packed,
        spec=spec,
        transaction_version=transaction_version,
        slot_ms=slot_ms,
        compat=compat,
        registration=registration,
    )


def packed_runtime(options: ChainOptions) -> PackedRuntime:
    """The metadata that the package carries for these options; equal ones share it, since it never changes."""
    return _packed(options.spec, options.transaction_version, options.slot_ms, options.compat, options.registration)


@lru_cache(maxsize=2)
def maps_by_netuid(spec: int) -> tuple[tuple[str, str, int, bool], ...]:
    """(pallet, item, place of the netuid among its keys, whether by mechanism) of all maps that have it as a key."""
    metadata = decode_metadata(unpack(files("netctl.devchain").joinpath(f"data/runtime-{spec}.xz").read_bytes())[0])
    found = []
    for pallet in metadata.pallets:
        for item in pallet.storage.entries if pallet.storage else ():
            if isinstance(item.kind, MapEntry):
                key = metadata.types[item.kind.key]
                many = isinstance(key.definition, Tuple) and len(item.kind.hashers) > 1
                ids = key.definition.types if many and isinstance(key.definition, Tuple) else [key.id]
                names = [(metadata.types[each].path or [""])[-1] for each in ids]
                places = [at for at, name in enumerate(names) if name in ("NetUid", "NetUidStorageIndex")]
                if places:
                    found.append((pallet.name, item.name, places[0], names[places[0]] == "NetUidStorageIndex"))
    return tuple(found)
