"""Numbers and how wide they may be: told as a runtime tells it, where bittensor_core raises, or lets them pass.

A compact integer carries its own length: bittensor_core decodes one beyond its type, which a node's decoder refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from netctl.devchain.errors import DispatchError
from netctl.devchain.metadata import Array, CompactOf, Composite, Primitive, Sequence, Tuple, TypeDef
from netctl.devchain.registry import Registry

Check = Callable[[Any], None]
_BITS = {3: 8, 4: 16, 5: 32, 6: 64, 7: 128}
"""Primitive numbers of the registry: u8 to u128."""


class TooWide(ValueError):
    """A number that its type cannot hold."""


def misfit(exc: Exception) -> DispatchError | None:
    """The runtime's error for a number that does not fit, by what the encoder raised; None for any other fault."""
    if isinstance(exc, OverflowError):
        return DispatchError.arithmetic("Underflow" if "negative" in str(exc) else "Overflow")
    said = str(exc)
    if said == "negative value for unsigned type":
        return DispatchError.arithmetic("Underflow")
    if said == "integer out of range" or said.removeprefix("expected an integer, got ").isdecimal():
        return DispatchError.arithmetic("Overflow")
    return None


class Widths:
    """Which compact numbers of a call there are, and whether they fit; by one metadata."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._types: dict[int, Check | None] = {}
        self._calls: dict[tuple[str, str], tuple[tuple[int, Check], ...]] = {}

    def check(self, call: dict[str, Any]) -> None:
        """TooWide for a decoded call with a compact number, or with a call in it, that its type cannot hold."""
        name = call["call_module"], call["call_function"]
        found = self._calls.get(name)
        if found is None:
            found = self._calls[name] = self._of_call(*name)
        for at, check in found:
            check(call["call_args"][at]["value"])

    def _of_call(self, pallet: str, function: str) -> tuple[tuple[int, Check], ...]:
        variants = self._registry.variants(self._registry.pallet(pallet).calls or 0).variants
        fields = next(each.fields for each in variants if each.name == function)
        checks = ((at, self._of(field.type)) for at, field in enumerate(fields))
        return tuple((at, check) for at, check in checks if check is not None)

    def _of(self, type_id: int) -> Check | None:
        if type_id not in self._types:
            self._types[type_id] = None  # what a type holds of itself is checked where it is met
            found = self._registry.type(type_id)
            is_call = bool(found.path) and found.path[-1] == "RuntimeCall"
            self._types[type_id] = self.check if is_call else self._of_definition(found.definition)
        return self._types[type_id]

    def _of_definition(self, definition: TypeDef) -> Check | None:
        match definition:
            case CompactOf(inner):
                return self._bound(inner)
            case Sequence(inner) | Array(_, inner):
                check = self._of(inner)
                return None if check is None else partial(_each, check)
            case Tuple(types):
                return _together({str(at): self._of(each) for at, each in enumerate(types)})
            case Composite(fields):
                return _together({field.name or str(at): self._of(field.type) for at, field in enumerate(fields)})
        return None

    def _bound(self, type_id: int) -> Check | None:
        definition = self._registry.type(type_id).definition
        if isinstance(definition, Composite) and len(definition.fields) == 1:
            return self._bound(definition.fields[0].type)
        bits = _BITS.get(definition.number) if isinstance(definition, Primitive) else None
        return None if bits is None else partial(_fits, bits)


def _each(check: Check, values: Any) -> None:
    for value in values:
        check(value)


def _fits(bits: int, value: Any) -> None:
    while isinstance(value, tuple | list) and len(value) == 1:  # a newtype, as metadata without compat shows it
        (value,) = value
    if isinstance(value, int) and value >> bits:
        raise TooWide(f"{value} is beyond {bits} bits")


def _together(parts: dict[str, Check | None]) -> Check | None:
    """Of the fields of a struct or a tuple, told by name, in order, or bare where there is but one."""
    wanted = {name: check for name, check in parts.items() if check is not None}
    if not wanted:
        return None

    def check_parts(value: Any) -> None:
        if isinstance(value, dict):
            told = value
        elif isinstance(value, tuple | list) and len(value) == len(parts):
            told = dict(zip(parts, value, strict=True))
        else:
            told = dict.fromkeys(parts, value) if len(parts) == 1 else {}
        for name, check in wanted.items():
            if name in told:
                check(told[name])

    return check_parts
