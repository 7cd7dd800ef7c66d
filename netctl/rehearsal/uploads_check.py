"""A validator's look through a miner's uploads, by RESI's rules: a few jobs, files and rows; duplicates; the market.

Of the last three hours five jobs are drawn; of each, three files and twenty rows of a file are compared by uri, and
three rows of one file go to a pool of fifteen, of which ten are looked up. Passed is who has no duplicate and at least
60 % of the look-ups confirmed or, as in RESI, unanswered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log10
from random import Random

from netctl.rehearsal.inspection import ValidationResult
from netctl.rehearsal.protocol import BucketId, Entity
from netctl.rehearsal.uploads import Bucket, Upload, zipcode_of

RECENT_S = 3 * 3_600.0
JOBS, FILES_PER_JOB, ROWS_PER_FILE = 5, 3, 20
ROWS_TO_LOOK_UP, POOL, LOOKED_UP = 3, 15, 10
LEAST_SUCCESS = 0.6
MIB_10 = 10 * 1024 * 1024

LookUp = Callable[[Sequence[tuple[BucketId, Entity]]], list[ValidationResult]]


@dataclass(frozen=True)
class UploadsVerdict:
    """What came of it; shares are 0 to 1, `score` may be more for size. `trouble` where nothing could be looked at."""

    passed: bool
    score: float
    jobs: int = 0
    files: int = 0
    duplicates: float = 0.0
    scraper: float = 0.0
    trouble: str = ""

    @property
    def summary(self) -> str:
        """In RESI's words."""
        if self.passed:
            return f"✅ S3 Valid ({100 * self.score:.1f}%): {self.jobs} jobs, {self.files} files"
        issues = [self.trouble] if self.trouble else []
        if self.duplicates:
            issues.append(f"Too many duplicates: {100 * self.duplicates:.1f}%")
        if not self.trouble and self.scraper < LEAST_SUCCESS:
            issues.append(f"Low scraper success rate: {100 * self.scraper:.1f}%")
        return f"❌ S3 Invalid ({100 * self.score:.1f}%): {', '.join(issues)}"

    @property
    def sentence(self) -> str:
        """The same for the line that names the uid."""
        if self.passed:
            return f"passed S3 validation. Validation: {100 * self.score:.1f}%, Jobs: {self.jobs}, Files: {self.files}"
        what = f"Duplicates: {100 * self.duplicates:.1f}%, Scraper: {100 * self.scraper:.1f}%"
        return f"did not pass S3 validation. Reason: {self.trouble or f'S3 validation: FAILED - {what}'}"


def check_uploads(bucket: Bucket, hotkey: str, now_s: float, look_up: LookUp, rng: Random) -> UploadsVerdict:
    """Judge a miner's uploads as they are at `now_s`, subnet time."""
    everything = bucket.of(hotkey)
    recent = [upload for upload in everything if now_s - RECENT_S <= upload.moment_s <= now_s]
    if not recent:
        trouble = "No recent data found" if everything else "Could not access miner S3 data"
        return UploadsVerdict(passed=False, score=0.0, trouble=trouble)
    by_job: dict[str, list[Upload]] = {}
    for upload in recent:
        by_job.setdefault(upload.job, []).append(upload)
    chosen = rng.sample(sorted(by_job), min(JOBS, len(by_job)))
    duplicates = _duplicates([by_job[job] for job in chosen], rng)
    scraper = _confirmed([by_job[job] for job in chosen], look_up, rng)
    passed = not duplicates and scraper >= LEAST_SUCCESS
    size = sum(upload.size_bytes for upload in recent)
    score = (0.0 if duplicates else 0.5) + 0.5 * scraper + (0.2 * log10(size / MIB_10) if size >= MIB_10 else 0.0)
    return UploadsVerdict(passed, score, len(by_job), len(recent), duplicates, scraper)


def _duplicates(jobs: Sequence[Sequence[Upload]], rng: Random) -> float:
    """The share of the rows looked at that were there before, in the same file or another."""
    seen: set[str] = set()
    rows = 0
    for files in jobs:
        for upload in rng.sample(files, min(FILES_PER_JOB, len(files))):
            for row in upload.rows(ROWS_PER_FILE):
                rows += 1
                seen.add(row.uri)
    return (rows - len(seen)) / rows if rows else 0.0


def _confirmed(jobs: Sequence[Sequence[Upload]], look_up: LookUp, rng: Random) -> float:
    pool: list[tuple[BucketId, Entity]] = []
    for files in jobs:
        upload = rng.choice(files)
        key = BucketId(zipcode_of(upload.job), int(upload.moment_s // 3_600))
        pool += [(key, row) for row in upload.rows(ROWS_TO_LOOK_UP)]
    results = look_up(rng.sample(pool[:POOL], min(LOOKED_UP, len(pool[:POOL]))))
    return sum(result.is_valid for result in results) / len(results) if results else 0.0
