"""The sections of a profile about what happens once neurons run: restarts, the supervisor, logs, disturbances."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from netctl.profile.section import Port, Section
from netctl.profile.types import Duration, Size
from netctl.profile.words import wrong

FIRST_PROXY_PORT = 18091


class RestartFields(Section):
    """What becomes of a neuron that has died; a single word is short for its `when` field."""

    when: Literal["never", "on-failure", "always"] = Field(
        "on-failure", description="Which ends are followed by a new start.", examples=["on-failure"]
    )
    backoff_s: Duration = Field(
        2.0,
        alias="backoff",
        description="Pause before the first new start; it doubles with each death within the window.",
        examples=["2s"],
        json_schema_extra={"default": "2s"},
    )
    most_s: Duration = Field(
        300.0,
        alias="most",
        description="The longest pause.",
        examples=["5m"],
        json_schema_extra={"default": "5m"},
    )
    tries: int = Field(10, ge=1, le=10_000, description="After so many deaths within the window it is given up.")
    window_s: Duration = Field(
        900.0,
        alias="window",
        description="How long a death counts.",
        examples=["15m"],
        json_schema_extra={"default": "15m"},
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        fields = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [{"enum": ["never", "on-failure", "always"]}, fields]}


def _restart(written: Any) -> Any:
    if isinstance(written, str):
        return {"when": written}
    if isinstance(written, dict):
        return written
    raise wrong("expected a restart policy", "write never, on-failure or always, or its fields")


Restart = Annotated[RestartFields, BeforeValidator(_restart)]


class SupervisorSection(Section):
    """The fleet's supervisor: it starts again what dies, and watches."""

    enabled: bool = Field(True, description="Whether `up` starts one.")
    starts: int = Field(30, ge=1, le=10_000, description="Most starts of all neurons together within `per`.")
    per_s: Duration = Field(
        60.0, alias="per", description="See `starts`.", examples=["1m"], json_schema_extra={"default": "1m"}
    )


class ChaosSection(Section):
    """What disturbing the neurons' connections needs: a proxy between each of them and the rest of the world."""

    proxy: bool = Field(True, description="Whether the neurons are started behind the fleet's proxy.")
    first_port: Port = Field(
        FIRST_PROXY_PORT, description="The proxy's own ports are counted from here, two for each neuron."
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        fields = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [{"type": "boolean"}, fields]}


def _chaos(written: Any) -> Any:
    if isinstance(written, bool):
        return {"proxy": written}
    if isinstance(written, dict):
        return written
    raise wrong("expected true, false or a mapping", "write `chaos: true`, or {proxy: true, first_port: 18091}")


Chaos = Annotated[ChaosSection, BeforeValidator(_chaos)]


class Logs(Section):
    """When neurons' logs are rotated, and how much is kept of them."""

    rotate_bytes: Size = Field(
        50_000_000,
        alias="rotate",
        description="How long a log grows before its older part is compressed; each neuron has two.",
        examples=["50MB"],
        json_schema_extra={"default": "50MB"},
    )
    keep: int = Field(5, ge=1, le=10_000, description="How many compressed parts of each log are kept.")
