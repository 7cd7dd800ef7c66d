"""Every metric there is, by its name; the order is that of docs/check-metrics.md."""

from __future__ import annotations

from collections.abc import Mapping

from netctl.judge.metric import Metric
from netctl.judge.metrics import (
    duplicates,
    dynamics,
    evaluation,
    geography,
    health,
    rewards,
    samples,
    stability,
    uploads,
)

_MODULES = (health, evaluation, uploads, stability, geography, rewards, duplicates, samples, dynamics)

METRICS: Mapping[str, Metric] = {metric.name: metric for module in _MODULES for metric in module.METRICS}
