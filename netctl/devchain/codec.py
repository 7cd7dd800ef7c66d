"""Encoding and decoding by the chain's own metadata: bittensor_core's Runtime, with what it lacks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bittensor_core import Runtime

from netctl.devchain.errors import DispatchError
from netctl.devchain.metadata import Metadata, encode_metadata
from netctl.devchain.registry import Registry
from netctl.devchain.widths import Widths, misfit

SS58_FORMAT = 42
KNOWN_KEYS = 1024
"""Storage keys remembered per item: hashing one costs ten times a look-up."""


@dataclass(frozen=True, slots=True)
class StorageEntry:
    """One storage item, with what its handle needs at hand."""

    runtime: Runtime
    pallet: str
    name: str
    value_type: str
    default: bytes | None
    prefix: bytes
    element_type: str | None
    known_keys: dict[tuple[Any, ...], bytes] = field(default_factory=dict, repr=False)

    def key(self, keys: tuple[Any, ...]) -> bytes:
        """The full storage key, or the prefix of it that these keys give."""
        if not keys:
            return self.prefix
        try:
            return self.known_keys[keys]
        except KeyError:
            found = self._hashed_key(keys)
            if len(self.known_keys) >= KNOWN_KEYS:
                self.known_keys.clear()
            self.known_keys[keys] = found
            return found
        except TypeError:  # a key that is a list or a dict
            return self._hashed_key(keys)

    def _hashed_key(self, keys: tuple[Any, ...]) -> bytes:
        return bytes(self.runtime.storage_key(self.pallet, self.name, list(keys)))

    def decode(self, raw: bytes) -> Any:
        """A fresh Python value."""
        return self.runtime.decode(self.value_type, raw)

    def encode(self, value: Any) -> bytes:
        """SCALE bytes; ArithmeticError Overflow or Underflow, as a DispatchError, for a number that does not fit."""
        return _encoded(self.runtime, self.value_type, value)

    def encode_element(self, value: Any) -> bytes:
        """SCALE bytes of one element, as `encode`; KeyError if the item is no vector."""
        if self.element_type is None:
            raise KeyError(f"{self.pallet}.{self.name} is not a vector")
        return _encoded(self.runtime, self.element_type, value)

    def free_keys(self, key: bytes, fixed: int) -> tuple[Any, ...]:
        """The map keys of a full storage key, without the first `fixed` ones."""
        return tuple(self.runtime.decode_storage_key_params(self.pallet, self.name, key, fixed))


@dataclass(frozen=True, slots=True)
class ApiMethod:
    """The signature of a runtime API method; types as Runtime spells them."""

    inputs: tuple[tuple[str, str], ...]
    output: str


class Codec:
    """Values <-> SCALE bytes for one metadata; `type` is Runtime's spelling, e.g. "u64" or "scale_info::12"."""

    def __init__(self, v15: Metadata, *, spec: int, transaction_version: int) -> None:
        self.v15 = encode_metadata(v15)
        self.spec = spec
        self.transaction_version = transaction_version
        self.runtime = Runtime(self.v15, spec, transaction_version, SS58_FORMAT)
        self.registry = Registry(v15)
        self._widths = Widths(self.registry)
        self._entries: dict[tuple[str, str], StorageEntry] = {}
        self.event_type = (
            f"scale_info::{self.registry.element(self._type_id(self.entry('System', 'Events').value_type))}"
        )
        self.apis = {
            f"{api}_{name}": ApiMethod(tuple(method["inputs"]), method["output"])
            for api, methods in self.runtime.runtime_api_map().items()
            for name, method in methods.items()
        }

    def encode(self, type_name: str, value: Any) -> bytes:
        """SCALE bytes of a value; ArithmeticError, as a DispatchError, for a number that does not fit its type."""
        return _encoded(self.runtime, type_name, value)

    def decode(self, type_name: str, raw: bytes) -> Any:
        """A fresh Python value."""
        return self.runtime.decode(type_name, raw)

    def decode_call(self, raw: bytes) -> dict[str, Any]:
        """A call of its bytes; ValueError for what is none, and for a number in it that its type cannot hold."""
        decoded: dict[str, Any] = self.runtime.decode_call(raw)
        self._widths.check(decoded)
        return decoded

    def entry(self, pallet: str, name: str) -> StorageEntry:
        """A storage item by name; KeyError for one that the metadata does not have."""
        found = self._entries.get((pallet, name))
        if found is None:
            item = self.runtime.storage_entry(pallet, name)
            default = bytes(item.default_bytes) if item.modifier == "Default" else None
            prefix = bytes(self.runtime.storage_prefix(pallet, name))
            element = self._element_type(item.value_type)
            found = StorageEntry(self.runtime, pallet, name, item.value_type, default, prefix, element)
            self._entries[pallet, name] = found
        return found

    def has_entry(self, pallet: str, name: str) -> bool:
        """Whether the metadata has this storage item."""
        try:
            self.entry(pallet, name)
        except KeyError:
            return False
        return True

    def storage_key(self, pallet: str, name: str, *keys: Any) -> bytes:
        """The storage key of an item, or the prefix that fewer keys give."""
        return self.entry(pallet, name).key(keys)

    def zero(self, type_name: int | str) -> Any:
        """A fresh zero of any type, in the shape that `encode` wants: by id, spelling, or last part of its path."""
        return self.registry.zero(self._type_id(type_name))

    def struct(self, name: str, /, **fields: Any) -> dict[str, Any]:
        """A zero of the struct whose path ends in `name` (`a::b` narrows), with these fields set."""
        value = self.registry.zero(self.registry.find(name))
        unknown = set(fields) - set(value)
        if unknown:
            raise KeyError(f"{name} has no field {sorted(unknown)}, but {sorted(value)}")
        value.update(fields)
        return dict(value)

    def element_zero(self, pallet: str, name: str) -> Any:
        """A zero of the element type of a vector item."""
        return self.registry.element_zero(self._type_id(self.entry(pallet, name).value_type))

    def dispatch_error(self, error: DispatchError) -> Any:
        """The runtime's DispatchError value: {"Module": {...}}, {"Token": ...} or a bare kind."""
        if error.kind != "Module":
            return {error.kind: error.detail} if error.detail is not None else error.kind
        pallet, index = self.registry.error_index(error.pallet, error.name)
        return {"Module": {"index": pallet, "error": "0x" + bytes([index, 0, 0, 0]).hex()}}

    def _element_type(self, vector_type: str) -> str | None:
        try:
            return f"scale_info::{self.registry.element(self._type_id(vector_type))}"
        except KeyError:
            return None

    def _type_id(self, type_name: int | str) -> int:
        if isinstance(type_name, int):
            return type_name
        prefix, _, number = type_name.partition("::")
        return int(number) if prefix == "scale_info" else self.registry.find(type_name)


def _encoded(runtime: Runtime, type_name: str, value: Any) -> bytes:
    try:
        return bytes(runtime.encode(type_name, value))
    except (ValueError, OverflowError) as exc:
        raise misfit(exc) or exc from exc
