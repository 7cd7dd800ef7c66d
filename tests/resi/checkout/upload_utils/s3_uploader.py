"""Uploads what fits the jobs of dynamic_desirability/total.json, each record once by an offset that it keeps."""

from __future__ import annotations

import json
import time
from pathlib import Path

import bittensor as bt
from common.constants import UPLOAD_PAUSE_S
from storage.miner.sqlite_miner_storage import SqliteMinerStorage
from upload_utils.storehouse import folder, refused

LEVELS = 3


def load_dynamic_lookup() -> list[dict[str, object]]:
    """The jobs, from the working directory or one of the two above it."""
    for place in [Path.cwd(), *Path.cwd().parents][:LEVELS]:
        path = place / "dynamic_desirability" / "total.json"
        if path.exists():
            bt.logging.info(f"Loaded dynamic lookup from {path}")
            return json.loads(path.read_text())
    bt.logging.warning("dynamic_desirability/total.json not found, returning empty lookup")
    return []


class S3PartitionedUploader:
    def __init__(self, storage: SqliteMinerStorage, hotkey: str, s3_auth_url: str, state_file: str) -> None:
        self.storage = storage
        self.hotkey = hotkey
        self.s3_auth_url = s3_auth_url
        self.place = folder(s3_auth_url, hotkey)
        self.state_file = Path(f"{state_file.split('.json')[0]}_s3_partitioned.json")
        self.state = json.loads(self.state_file.read_text()) if self.state_file.exists() else {}

    def run(self) -> None:
        while True:
            time.sleep(UPLOAD_PAUSE_S)
            bt.logging.info("Starting S3 partitioned upload for DD data")
            self.upload_dd_data()
            bt.logging.success("S3 partitioned upload completed successfully")

    def upload_dd_data(self) -> None:
        if refusal := refused(self.s3_auth_url):
            bt.logging.error(f"❌ Failed to get S3 credentials: {refusal}")
            return
        jobs = load_dynamic_lookup()
        if not jobs:
            bt.logging.warning("No jobs found from Gravity")
        for job in jobs:
            self._upload(str(job["id"]), str(job["params"]["label"]))

    def _upload(self, job: str, label: str) -> None:
        offset = self.state.get(job, {}).get("last_offset", 0)
        records = self.storage.bucket(label, offset)
        if not records:
            bt.logging.debug(f"No new data for job {job} (offset: {offset})")
            return
        name = f"data_{time.strftime('%Y%m%d_%H%M%S')}_{len(records)}.parquet"
        path = self.place / f"job_id={job}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(records))
        bt.logging.success(f"✅ S3 upload success: hotkey={self.hotkey}/job_id={job}/{name}")
        bt.logging.info(f"Uploaded {len(records)} records to job {job}")
        self.state[job] = {"last_offset": offset + len(records)}
        try:
            self.state_file.write_text(json.dumps(self.state))
        except OSError as error:
            bt.logging.error(f"Failed to save processed state: {error}")
