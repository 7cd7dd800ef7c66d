"""A probe as pack.yaml and profiles declare it. What no single field shows is in `probe_rules`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from netctl.probes.model import Action, Kind, Stream, Use, WrittenProbe
from netctl.profile.probe_types import Age, Command, Loopback, Pattern, Period, PortOf, ProbeName, Span


class ProbeEntry(BaseModel):
    """One probe. In a profile an entry with the name of one of the pack's changes only what it says."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    name: ProbeName = Field(description="Its name; one of the pack's is changed.", examples=["step"])
    kind: Kind | None = Field(None, description="What is looked at.", examples=["line"])
    use: Use | None = Field(
        None, alias="for", description="What it decides: readiness, liveness (as usual) or both.", examples=["both"]
    )
    every: Period | None = Field(None, description="How often it is asked.", examples=["10s"])
    deadline: Period | None = Field(None, description="How long exec and http may take.", examples=["5s"])
    after: Span | None = Field(None, description="Not counted against a neuron younger than this.", examples=["2m"])
    failures: int | None = Field(None, ge=1, le=1000, description="Failures in a row that count.", examples=[3])
    action: Action | None = Field(None, description="What follows: restart, or flag (as usual).", examples=["restart"])
    match: Pattern | None = Field(None, description="Regular expression of a line.", examples=["Miner starting at"])
    stream: Stream | None = Field(None, description="Where: stdout, stderr or both.", examples=["stdout"])
    within: Age | None = Field(
        None, description="How old it may be: 10m; 3tempos or 400blocks for last_update.", examples=["10m", "3tempos"]
    )
    port: PortOf | None = Field(None, description="axon (as usual), or a number.", examples=["axon"])
    argv: Command | None = Field(None, description="The command, without a shell.", examples=[["/bin/true"]])
    url: Loopback | None = Field(None, description="On loopback.", examples=["http://127.0.0.1:8000/health"])
    status: int | None = Field(None, ge=100, le=599, description="The status expected; 200 as usual.", examples=[200])
    drop: bool = Field(False, description="Take away the pack's probe of this name.")

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, written: Any) -> Any:
        if not isinstance(written, dict):
            return written
        return {key: value for key, value in written.items() if value is not None}

    def written(self) -> WrittenProbe:
        """The plain value of it."""
        return WrittenProbe(**self.model_dump(by_alias=False))
