"""A cause of trouble as a pack declares it: by which words it is known, what to say of it, and what to do next."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

Place = Literal["stdout", "stderr", "exit", "chain", "probe"]
"""Where a cause shows: the streams of the run; `exit 1` or `signal SIGKILL`; facts of the chain, as `registered: no`;
what a probe or the readiness misses, as `its port 8091`."""


def _regular(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as exc:
        raise ValueError(f"not a regular expression: {exc}") from exc
    return pattern


class Cause(BaseModel):
    """One cause. `says` and `next` are templates: names as everywhere in a pack, and the expression's own groups.

    `exits`: only of a run that ended so. `alive`: a process lives on with it, so it is looked for in a running neuron
    too, also in a ready one. `expected`: an end that the programs make on purpose, to be started again.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    look: tuple[Place, ...] = Field(min_length=1)
    match: Annotated[str, AfterValidator(_regular)]
    exits: tuple[str, ...] = ()
    says: str
    next: str
    alive: bool = False
    expected: bool = False
