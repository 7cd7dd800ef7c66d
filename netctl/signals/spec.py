"""A signal as a pack declares it: by which words a line is known, what it holds, and what that means."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from netctl.signals.literals import ends_with_text
from netctl.signals.values import Kind

Level = Literal["WARNING", "ERROR", "CRITICAL"]
StreamName = Literal["stdout", "stderr"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


def _regular(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as exc:
        raise ValueError(f"not a regular expression: {exc}") from exc
    return pattern


Pattern = Annotated[str, AfterValidator(_regular)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class FieldSpec(_Part):
    """What a group of the pattern holds: how it is read, and its unit, for people. A word is short for its kind."""

    kind: Kind = "text"
    unit: str = ""


def _spelled_out(written: object) -> object:
    return {"kind": written} if isinstance(written, str) else written


class Each(_Part):
    """A group that lists several results: every match of this in the group `of` is an event of its own."""

    of: Name
    match: Pattern


def _several(written: object) -> object:
    return (written,) if isinstance(written, str) else tuple(written) if isinstance(written, list) else written


class Sorting(_Part):
    """Puts an event into a class by the words of a field: the first that is found there, else `otherwise`.

    Of several fields the texts are looked through together, a space between them.
    """

    of: Annotated[tuple[Name, ...], BeforeValidator(_several), Field(min_length=1)]
    into: Name
    classes: dict[Name, Pattern] = Field(min_length=1)
    otherwise: Name

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Every class that there is."""
        return tuple(dict.fromkeys((*self.classes, self.otherwise)))


class Signal(_Part):
    r"""One kind of event.

    `match` is searched in a line without colours, stamp, level and place in the code. Its named groups are fields; one
    that `fields` does not name is text. With `whole` it sees the record up to and including the line, and ends in `\Z`:
    it is the line that completes it. `level`: only lines that say themselves that they are at least as loud; with
    `whole` lines of a record that is. `rest`: only lines that no other signal has taken. `means` is for people, and so
    is `caution`: what a naive count of it would get wrong. `examples` are lines that it must take, `no_examples` some
    that it must leave alone; a pack whose own do not is refused.
    """

    name: Name
    match: Pattern
    means: str = Field(min_length=1)
    caution: str = ""
    fields: dict[Name, Annotated[FieldSpec, BeforeValidator(_spelled_out)]] = Field(default_factory=dict)
    each: Each | None = None
    sort: Sorting | None = None
    streams: tuple[StreamName, ...] = ("stdout", "stderr")
    level: Level | None = None
    whole: bool = False
    rest: bool = False
    examples: tuple[str, ...] = Field(min_length=1)
    no_examples: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """The fields that an event has before it is sorted, in the order of the pattern."""
        names = list(re.compile(self.match).groupindex)
        if self.each is not None:
            names = [name for name in names if name != self.each.of] + list(re.compile(self.each.match).groupindex)
        return tuple(names)

    @model_validator(mode="after")
    def _knows_its_groups(self) -> Signal:
        groups = re.compile(self.match).groupindex
        if self.each is not None and self.each.of not in groups:
            raise ValueError(f"each: of: {self.each.of} is no group of match")
        if strange := [name for name in self.fields if name not in self.groups]:
            raise ValueError(f"fields: {', '.join(strange)}: no group of that name in match")
        if self.sort is not None and (strange := [name for name in self.sort.of if name not in self.groups]):
            raise ValueError(f"sort: of: {', '.join(strange)}: no group of that name in match")
        if self.sort is not None and self.sort.into in self.groups:
            raise ValueError(f"sort: into: {self.sort.into} is a group of match already")
        if self.whole and not ends_with_text(self.match):
            raise ValueError(r"match: with whole it must end in \Z, so that one line of the record completes it")
        return self

    def kind_of(self, field: str) -> Kind:
        """How a field is read."""
        return self.fields[field].kind if field in self.fields else "text"

    def unit_of(self, field: str) -> str:
        """Its unit, for people; empty where it has none."""
        return self.fields[field].unit if field in self.fields else ""
