"""The bucket that stands for S3: a directory that every neuron of a rehearsal reaches, and each miner's prefix in it.

`hotkey=<address>/job_id=<job>/data_<moment>_<records>.jsonl`, a listing per line: RESI's paths, with lines of JSON
in the place of Parquet. A file is whole or not there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from netctl.rehearsal.protocol import Entity
from netctl.rehearsal.scoring import PREMIUM_ZIPCODES

MOMENT = "%Y%m%d_%H%M%S"
_FILE = re.compile(r"data_(?P<moment>\d{8}_\d{6})_\d+\.jsonl")


@dataclass(frozen=True)
class Upload:
    """A file in the bucket; `moment_s` is subnet time, as its name has it."""

    path: Path
    job: str
    moment_s: float

    def rows(self, most: int | None = None) -> list[Entity]:
        """The first listings in it; a line that is none is left out."""
        found: list[Entity] = []
        with self.path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if most is not None and len(found) >= most:
                    break
                try:
                    row = json.loads(line)
                    found.append(Entity(str(row["uri"]), str(row["content"])))
                except (ValueError, KeyError, TypeError):
                    continue
        return found

    @property
    def size_bytes(self) -> int:
        return self.path.stat().st_size


class Bucket:
    """All uploads of one rehearsal, below its place."""

    def __init__(self, place: Path) -> None:
        self._root = place / "bucket"

    def put(self, hotkey: str, job: str, rows: Sequence[Entity], moment_s: float) -> str:
        """Store listings as one file; returns its path within the bucket. Raises OSError."""
        stamp = datetime.fromtimestamp(moment_s, UTC).strftime(MOMENT)
        key = f"hotkey={hotkey}/job_id={job}/data_{stamp}_{len(rows)}.jsonl"
        path = self._root / key
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(".draft")
        lines = (json.dumps(row._asdict(), separators=(",", ":")) for row in rows)
        draft.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        draft.replace(path)
        return key

    def of(self, hotkey: str) -> list[Upload]:
        """A miner's uploads by job and moment."""
        found = []
        for path in sorted((self._root / f"hotkey={hotkey}").glob("job_id=*/data_*.jsonl")):
            named = _FILE.fullmatch(path.name)
            if named is not None:
                moment = datetime.strptime(named["moment"], MOMENT).replace(tzinfo=UTC)
                found.append(Upload(path, path.parent.name.removeprefix("job_id="), moment.timestamp()))
        return found


def job_of(zipcode: str) -> str:
    """The job that a zipcode's listings are uploaded to."""
    return f"zillow_premium_zip_{zipcode}" if zipcode in PREMIUM_ZIPCODES else f"zillow_zip_{zipcode}"


def zipcode_of(job: str) -> str:
    return job.rpartition("_")[2]


class Roster:
    """Who is who: the hotkey of each neuron by its name, which a copier looks up."""

    def __init__(self, place: Path) -> None:
        self._root = place / "neurons"

    def enter(self, name: str, hotkey: str) -> None:
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self._root / name).write_text(hotkey, encoding="utf-8")

    def hotkey(self, name: str) -> str | None:
        try:
            return (self._root / name).read_text(encoding="utf-8").strip() or None
        except OSError:
            return None
