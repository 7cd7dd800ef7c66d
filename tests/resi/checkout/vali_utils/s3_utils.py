"""What a miner has uploaded, looked up where the authority of *this* validator's address points to."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import bittensor as bt
from upload_utils.s3_uploader import load_dynamic_lookup
from upload_utils.storehouse import folder


class S3Validator:
    """Remembers every result in one file, which two validators of one checkout would write by turns."""

    def __init__(self, s3_auth_url: str, results_path: str) -> None:
        self.url = s3_auth_url
        self.path = Path(results_path)
        self.lock = threading.Lock()
        self.results = json.loads(self.path.read_text()) if self.path.exists() else {}

    def validate(self, uid: int, hotkey: str) -> float:
        """Per cent; said in one line, and kept."""
        place = folder(self.url, hotkey)
        jobs = load_dynamic_lookup()
        if not jobs:
            bt.logging.warning("No jobs found from Gravity")
            return 0.0
        if not place.exists():
            bt.logging.info(f"{hotkey}: ❌ S3 Invalid (0.0%): Could not access miner S3 data")
            return 0.0
        files = [path for job in jobs for path in (place / f"job_id={job['id']}").glob("*")]
        pct = 95.0 if files else 0.0
        bt.logging.info(f"{hotkey}: ✅ S3 Valid ({pct}%): {len(jobs)} jobs, {len(files)} files")
        bt.logging.info(f"{hotkey}: Miner {uid} passed S3 validation. Validation: {pct}%, Jobs: {len(jobs)}")
        with self.lock:
            self.results[hotkey] = pct
            self.path.write_text(json.dumps(self.results))
        return pct
