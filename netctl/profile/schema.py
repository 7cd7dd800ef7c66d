"""The profile's JSON Schema: what an editor completes and checks while one types."""

from __future__ import annotations

import json
from typing import Any

from netctl.profile.model import Profile

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """JSON Schema of a profile: keys, kinds, ranges and descriptions. Rules over several fields are not in it."""
    return {"$schema": DIALECT, **_without_internals(Profile.model_json_schema(by_alias=True))}


def schema_text() -> str:
    """The schema as it is kept beside the profiles."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _without_internals(node: Any) -> Any:
    """The schema without the titles that only repeat a field's name, and without defaults that are empty."""
    if isinstance(node, list):
        return [_without_internals(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {}
    for key, value in node.items():
        is_noise = (key == "title" and isinstance(value, str)) or (key == "default" and value in (None, [], {}))
        if not is_noise:
            kept[key] = _without_internals(value)
    return kept
