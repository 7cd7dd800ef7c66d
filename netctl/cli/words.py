"""What a command was told of the fleet that it means."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Words:
    """What the user said of the fleet: ``-p``, ``--rehearse``, ``--network``; all may be left out."""

    profile: Path | None = None
    rehearse: bool = False
    network: str | None = None
