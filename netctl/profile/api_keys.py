"""The section of a profile that deals out keys of an API: a list of them, and what each of them bears."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from netctl.profile.place import Place
from netctl.profile.section import Section
from netctl.profile.source import Document
from netctl.profile.types import Duration, Share
from netctl.profile.words import Sub, expected, wrong, wrongs

Finding = tuple[Place, str, str]

MOST_KEYS = 1024
_REFERENCE = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _variable(value: Any) -> str:
    if not isinstance(value, str) or not _VARIABLE.fullmatch(value):
        raise wrong("expected the name of a variable", "write for example RAPIDAPI_KEY, without $")
    return value


def _keys(value: Any) -> tuple[str, ...]:
    """What was found is never shown: it may be the key itself."""
    if not isinstance(value, tuple) or not value:
        raise wrong("expected a list of references to your environment", "write for example [$KEY_1, $KEY_2]")
    if len(value) > MOST_KEYS:
        raise wrong(f"a list of {len(value)} keys", f"{MOST_KEYS} is the most")
    faults: list[Sub] = []
    names: list[str] = []
    for number, item in enumerate(value):
        found = _REFERENCE.fullmatch(item) if isinstance(item, str) else None
        if found is None:
            hint = "export it in a variable and write its name, such as $RAPIDAPI_KEY_1; no {i}: keys are dealt out"
            faults.append(((number,), "expected a reference such as $NAME; keys are never written here", hint))
            continue
        name = found[1] or found[2]
        if name in names:
            faults.append(((number,), f"${name} is there twice", "name each key once"))
        names.append(name)
    if faults:
        raise wrongs(faults)
    return tuple(names)


def _day(value: Any) -> float:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise expected("a day", value, "write it in quotes: '2026-11-01'")
    try:
        day = date.fromisoformat(value)
    except ValueError as exc:
        raise wrong(f"there is no day {value}", "write year, month and day: '2026-11-01'") from exc
    return datetime.combine(day, time(), UTC).timestamp()


_REFERENCES = {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": f"^{_REFERENCE.pattern}$"}}


class ApiKeys(Section):
    """Keys of one API, dealt out to the neurons in turn; one that sets the variable itself gets none."""

    variable: Annotated[
        str, PlainValidator(_variable), WithJsonSchema({"type": "string", "pattern": f"^{_VARIABLE.pattern}$"})
    ] = Field(description="The variable that the neurons read the key from.", examples=["RAPIDAPI_KEY"])
    keys: Annotated[tuple[str, ...], PlainValidator(_keys), WithJsonSchema(_REFERENCES)] = Field(
        description="Variables of your environment, one for each key: the neurons get them in turn.",
        examples=[["$RAPIDAPI_KEY_1", "$RAPIDAPI_KEY_2"]],
    )
    limit: int | None = Field(
        None, ge=1, le=10**12, description="Most calls with one key within `per`.", examples=[10_000]
    )
    total_limit: int | None = Field(None, ge=1, le=10**12, description="Most calls with all keys within `per`.")
    per_s: Duration | None = Field(None, alias="per", description="How long a limit counts.", examples=["30d"])
    since: Annotated[
        float | None, PlainValidator(_day), WithJsonSchema({"type": "string", "pattern": f"^{_DAY.pattern}$"})
    ] = Field(None, description="A day in UTC on which the count began anew; without it the last `per` counts.")
    warn: Share = Field(
        0.8,
        description="From which share of a limit on it is called close.",
        examples=["80%"],
        json_schema_extra={"default": "80%"},
    )


def check(document: Document) -> Iterator[Finding]:
    """What takes more than one field: limits without a period, and a variable that is given in two ways."""
    value = document.value or {}
    entries = value.get("api_keys")
    shared = value.get("defaults")
    env = shared.get("env") if isinstance(shared, dict) else None
    seen: set[str] = set()
    for number, entry in enumerate(entries if isinstance(entries, tuple) else ()):
        if not isinstance(entry, dict):
            continue
        here = ("api_keys", number)
        variable = entry.get("variable")
        if isinstance(variable, str):
            if variable in seen:
                yield (*here, "variable"), f"{variable[:60]} is dealt out twice", "write one list for it"
            seen.add(variable)
            if isinstance(env, dict) and variable in env:
                place = ("defaults", "env", variable)
                yield place, f"{variable[:60]} is dealt out by api_keys, too", "take it out here, or there"
        limited = [key for key in ("limit", "total_limit") if entry.get(key) is not None]
        if limited and entry.get("per") is None:
            yield (*here, limited[0]), f"{limited[0]} says no time", "add `per: 30d`"
        if entry.get("per") is not None and not limited:
            yield (*here, "per"), "per is of a limit, and there is none", "add `limit: 10000`"
        if entry.get("since") is not None and entry.get("per") is None:
            yield (*here, "since"), "since is of a limit, and there is none", "add `limit: 10000` and `per: 30d`"
