"""A criterion: what an experiment has to come to, as data of the profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from netctl.judge.target import Target
from netctl.judge.window import ALL, Extent

Group = Literal["minimum", "optimal", "stretch"]
GROUPS: tuple[Group, ...] = get_args(Group)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One of a group: `metric` over `window`, by these `parameters`, has to meet `target`. `says` is for people."""

    name: str
    group: Group
    metric: str
    target: Target
    window: Extent = ALL
    parameters: Mapping[str, float | str] = field(default_factory=dict)
    says: str | None = None
