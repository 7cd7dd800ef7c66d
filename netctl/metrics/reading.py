"""Reading what is now out of a fleet's metrics.db, again and again, from one thread or several."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from netctl import __version__
from netctl.errors import StoreError
from netctl.metrics.exposition import Subject
from netctl.ports import Clock
from netctl.runs.record import Run, decoded
from netctl.store.database import FILE, looked_into
from netctl.store.latest import NOTHING, Now, RunNow, now
from netctl.store.tally import Tally


@dataclass(slots=True)
class Reader:
    """One fleet's, by its state directory."""

    state: Path
    clock: Clock
    _tally: Tally = field(default_factory=Tally)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def read(self) -> tuple[Subject, Now]:
        """Whose samples they are, and the samples; StoreError where there is no metrics.db."""
        with self._turn, looked_into(self.state / FILE) as store:
            found = now(store, self._tally)
        return Subject(self.state.name, _run(found.run), __version__, self.clock.now()), found

    def read_or_nothing(self) -> tuple[Subject, Now]:
        """The same, but nothing where it cannot be read now: it may be there at the next scrape."""
        try:
            return self.read()
        except StoreError:
            return Subject(self.state.name, None, __version__, self.clock.now()), NOTHING


def _run(found: RunNow | None) -> Run | None:
    """The run of that record; None for one that cannot be read, without which the samples still can."""
    if found is None:
        return None
    try:
        return decoded(found.facts.encode(), found.id)
    except StoreError:
        return None
