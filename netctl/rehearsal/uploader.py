"""A miner's uploads: what it has scraped and not uploaded yet, a file per zipcode, as RESI's do every five minutes."""

from __future__ import annotations

import logging

from netctl.rehearsal.day import Day
from netctl.rehearsal.logformat import SUCCESS
from netctl.rehearsal.protocol import Entity
from netctl.rehearsal.store import Store
from netctl.rehearsal.trouble import Trouble
from netctl.rehearsal.uploads import Bucket, job_of

_log = logging.getLogger("rehearsal")


class Uploader:
    """Uploads of one miner. `trouble` may have it stop without a word, or upload the same listings again and again."""

    def __init__(self, store: Store, bucket: Bucket, hotkey: str, trouble: Trouble) -> None:
        self._store = store
        self._bucket = bucket
        self._hotkey = hotkey
        self._trouble = trouble

    def upload(self, day: Day, moment_s: float, *, is_registered: bool) -> None:
        """One round of uploads, at a moment of the day."""
        stop_s = self._trouble.stops_uploading_s
        if stop_s is not None and moment_s >= stop_s:
            return
        if not is_registered:
            _log.error("❌ Failed to get S3 credentials: Hotkey not registered")
            return
        _log.log(SUCCESS, "✅ Got S3 credentials for folder: data/hotkey=%s/", self._hotkey)
        again = self._trouble.duplicates is not None
        rows = self._store.held_in(day.hour(moment_s)) if again else self._store.not_uploaded()
        is_whole = True
        for zipcode, listings in rows.items():
            is_whole &= self._put(zipcode, _twice(listings) if again else listings, day.first_s + moment_s)
        how = "successfully" if is_whole else "with some failures"
        _log.log(SUCCESS if is_whole else logging.WARNING, "S3 partitioned upload completed %s", how)

    def _put(self, zipcode: str, rows: list[Entity], moment_s: float) -> bool:
        job = job_of(zipcode)
        try:
            key = self._bucket.put(self._hotkey, job, rows, moment_s)
        except OSError as exc:
            _log.error("❌ S3 Upload Exception for %s: %s", job, exc)
            _log.error("Failed to upload %d records to job %s", len(rows), job)
            return False
        self._store.note_uploaded(row.uri for row in rows)
        _log.log(SUCCESS, "✅ S3 upload success: %s", key)
        _log.info("Uploaded %d records to job %s", len(rows), job)
        return True


def _twice(rows: list[Entity]) -> list[Entity]:
    return [row for row in rows for _ in range(2)]
