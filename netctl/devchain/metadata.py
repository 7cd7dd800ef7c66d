"""FRAME runtime metadata, versions 14 and 15: read, held as dataclasses to be edited, written back byte for byte."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from netctl.devchain.scale import BLOB, BYTE, COMPACT, TEXT, U32, Cursor, Maybe, Record, Tagged, Truncated, Vector

MAGIC = b"meta"


@dataclass(slots=True)
class Field:
    """A field of a struct or variant; `type` is a registry id."""

    name: str | None
    type: int
    type_name: str | None
    docs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Variant:
    """A variant of an enum: a call, an event, an error, or a plain one."""

    name: str
    fields: list[Field]
    index: int
    docs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Composite:
    """A struct or tuple struct."""

    fields: list[Field]


@dataclass(slots=True)
class Variants:
    """An enum."""

    variants: list[Variant]


@dataclass(slots=True)
class Sequence:
    """Vec<T>."""

    type: int


@dataclass(slots=True)
class Array:
    """[T; length]."""

    length: int
    type: int


@dataclass(slots=True)
class Tuple:
    """(A, B, ...)."""

    types: list[int]


@dataclass(slots=True)
class Primitive:
    """bool, char, str, u8 ... i256, by number."""

    number: int


@dataclass(slots=True)
class CompactOf:
    """Compact<T>."""

    type: int


@dataclass(slots=True)
class BitSequence:
    """BitVec<store, order>."""

    store: int
    order: int


TypeDef = Composite | Variants | Sequence | Array | Tuple | Primitive | CompactOf | BitSequence


@dataclass(slots=True)
class Parameter:
    """A type parameter."""

    name: str
    type: int | None


@dataclass(slots=True)
class Type:
    """A type of the registry. Its id is its position."""

    id: int
    path: list[str]
    params: list[Parameter]
    definition: TypeDef
    docs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class PlainEntry:
    """A storage value."""

    value: int


@dataclass(slots=True)
class MapEntry:
    """A storage map: hashers by number, the key type (a tuple for several hashers), the value type."""

    hashers: list[int]
    key: int
    value: int


@dataclass(slots=True)
class StorageItem:
    """A storage item; `modifier` 0 is optional, 1 has a default."""

    name: str
    modifier: int
    kind: PlainEntry | MapEntry
    default: bytes
    docs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class PalletStorage:
    """The storage of a pallet, under its prefix."""

    prefix: str
    entries: list[StorageItem]


@dataclass(slots=True)
class Constant:
    """A pallet constant with its encoded value."""

    name: str
    type: int
    value: bytes
    docs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class PalletMetadata:
    """One pallet; calls, event and error are registry ids of enums."""

    name: str
    storage: PalletStorage | None
    calls: int | None
    event: int | None
    constants: list[Constant]
    error: int | None
    index: int
    docs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ApiInput:
    """An argument of a runtime API method."""

    name: str
    type: int


@dataclass(slots=True)
class ApiMethodMetadata:
    """A runtime API method."""

    name: str
    inputs: list[ApiInput]
    output: int
    docs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ApiMetadata:
    """A runtime API."""

    name: str
    methods: list[ApiMethodMetadata]
    docs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Extension:
    """A signed extension: what it puts into the extrinsic and what into the signed payload."""

    identifier: str
    type: int
    additional: int


@dataclass(slots=True)
class Extrinsic14:
    """The extrinsic format, version 14's way."""

    type: int
    version: int
    extensions: list[Extension]


@dataclass(slots=True)
class Extrinsic15:
    """The extrinsic format, version 15's way."""

    version: int
    address: int
    call: int
    signature: int
    extra: int
    extensions: list[Extension]


@dataclass(slots=True)
class Custom:
    """A custom value."""

    name: str
    type: int
    value: bytes


@dataclass(slots=True)
class OuterEnums:
    """The types of the runtime-wide call, event and error enums."""

    call: int
    event: int
    error: int


@dataclass(slots=True)
class Metadata:
    """A whole runtime; `apis`, `outer` and `custom` are empty in version 14."""

    version: int
    types: list[Type]
    pallets: list[PalletMetadata]
    extrinsic: Extrinsic14 | Extrinsic15
    runtime: int
    apis: list[ApiMetadata] = field(default_factory=list)
    outer: OuterEnums | None = None
    custom: list[Custom] = field(default_factory=list)


_DOCS = Vector(TEXT)
_FIELDS = Vector(Record(Field, name=Maybe(TEXT), type=COMPACT, type_name=Maybe(TEXT), docs=_DOCS))
_VARIANTS = Vector(Record(Variant, name=TEXT, fields=_FIELDS, index=BYTE, docs=_DOCS))
_DEFINITION = Tagged(
    {
        0: (Composite, Record(Composite, fields=_FIELDS)),
        1: (Variants, Record(Variants, variants=_VARIANTS)),
        2: (Sequence, Record(Sequence, type=COMPACT)),
        3: (Array, Record(Array, length=U32, type=COMPACT)),
        4: (Tuple, Record(Tuple, types=Vector(COMPACT))),
        5: (Primitive, Record(Primitive, number=BYTE)),
        6: (CompactOf, Record(CompactOf, type=COMPACT)),
        7: (BitSequence, Record(BitSequence, store=COMPACT, order=COMPACT)),
    }
)
_PARAMETERS = Vector(Record(Parameter, name=TEXT, type=Maybe(COMPACT)))
_TYPE = Record(Type, id=COMPACT, path=Vector(TEXT), params=_PARAMETERS, definition=_DEFINITION, docs=_DOCS)
_KIND = Tagged(
    {
        0: (PlainEntry, Record(PlainEntry, value=COMPACT)),
        1: (MapEntry, Record(MapEntry, hashers=Vector(BYTE), key=COMPACT, value=COMPACT)),
    }
)
_ENTRY = Record(StorageItem, name=TEXT, modifier=BYTE, kind=_KIND, default=BLOB, docs=_DOCS)
_PALLET_14: dict[str, Any] = {
    "name": TEXT,
    "storage": Maybe(Record(PalletStorage, prefix=TEXT, entries=Vector(_ENTRY))),
    "calls": Maybe(COMPACT),
    "event": Maybe(COMPACT),
    "constants": Vector(Record(Constant, name=TEXT, type=COMPACT, value=BLOB, docs=_DOCS)),
    "error": Maybe(COMPACT),
    "index": BYTE,
}
_EXTENSIONS = Vector(Record(Extension, identifier=TEXT, type=COMPACT, additional=COMPACT))
_INPUTS = Vector(Record(ApiInput, name=TEXT, type=COMPACT))
_METHODS = Vector(Record(ApiMethodMetadata, name=TEXT, inputs=_INPUTS, output=COMPACT, docs=_DOCS))
_SHAPES = {
    14: Record(
        Metadata,
        version=BYTE,
        types=Vector(_TYPE),
        pallets=Vector(Record(PalletMetadata, **_PALLET_14)),
        extrinsic=Record(Extrinsic14, type=COMPACT, version=BYTE, extensions=_EXTENSIONS),
        runtime=COMPACT,
    ),
    15: Record(
        Metadata,
        version=BYTE,
        types=Vector(_TYPE),
        pallets=Vector(Record(PalletMetadata, **_PALLET_14, docs=_DOCS)),
        extrinsic=Record(
            Extrinsic15,
            version=BYTE,
            address=COMPACT,
            call=COMPACT,
            signature=COMPACT,
            extra=COMPACT,
            extensions=_EXTENSIONS,
        ),
        runtime=COMPACT,
        apis=Vector(Record(ApiMetadata, name=TEXT, methods=_METHODS, docs=_DOCS)),
        outer=Record(OuterEnums, call=COMPACT, event=COMPACT, error=COMPACT),
        custom=Vector(Record(Custom, name=TEXT, type=COMPACT, value=BLOB)),
    ),
}


def decode_metadata(raw: bytes) -> Metadata:
    """Read metadata that begins with `meta`; Truncated if it is not whole, or of another version."""
    cursor = Cursor(raw)
    if cursor.take(4) != MAGIC or raw[4:5] not in (b"\x0e", b"\x0f"):
        raise Truncated("not runtime metadata of version 14 or 15")
    metadata: Metadata = _SHAPES[raw[4]].read(cursor)
    cursor.finish()
    return metadata


def encode_metadata(metadata: Metadata) -> bytes:
    """The bytes that decode_metadata reads."""
    return MAGIC + _SHAPES[metadata.version].write(metadata)
