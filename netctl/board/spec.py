"""Which lines the dashboard draws: what the pack says of verdicts, samples and calls."""

from __future__ import annotations

from dataclasses import dataclass

from netctl.agreement.evidence import EVALUATED
from netctl.behaviour.spec import Quality
from netctl.budget.spec import CallSignal
from netctl.pack_model import PackFile


@dataclass(frozen=True, slots=True)
class Drawn:
    """`judged` are validators' signals with a score, `quality` what became of samples, `calls` what tells of calls."""

    judged: tuple[str, ...] = (EVALUATED,)
    quality: Quality | None = None
    calls: tuple[CallSignal, ...] = ()

    @property
    def wanted(self) -> frozenset[tuple[str, str]]:
        """Role and name of every signal that is read."""
        found = {("validator", name) for name in self.judged} | {(call.role, call.signal) for call in self.calls}
        return frozenset(found if self.quality is None else found | {("validator", self.quality.signal)})


def drawn_of(spec: PackFile) -> Drawn:
    """What a pack's lines are drawn as."""
    quality = None if spec.activity is None else spec.activity.quality
    return Drawn(quality=quality, calls=() if spec.api is None else spec.api.told)
