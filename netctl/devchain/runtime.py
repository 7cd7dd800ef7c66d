"""The packed metadata of the package, loaded for one chain."""

from __future__ import annotations

import lzma
from functools import cached_property
from importlib.resources import files

from netctl.devchain.codec import Codec
from netctl.devchain.metadata import Metadata, decode_metadata, encode_metadata
from netctl.devchain.options import ChainOptions


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
    """The runtime's metadata for a slot: the codec, and version 14 for clients that ask for it."""

    def __init__(self, packed: bytes, options: ChainOptions) -> None:
        self._v15, self._v14 = unpack(packed)
        self._options = options

    @classmethod
    def of_package(cls, options: ChainOptions) -> PackedRuntime:
        """The one that the package carries for the options' spec."""
        return cls(files("netctl.devchain").joinpath(f"data/runtime-{options.spec}.xz").read_bytes(), options)

    def codec(self) -> Codec:
        """A codec over version 15."""
        metadata = decode_metadata(self._v15)
        set_slot(metadata, self._options.slot_ms)
        return Codec(metadata, spec=self._options.spec, transaction_version=self._options.transaction_version)

    @cached_property
    def v14(self) -> bytes:
        """Version 14, made when first asked for: only SDKs before 10 do."""
        metadata = decode_metadata(self._v14)
        set_slot(metadata, self._options.slot_ms)
        return encode_metadata(metadata)
