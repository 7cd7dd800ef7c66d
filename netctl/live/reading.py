"""What one fleet's metrics.db tells, look by look."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from netctl.errors import StoreError
from netctl.live.recorded import NOTHING, Recorded, Recording
from netctl.store.database import FILE
from netctl.store.kept_open import KeptOpen


class Reading:
    """The store of a state directory, read by what is new in it. For one thread at a time."""

    def __init__(self, state: Path) -> None:
        self._store = KeptOpen(state / FILE)
        self._recording: Recording | None = None
        self._told = NOTHING

    def look(self, names: Mapping[str, str], now: float) -> Recorded:
        """What it holds by now of these neurons, named by hotkey; what was read before stays where that fails."""
        try:
            with self._store.look() as look:
                if self._recording is None or look.is_another or self._recording.names != names:
                    self._recording = Recording(dict(names))
                elif not look.has_changed:
                    return self._told
                self._recording.take(look.connection, now)
            self._told = self._recording.told()
        except StoreError as error:
            self._told = Recorded(error.message) if self._recording is None else self._recording.told(error.message)
        return self._told

    def close(self) -> None:
        """Leave the store to others."""
        self._store.close()
