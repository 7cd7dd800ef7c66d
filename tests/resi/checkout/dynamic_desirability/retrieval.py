"""The desirability of labels: defaults, and what validators have committed in a git repository, into total.json."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import bittensor as bt
from common.permits import is_validator

HERE = Path(__file__).resolve().parent
REPO_URL = "https://github.com/resi-labs-ai/prospector.git"


def get_json(commit: str, filename: str) -> list[dict[str, object]] | None:
    """A validator's jobs. The whole process stands in the clone meanwhile, all of its threads."""
    before = Path.cwd()
    name = REPO_URL.rsplit("/", 1)[-1].removesuffix(".git")
    try:
        if not Path(name).exists():
            bt.logging.info(f"Cloning repository: {REPO_URL}")
            subprocess.run(["git", "clone", REPO_URL], check=True, capture_output=True)
        os.chdir(name)
        bt.logging.info("Fetching latest changes")
        subprocess.run(["git", "fetch", "--all"], check=True, capture_output=True)
        subprocess.run(["git", "checkout", commit], check=True, capture_output=True)
        return json.loads(Path(filename).read_text()) if Path(filename).exists() else None
    except (OSError, subprocess.CalledProcessError) as error:
        bt.logging.error(f"An error occurred during Git operations: {error}")
        return None
    finally:
        os.chdir(before)


def run_retrieval(config: bt.Config) -> dict[str, float]:
    """Weights by label. Writes the checkout's total.json, whoever reads it there."""
    subtensor = bt.Subtensor(config=config)
    try:
        metagraph = subtensor.metagraph(config.netuid)
        jobs = json.loads((HERE / "default.json").read_text())
        for uid in map(int, metagraph.uids):
            if is_validator(uid, metagraph, config.vpermit_rao_limit):
                commit = subtensor.get_commitment(netuid=config.netuid, uid=uid)
                jobs += (get_json(commit, f"{metagraph.hotkeys[uid]}.json") or []) if commit else []
    finally:
        subtensor.close()
    (HERE / "total.json").write_text(json.dumps(jobs, indent=4))
    bt.logging.info("\nTotal weights have been calculated and written to total.json")
    return {str(job["params"]["label"]): float(job["weight"]) for job in jobs}
