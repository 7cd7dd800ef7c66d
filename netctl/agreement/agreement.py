"""The whole of it: do the validators come to the same judgement, and each by itself?"""

from __future__ import annotations

from dataclasses import dataclass

from netctl.agreement.copying import Following, followings
from netctl.agreement.evidence import Evidence, Reveal
from netctl.agreement.lags import Lag, Shown, lags, shown
from netctl.agreement.sampling import Attention, Overlap, attention, overlaps
from netctl.agreement.scores import Order, Spread, moments_of, orders, spreads, standings
from netctl.agreement.weights import Apart, apart
from netctl.store.histories import Window


@dataclass(frozen=True, slots=True)
class Agreement:
    """Validators and miners by name; every part says what it holds."""

    window: Window
    validators: tuple[str, ...]
    miners: tuple[str, ...]
    spreads: tuple[Spread, ...]
    orders: tuple[Order, ...]
    apart: tuple[Apart, ...]
    attention: tuple[Attention, ...]
    overlaps: tuple[Overlap, ...]
    reveal: Reveal
    lags: tuple[Lag, ...]
    shown: tuple[Shown, ...]
    followings: tuple[Following, ...]

    @property
    def copiers(self) -> tuple[Following, ...]:
        """The validators that copy another."""
        return tuple(each for each in self.followings if each.verdict == "copies")


def agreement_of(evidence: Evidence) -> Agreement:
    """Judge what was recorded of a stretch of time."""
    moments = moments_of(evidence)
    stood = standings(evidence.verdicts, moments)
    seen = shown(evidence)
    return Agreement(
        window=evidence.window,
        validators=evidence.validators,
        miners=evidence.miners,
        spreads=spreads(evidence.miners, stood),
        orders=orders(evidence.validators, moments, stood),
        apart=apart(evidence.rows),
        attention=attention(evidence.verdicts),
        overlaps=overlaps(evidence.samples),
        reveal=evidence.reveal,
        lags=lags(seen, evidence.settings, evidence.looks),
        shown=seen,
        followings=followings(evidence, seen),
    )
