"""What a miner's holdings are worth: bytes, by how wanted, how fresh and how rare they are, times credibility.

A bucket (zipcode, hour) pays own_bytes squared over the bytes that all miners hold in it: of two who hold the same,
each is paid half. To that comes a boost for uploads, and all of it is scaled by credibility.

RESI's formulas, with two other figures: data loses its worth over FRESH_HOURS and not over thirty days, so that a day
shows what a month would; and the boost is S3_BOOST and not 20,000,000, beside which nothing else would show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from netctl.rehearsal.protocol import BucketId

PREMIUM_ZIPCODES = frozenset(
    ("77494", "08701", "77449", "77084", "79936", "11385", "78660", "11208", "90011", "77433"),
)
DEFAULT_WEIGHT = 0.3
FRESH_HOURS = 2
CREDIBILITY_GAIN = 0.15
CREDIBILITY_EXPONENT = 2.5
S3_BOOST = 1_000.0
S3_CREDIBILITY_AT_FIRST, S3_CREDIBILITY_GAIN = 0.375, 0.2

Holdings = Mapping[BucketId, int]  # bytes per bucket


def worth(holdings: Holdings, totals: Holdings, *, hour: int, premium_weight: float) -> float:
    """The raw score of one miner's holdings, `totals` being those of all miners together, its own included."""
    return sum(
        _weight(key.zipcode, premium_weight) * freshness(key.hour, hour) * size * size / totals[key]
        for key, size in holdings.items()
        if size > 0
    )


def sum_holdings(everybody: Iterable[Holdings]) -> dict[BucketId, int]:
    """Bytes of all miners per bucket."""
    totals: dict[BucketId, int] = {}
    for holdings in everybody:
        for key, size in holdings.items():
            totals[key] = totals.get(key, 0) + size
    return totals


def freshness(bucket_hour: int, hour: int) -> float:
    """1.0 in its own hour, falling towards 0.5 at FRESH_HOURS, then 0; the future is worth nothing."""
    age = hour - bucket_hour
    return 1.0 - 0.5 * age / FRESH_HOURS if 0 <= age < FRESH_HOURS else 0.0


def next_credibility(credibility: float, result: float) -> float:
    """Move credibility towards the share of an evaluation's sample that was good (0 to 1)."""
    return CREDIBILITY_GAIN * result + (1 - CREDIBILITY_GAIN) * credibility


def next_s3_credibility(credibility: float, share: float) -> float:
    """Move the trust in a miner's uploads towards what a look through them came to."""
    return S3_CREDIBILITY_GAIN * min(1.0, share) + (1 - S3_CREDIBILITY_GAIN) * credibility


def score(raw: float, credibility: float) -> float:
    """The score that weights follow."""
    return float(raw * credibility**CREDIBILITY_EXPONENT)


def _weight(zipcode: str, premium_weight: float) -> float:
    return premium_weight if zipcode in PREMIUM_ZIPCODES else DEFAULT_WEIGHT
