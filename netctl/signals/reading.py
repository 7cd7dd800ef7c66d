"""Reads the fields of one signal from a line's text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from netctl.logs.heads import LEVELS
from netctl.signals.spec import Signal
from netctl.signals.values import AS_IT_IS, READERS, Value


class Reader:
    """A signal, compiled."""

    def __init__(self, signal: Signal) -> None:
        self.signal = signal
        self.least_level = LEVELS[signal.level] if signal.level is not None else 0
        self._search = re.compile(signal.match).search
        self._typed = tuple(
            (name, READERS[kind]) for name in signal.groups if (kind := signal.kind_of(name)) not in AS_IT_IS
        )
        self._each = None if signal.each is None else (signal.each.of, re.compile(signal.each.match).finditer)
        sort = signal.sort
        self._classes = () if sort is None else [(name, re.compile(p).search) for name, p in sort.classes.items()]

    def read(self, text: str) -> Sequence[dict[str, Value]]:
        """The fields of each event in the text; none where it is no such line, or a field is none of its kind."""
        found = self._search(text)
        if found is None:
            return ()
        groups = found.groupdict()
        if self._each is None:
            fields = self._fields(groups)
            return () if fields is None else (fields,)
        group, find = self._each
        listed = groups.pop(group) or ""
        each = (self._fields(groups | result.groupdict()) for result in find(listed))
        return [fields for fields in each if fields is not None]

    def _fields(self, groups: dict[str, str | None]) -> dict[str, Value] | None:
        fields: dict[str, Value] = {**groups}
        try:
            for name, reader in self._typed:
                text = groups[name]
                if text is not None:
                    fields[name] = reader(text)
        except ValueError:
            return None
        sort = self.signal.sort
        if sort is not None:
            words = " ".join(groups[name] or "" for name in sort.of)
            fields[sort.into] = next((name for name, search in self._classes if search(words)), sort.otherwise)
        return fields
