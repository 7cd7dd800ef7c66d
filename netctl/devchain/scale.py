"""SCALE shapes that read and write: the few that metadata, extrinsics and headers are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class Truncated(ValueError):
    """The bytes end before the value does, or go on after it."""


class Cursor:
    """Bytes being read from the front."""

    __slots__ = ("at", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0

    def take(self, count: int) -> bytes:
        """The next `count` bytes; Truncated when there are fewer."""
        end = self.at + count
        if end > len(self.raw):
            raise Truncated(f"{count} bytes wanted at {self.at}, {len(self.raw) - self.at} left")
        taken = self.raw[self.at : end]
        self.at = end
        return taken

    def byte(self) -> int:
        """The next byte as a number."""
        at = self.at
        if at >= len(self.raw):
            raise Truncated(f"1 bytes wanted at {at}, 0 left")
        self.at = at + 1
        return self.raw[at]

    def compact(self) -> int:
        """A compact integer."""
        first = self.byte()
        mode = first & 3
        if mode == 0:  # nearly all of them, in metadata
            return first >> 2
        if mode == 3:
            return int.from_bytes(self.take((first >> 2) + 4), "little")
        rest = self.take(1 if mode == 1 else 3)
        return int.from_bytes(bytes([first]) + rest, "little") >> 2

    def skip_length(self) -> None:
        """A compact length, which must be that of all that follows."""
        length = self.compact()
        if length != len(self.raw) - self.at:
            raise Truncated(f"{length} bytes announced, {len(self.raw) - self.at} there")

    def rest(self) -> bytes:
        """Everything that is left."""
        return self.take(len(self.raw) - self.at)

    def finish(self) -> None:
        """Truncated if anything is left."""
        if self.at != len(self.raw):
            raise Truncated(f"{len(self.raw) - self.at} bytes too many")


_SMALL = tuple(bytes([number << 2]) for number in range(64))


def compact(number: int) -> bytes:
    """The compact encoding of a natural number."""
    if 0 <= number < 64:
        return _SMALL[number]
    for bits, mode, size in ((6, 0, 1), (14, 1, 2), (30, 2, 4)):
        if number < 1 << bits:
            return (number << 2 | mode).to_bytes(size, "little")
    size = max(4, (number.bit_length() + 7) // 8)
    return bytes([(size - 4) << 2 | 3]) + number.to_bytes(size, "little")


def prefixed(raw: bytes) -> bytes:
    """Bytes behind their compact length."""
    return compact(len(raw)) + raw


class Shape(Protocol):
    """One type: `read` takes it off a cursor, `write` gives its bytes."""

    def read(self, cursor: Cursor) -> Any:
        """The value."""

    def write(self, value: Any) -> bytes:
        """Its bytes."""


@dataclass(frozen=True)
class Plain:
    """A shape given by its two functions."""

    read: Callable[[Cursor], Any]
    write: Callable[[Any], bytes]


BYTE = Plain(Cursor.byte, lambda value: bytes([value]))
U32 = Plain(lambda cursor: int.from_bytes(cursor.take(4), "little"), lambda value: int(value).to_bytes(4, "little"))
COMPACT = Plain(Cursor.compact, compact)
BLOB = Plain(lambda cursor: cursor.take(cursor.compact()), prefixed)
TEXT = Plain(lambda cursor: BLOB.read(cursor).decode(), lambda value: prefixed(value.encode()))


@dataclass(frozen=True)
class Vector:
    """Vec<item>."""

    item: Shape

    def read(self, cursor: Cursor) -> list[Any]:
        """A list."""
        return [self.item.read(cursor) for _ in range(cursor.compact())]

    def write(self, value: list[Any]) -> bytes:
        """Length and items."""
        return compact(len(value)) + b"".join(map(self.item.write, value))


@dataclass(frozen=True)
class Maybe:
    """Option<item>."""

    item: Shape

    def read(self, cursor: Cursor) -> Any:
        """The value or None."""
        return self.item.read(cursor) if cursor.byte() else None

    def write(self, value: Any) -> bytes:
        """Tag and value."""
        return b"\0" if value is None else b"\1" + self.item.write(value)


class Record:
    """A struct: fields in order, held by a dataclass with attributes of the same names."""

    def __init__(self, made: Callable[..., Any], **fields: Shape) -> None:
        self._made = made
        self._fields = tuple(fields.items())

    def read(self, cursor: Cursor) -> Any:
        """An instance."""
        return self._made(**{name: shape.read(cursor) for name, shape in self._fields})

    def write(self, value: Any) -> bytes:
        """The fields one after the other."""
        return b"".join(shape.write(getattr(value, name)) for name, shape in self._fields)


@dataclass(frozen=True)
class Tagged:
    """An enum whose variants are classes of their own, told apart by their first byte."""

    variants: Mapping[int, tuple[type, Record]]

    def read(self, cursor: Cursor) -> Any:
        """An instance of the tag's class; Truncated for an unknown tag."""
        tag = cursor.byte()
        if tag not in self.variants:
            raise Truncated(f"no variant {tag}")
        return self.variants[tag][1].read(cursor)

    def write(self, value: Any) -> bytes:
        """Tag and fields."""
        for tag, (kind, record) in self.variants.items():
            if type(value) is kind:
                return bytes([tag]) + record.write(value)
        raise TypeError(f"not a variant: {type(value).__name__}")


def bytes_of(value: Any) -> bytes:
    """The bytes behind what bittensor_core decodes a Vec<u8> to: 0x hex, or text where they were valid UTF-8."""
    if isinstance(value, str):
        if value.startswith("0x"):
            try:
                return bytes.fromhex(value[2:])
            except ValueError:
                return value.encode()
        return value.encode()
    return bytes(value)
