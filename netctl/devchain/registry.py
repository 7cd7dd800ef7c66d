"""What the type registry of a metadata says: types by name, zeros of any type, numbers of errors."""

from __future__ import annotations

from copy import copy
from typing import Any

from netctl.devchain.metadata import (
    Array,
    Composite,
    Field,
    Metadata,
    PalletMetadata,
    Primitive,
    Sequence,
    StorageItem,
    Tuple,
    Type,
    TypeDef,
    Variants,
)
from netctl.devchain.metadata import CompactOf as Compact

ZERO_ACCOUNT = "5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM"
"""The ss58 address of 32 zero bytes."""

_PRIMITIVE_ZEROS: dict[int, Any] = {0: False, 1: "\0", 2: ""}
_ZEROS_BY_NAME: dict[str, Any] = {"Option": None, "BTreeMap": {}, "BoundedBTreeMap": {}, "Era": "00"}
U8, U16, U32, U64 = 3, 4, 5, 6
"""Primitive numbers of the registry."""


class Registry:
    """Look-ups over one metadata. Nothing is found by number: ids move between runtimes."""

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata
        self._found: dict[str, int] = {}
        self._errors: dict[tuple[str, str], tuple[int, int]] | None = None

    def type(self, type_id: int) -> Type:
        """The type with this id."""
        return self._metadata.types[type_id]

    def find(self, name: str) -> int:
        """The id of the first type whose path ends in `name` (`EpochConsensus`, `pallet::Error`); KeyError if none."""
        if name not in self._found:
            wanted = name.split("::")
            for candidate in self._metadata.types:
                if candidate.path[-len(wanted) :] == wanted:
                    self._found[name] = candidate.id
                    break
            else:
                raise KeyError(f"no type {name} in the metadata")
        return self._found[name]

    def primitive(self, number: int) -> int:
        """The id of a bare primitive type."""
        for candidate in self._metadata.types:
            if candidate.definition == Primitive(number):
                return candidate.id
        raise KeyError(f"no primitive {number} in the metadata")

    def pallet(self, name: str) -> PalletMetadata:
        """A pallet by name; KeyError if the runtime has none."""
        for pallet in self._metadata.pallets:
            if pallet.name == name:
                return pallet
        raise KeyError(f"no pallet {name} in the metadata")

    def calls(self) -> dict[str, tuple[str, ...]]:
        """The names of every pallet's calls, in the order of their indices."""
        return {
            pallet.name: tuple(variant.name for variant in self.variants(pallet.calls).variants)
            for pallet in sorted(self._metadata.pallets, key=lambda each: each.index)
            if pallet.calls is not None
        }

    def storage(self, pallet: str, name: str) -> StorageItem:
        """A storage item by name; KeyError if there is none."""
        held = self.pallet(pallet).storage
        for item in held.entries if held is not None else ():
            if item.name == name:
                return item
        raise KeyError(f"no storage item {pallet}.{name} in the metadata")

    def error_index(self, pallet: str, name: str) -> tuple[int, int]:
        """(pallet index, error index); KeyError for an error that the runtime does not have."""
        if self._errors is None:
            self._errors = {
                (owner.name, variant.name): (owner.index, variant.index)
                for owner in self._metadata.pallets
                if owner.error is not None
                for variant in self.variants(owner.error).variants
            }
        return self._errors[pallet, name]

    def variants(self, type_id: int) -> Variants:
        """The definition of an enum."""
        definition = self.type(type_id).definition
        if not isinstance(definition, Variants):
            raise KeyError(f"type {type_id} is not an enum")
        return definition

    def element(self, type_id: int) -> int:
        """The element type of a vector type, seen through newtypes like BoundedVec."""
        definition = self.type(type_id).definition
        if isinstance(definition, Composite) and len(definition.fields) == 1:
            return self.element(definition.fields[0].type)
        if isinstance(definition, Sequence | Array):
            return definition.type
        raise KeyError(f"type {type_id} is not a vector")

    def element_zero(self, type_id: int) -> Any:
        """A zero of the element of a vector type."""
        return self.zero(self.element(type_id))

    def zero(self, type_id: int) -> Any:
        """A fresh zero of a type, in the shape that bittensor_core encodes."""
        found = self.type(type_id)
        last = found.path[-1] if found.path else ""
        if last == "AccountId32":
            return ZERO_ACCOUNT
        if last in _ZEROS_BY_NAME:
            return copy(_ZEROS_BY_NAME[last])
        return self._zero_of(found.definition)

    def _zero_of(self, definition: TypeDef) -> Any:
        match definition:
            case Composite(fields):
                return self._zero_fields(fields)
            case Variants([]):
                return None
            case Variants(variants):
                first = variants[0]
                return {first.name: self._zero_fields(first.fields)} if first.fields else first.name
            case Array(length, element):
                if self.type(element).definition == Primitive(U8):
                    return "0x" + "00" * length
                return [self.zero(element) for _ in range(length)]
            case Tuple(types):
                return tuple(self.zero(each) for each in types)
            case Primitive(number):
                return _PRIMITIVE_ZEROS.get(number, 0)
            case Compact(inner):
                return self.zero(inner)
        return []

    def _zero_fields(self, fields: list[Field]) -> Any:
        if not fields:
            return None
        if fields[0].name is not None:
            return {str(each.name): self.zero(each.type) for each in fields}
        if len(fields) == 1:
            return self.zero(fields[0].type)
        return tuple(self.zero(each.type) for each in fields)
