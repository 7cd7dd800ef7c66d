"""Where a swarm's unlock key is put for its owner to take away: a directory for each swarm, 0700, the key 0600."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from netctl.adapters import disk

KEY = "unlock-key"
MARK = "unlock-key.mark"


def mark_of(key: str) -> str:
    """What tells one unlock key from another and gives none away."""
    return sha256(key.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """`root` is where fleets keep their state."""

    root: Path

    def mark_of(self, swarm_id: str) -> str:
        """The mark of the key that was put there last; "" for none."""
        try:
            return (self._place(swarm_id) / MARK).read_text(encoding="utf-8").strip()
        except OSError:
            return ""

    def keep(self, swarm_id: str, key: str) -> Path:
        """The key first, then its mark: killed between the two, it is put there again."""
        place = self._place(swarm_id)
        disk.replace(place / KEY, f"{key}\n".encode(), 0o600)
        disk.replace(place / MARK, f"{mark_of(key)}\n".encode(), 0o600)
        return place / KEY

    def _place(self, swarm_id: str) -> Path:
        return self.root / "swarms" / swarm_id
