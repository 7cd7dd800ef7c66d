"""An agreement as one JSON document."""

from __future__ import annotations

from typing import Any

from netctl.agreement.agreement import Agreement
from netctl.agreement.copying import Following
from netctl.durations import utc_text


def document(found: Agreement) -> dict[str, Any]:
    """Everything that is known; times in UTC, shares and distances 0 to 1."""
    return {
        "ok": not found.copiers,
        "since": utc_text(found.window.since),
        "until": utc_text(found.window.until),
        "validators": list(found.validators),
        "miners": [
            {"name": s.miner, "scores": s.scores, "shares": s.shares, "spread": s.spread, "usual_spread": s.usual}
            for s in found.spreads
        ],
        "order": [
            {
                "validators": list(o.validators),
                "miners": o.miners,
                "spearman": o.spearman,
                "kendall": o.kendall,
                "usual_spearman": o.usual,
                "over_time": [{"at": utc_text(at), "spearman": figure} for at, figure in o.moments],
            }
            for o in found.orders
        ],
        "weights": [
            {
                "validators": list(a.validators),
                "distance": a.last,
                "mean": a.mean,
                "over_time": [{"at": utc_text(at), "distance": figure} for at, figure in a.moments],
            }
            for a in found.apart
        ],
        "verdicts": [
            {
                "validator": a.validator,
                "miner": a.miner,
                "count": a.count,
                "first_at": utc_text(a.first_s),
                "last_at": utc_text(a.last_s),
                "usual_gap_s": a.usual_gap_s,
                "longest_gap_s": a.longest_gap_s,
            }
            for a in found.attention
        ],
        "samples": [
            {
                "validators": list(o.validators),
                "miner": o.miner,
                "looked_at": list(o.looked),
                "common": o.common,
                "jaccard": o.jaccard,
            }
            for o in found.overlaps
        ],
        "commit_reveal": {
            "enabled": found.reveal.enabled,
            "period": found.reveal.period,
            "tempo": found.reveal.tempo,
            "lags": [
                {
                    "validator": lag.validator,
                    "set": lag.set,
                    "seen": lag.seen,
                    "looked": lag.looked,
                    "usual_s": lag.usual_s,
                    "longest_s": lag.longest_s,
                    "usual_blocks": lag.usual_blocks,
                }
                for lag in found.lags
            ],
        },
        "copying": [_following(each) for each in found.followings],
    }


def _following(each: Following) -> dict[str, Any]:
    return {
        "validator": each.validator,
        "source": each.source,
        "verdict": each.verdict,
        "rows": each.rows,
        "alike": each.alike,
        "unexplained": each.unexplained,
        "distance_from_source": each.from_source,
        "distance_from_own_verdicts": each.from_own,
        "lag_s": each.lag_s,
    }
