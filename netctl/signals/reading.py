"""Reads the fields of one signal from a line's text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from netctl.logs.heads import LEVELS
from netctl.signals.spec import Signal
from netctl.signals.values import READERS, Value


class Reader:
    """A signal, compiled."""

    def __init__(self, signal: Signal) -> None:
        self.signal = signal
        self.least_level = LEVELS[signal.level] if signal.level is not None else 0
        self._search = re.compile(signal.match).search
        self._readers = {name: READERS[signal.kind_of(name)] for name in signal.groups}
        self._each = None if signal.each is None else (signal.each.of, re.compile(signal.each.match).finditer)
        sort = signal.sort
        self._classes = () if sort is None else [(name, re.compile(p).search) for name, p in sort.classes.items()]

    def read(self, text: str) -> Iterator[dict[str, Value]]:
        """The fields of each event in the text; none where it is no such line, or a field is none of its kind."""
        found = self._search(text)
        if found is None:
            return
        groups = found.groupdict()
        if self._each is None:
            if (fields := self._fields(groups)) is not None:
                yield fields
            return
        group, find = self._each
        listed = groups.pop(group) or ""
        for result in find(listed):
            if (fields := self._fields(groups | result.groupdict())) is not None:
                yield fields

    def _fields(self, groups: dict[str, str | None]) -> dict[str, Value] | None:
        try:
            fields = {name: None if text is None else self._readers[name](text) for name, text in groups.items()}
        except ValueError:
            return None
        sort = self.signal.sort
        if sort is not None:
            words = groups[sort.of] or ""
            fields[sort.into] = next((name for name, search in self._classes if search(words)), sort.otherwise)
        return fields
