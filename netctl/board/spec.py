"""Which lines the dashboard draws: what the pack says of verdicts, samples and calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netctl.agreement.evidence import EVALUATED
from netctl.behaviour.spec import Quality
from netctl.pack_model import PackFile


@dataclass(frozen=True, slots=True)
class Drawn:
    """`judged` are validators' signals with a score, `quality` what became of samples.

    `calls` is by role and signal how many calls one event tells of, and how many of these were refused.
    """

    judged: tuple[str, ...] = (EVALUATED,)
    quality: Quality | None = None
    calls: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)

    @property
    def wanted(self) -> frozenset[tuple[str, str]]:
        """Role and name of every signal that is read."""
        found = {("validator", name) for name in self.judged} | set(self.calls)
        return frozenset(found if self.quality is None else found | {("validator", self.quality.signal)})


def drawn_of(spec: PackFile) -> Drawn:
    """What a pack's lines are drawn as."""
    told = () if spec.api is None else spec.api.told
    calls: dict[tuple[str, str], tuple[int, int]] = {
        (each.role, each.signal): (each.calls, each.calls if each.refused else 0) for each in told
    }
    return Drawn(quality=None if spec.activity is None else spec.activity.quality, calls=calls)
