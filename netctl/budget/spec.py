"""What a pack says of the API that its neurons call: which lines tell of a call, and how many to expect."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from netctl.fleet import Role
from netctl.profile.types import Duration


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class CallSignal(_Part):
    """An event of this signal in a neuron of that role tells of `calls` calls, or of one that was refused."""

    role: Role
    signal: str
    calls: int = Field(1, ge=1, le=1000)
    refused: bool = False


class Expected(_Part):
    """What a neuron of a role makes, before it was ever seen: `calls` each time, `of_each` miner or once.

    The time between is a miner's scrape_frequency, or the minutes that the variable `minutes` names; else `every`.
    """

    role: Role
    calls: int = Field(ge=1, le=100_000)
    of_each: Literal["miner"] | None = None
    minutes: str | None = None
    every_s: Duration = Field(alias="every")


class ApiUse(_Part):
    """One API: its name, the variable that a key of it is in, and how calls can be counted.

    `real`: false where the programs only act as if they called it. Limits are those of one key, where all keys have
    the same; a profile's come over them.
    """

    name: str = Field(min_length=1)
    variable: str = Field(min_length=1)
    real: bool = True
    told: tuple[CallSignal, ...] = Field(min_length=1)
    expected: tuple[Expected, ...] = ()
    limit: int | None = Field(None, ge=1)
    per_s: Duration | None = Field(None, alias="per")
