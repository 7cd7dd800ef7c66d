"""Credibility and score of every miner, kept in a file of the validator's own."""

from __future__ import annotations

import pickle
import threading
from pathlib import Path

import bittensor as bt

ALPHA = 0.15
POWER = 2.5
S3_BOOST = 1000.0


class MinerScorer:
    def __init__(self, folder: str) -> None:
        self.path = Path(folder) / "scorer.pickle"
        self.lock = threading.Lock()
        self.credibility: dict[int, float] = {}
        self.scores: dict[int, float] = {}
        if self.path.exists():
            self.credibility, self.scores = pickle.loads(self.path.read_bytes())

    def on_miner_evaluated(self, uid: int, scorable_bytes: float, passed: float | None, s3_pct: float) -> None:
        """`passed` is the share that was valid; None where nothing could be asked for, which keeps the credibility."""
        with self.lock:
            before = self.credibility.get(uid, 0.0)
            credibility = before if passed is None else ALPHA * passed + (1 - ALPHA) * before
            raw = 0.0 if passed is None else scorable_bytes
            if s3_pct and passed is not None:
                raw += s3_pct / 100 * S3_BOOST
                bt.logging.info(f"Awarded Miner {uid} a S3 boost of {s3_pct / 100 * S3_BOOST}, score now {raw}.")
            score = raw * credibility**POWER
            self.credibility[uid], self.scores[uid] = credibility, score
            self.path.write_bytes(pickle.dumps((self.credibility, self.scores)))
        bt.logging.success(f"Evaluated Miner {uid}. Score={score}. Credibility={credibility}.")
