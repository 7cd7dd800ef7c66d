"""Notes how far uploads have come."""

from __future__ import annotations

import json
from pathlib import Path


def note(state_file: str, records: int) -> None:
    """Write it down."""
    Path(state_file).parent.mkdir(parents=True, exist_ok=True)
    Path(state_file).write_text(json.dumps({"records": records}))
