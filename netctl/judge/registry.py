"""Every metric there is, by its name; the order is that of docs/metrics.md."""

from __future__ import annotations

from collections.abc import Mapping

from netctl.judge.metric import Metric
from netctl.judge.metrics import evaluation, health

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in (*health.METRICS, *evaluation.METRICS)}
