"""What a validator remembers of each miner between evaluations and restarts, in one JSON file of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

from netctl.rehearsal.protocol import BucketId
from netctl.rehearsal.scoring import S3_CREDIBILITY_AT_FIRST, next_credibility, next_s3_credibility

FILE_NAME = "validator_memory.json"


@dataclass(frozen=True)
class UploadsKnown:
    """What came of the last look through a miner's uploads; `turn` counts the times that one was due."""

    boost: float = 0.0
    credibility: float = S3_CREDIBILITY_AT_FIRST
    turn: int = 0


@dataclass(frozen=True)
class Remembered:
    """One miner, by hotkey: how far it is trusted, the bytes per bucket that it last claimed, and its uploads."""

    credibility: float = 0.0
    score: float = 0.0
    holdings: dict[BucketId, int] = field(default_factory=dict)
    uploads: UploadsKnown = UploadsKnown()


class Memory:
    """The validator's notes. A file that cannot be read is started anew: nothing in it is worth not starting."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.miners: dict[str, Remembered] = _load(path)

    def of(self, hotkey: str) -> Remembered:
        return self.miners.get(hotkey, Remembered())

    def note_index(self, hotkey: str, holdings: dict[BucketId, int]) -> None:
        self.miners[hotkey] = replace(self.of(hotkey), holdings=holdings)

    def note_result(self, hotkey: str, result: float) -> None:
        """Move a miner's credibility by one evaluation's result, 0 to 1."""
        before = self.of(hotkey)
        self.miners[hotkey] = replace(before, credibility=next_credibility(before.credibility, result))

    def note_score(self, hotkey: str, score: float) -> None:
        self.miners[hotkey] = replace(self.of(hotkey), score=score)

    def note_uploads(self, hotkey: str, boost: float, share: float, turn: int) -> None:
        """Keep what a look through a miner's uploads came to; `share` is its score, 1 and more counted as 1."""
        before = self.of(hotkey)
        credibility = next_s3_credibility(before.uploads.credibility, share)
        self.miners[hotkey] = replace(before, uploads=UploadsKnown(boost, credibility, turn))

    def forget_all_but(self, hotkeys: set[str]) -> None:
        """Drop miners that are no longer on the metagraph."""
        self.miners = {hotkey: kept for hotkey, kept in self.miners.items() if hotkey in hotkeys}

    def save(self) -> None:
        document = {
            hotkey: {
                "credibility": miner.credibility,
                "score": miner.score,
                "holdings": [[key.zipcode, key.hour, size] for key, size in miner.holdings.items()],
                "uploads": [miner.uploads.boost, miner.uploads.credibility, miner.uploads.turn],
            }
            for hotkey, miner in self.miners.items()
        }
        draft = self._path.with_suffix(".tmp")
        draft.write_text(json.dumps(document), encoding="utf-8")
        draft.replace(self._path)


def _load(path: Path) -> dict[str, Remembered]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return {
            hotkey: Remembered(
                float(miner["credibility"]),
                float(miner["score"]),
                {BucketId(str(zipcode), int(hour)): int(size) for zipcode, hour, size in miner["holdings"]},
                UploadsKnown(float(miner["uploads"][0]), float(miner["uploads"][1]), int(miner["uploads"][2])),
            )
            for hotkey, miner in document.items()
        }
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError):
        return {}
