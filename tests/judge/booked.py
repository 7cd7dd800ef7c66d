"""Evaluations written into a store's logs, as the stand-ins' validator writes them."""

from __future__ import annotations

from tests.recorded import ADDRESSES, UIDS, Book

GOOD, BAD, NONE = (
    "ValidationResult(is_valid=True, content_size_bytes_validated=9, reason='Property exists via Zillow API')",
    "ValidationResult(is_valid=False, content_size_bytes_validated=9, reason='Property not found')",
    "ValidationResult(is_valid=True, content_size_bytes_validated=9, reason='API error (503) - assumed valid')",
)


def evaluated(book: Book, at: float, miner: str, *, answers: bool = True, results: str = GOOD) -> None:
    """An evaluation by validator_1, two samples long."""
    hotkey, say = ADDRESSES[miner], "validator_1"
    book.said(say, at, f"{hotkey}: Evaluating miner.")
    if answers:
        book.said(say, at + 0.1, f"{hotkey}: Got new compressed miner index of 900 bytes across 3 buckets.")
        text = f"{hotkey}: Data validation on selected entities finished with results: [{results}, {GOOD}]"
        book.said(say, at + 0.2, text)
    else:
        book.said(say, at + 0.1, f"{hotkey}: Miner failed to respond with an index. Using last known index if present.")
    book.said(say, at + 0.3, f"Evaluated Miner {UIDS[miner]}. Score=10.0. Credibility=0.5.", "SUCCESS")


def recorded(book: Book, *, begin: float = 0.0, silent: str = "", results: str = GOOD, rounds: int = 5) -> None:
    """Rounds of 30 s, which are the five minutes of the period at ten times the speed."""
    for number in range(rounds):
        at = begin + 30.0 * number
        book.seen(at, block=100 + int(at))
        for miner in ("miner_1", "miner_2"):
            evaluated(book, at + 1, miner, answers=miner != silent, results=results)
    book.fed()
