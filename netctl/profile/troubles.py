"""`rehearsal: {trouble: ...}`: what goes wrong on purpose, by the names of neurons, and with `api` for their API.

trouble:
  miner_2: duplicates
  miner_3: lies
  miner_4: {stops_uploading: after 3h}
  miner_5: {slow: 20s}
  validator_2: copies_weights
  api: {errors: {from: 2h, for: 10m}, limit: {calls: 400, per: 5m}}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from netctl import durations
from netctl.planted import FIRST_OTHER, ApiTrouble, NeuronTrouble, Planted
from netctl.profile.place import Place
from netctl.profile.suggest import did_you_mean
from netctl.profile.words import Sub, expected, wrongs
from netctl.profile.words import found as found_in

API = "api"
AFTER = "after "
WORDS = ("duplicates", "lies", "stops_uploading", "copies_weights")
KEYS = (*WORDS[:3], "slow", WORDS[3])
OF_API = ("errors", "limit")


class _Fault(ValueError):
    def __init__(self, place: Place, message: str, hint: str) -> None:
        super().__init__(message)
        self.sub: Sub = (place, message, hint)


class _Faults(list[Sub]):
    """All that is wrong, each beside what is right."""

    def read(self, read: Callable[[Place, Any], Any], place: Place, item: Any) -> Any:
        """What `read` makes of an item; None, and the fault kept, where it makes nothing of it."""
        try:
            return read(place, item)
        except _Fault as fault:
            self.append(fault.sub)
            return None


def _planted(value: Any) -> Planted:
    if not isinstance(value, Mapping):
        raise expected("a mapping of neurons", value, "write for example `miner_2: duplicates`")
    faults = _Faults()
    neurons = {
        name: _neuron(name, written, faults) for name, written in value.items() if name != API and written is not None
    }
    api = _api(value[API], faults) if value.get(API) is not None else ApiTrouble()
    if faults:
        raise wrongs(faults)
    return Planted(neurons, api)


def _neuron(name: str, written: Any, faults: _Faults) -> NeuronTrouble:
    items = faults.read(_items, (name,), written) or {}
    found = {key: faults.read(_READERS.get(key, _unknown), (name, key), item) for key, item in items.items()}
    return NeuronTrouble(
        duplicates=found.get("duplicates"),
        lies=bool(found.get("lies")),
        stops_uploading_s=found.get("stops_uploading"),
        slow_s=found.get("slow") or 0.0,
        copies_weights=found.get("copies_weights"),
    )


def _items(place: Place, written: Any) -> Mapping[str, Any]:
    if isinstance(written, str):
        if written == "slow":
            raise _Fault(place, "slow needs how long", f"write `{place[0]}: {{slow: 20s}}`")
        if written not in WORDS:
            raise _no_such(place, written, KEYS)
        return {written: None}
    if not isinstance(written, Mapping) or not written:
        raise _Fault(place, f"expected a trouble, found {found_in(written)}", f"one of {', '.join(KEYS)}")
    return written


def _api(written: Any, faults: _Faults) -> ApiTrouble:
    if not isinstance(written, Mapping) or not written:
        hint = "write for example {errors: {from: 2h, for: 10m}}"
        faults.append(((API,), f"expected errors or limit, found {found_in(written)}", hint))
        return ApiTrouble()
    faults.extend(_no_such((API, key), key, OF_API).sub for key in written if key not in OF_API)
    errors = _pair((API, "errors"), written.get("errors"), _WINDOW, "{from: 2h, for: 10m}", faults)
    limit = _pair((API, "limit"), written.get("limit"), _ALLOWANCE, "{calls: 400, per: 5m}", faults)
    return ApiTrouble(errors, limit)


def _pair(
    place: Place, written: Any, readers: Mapping[str, Callable[[Place, Any], Any]], example: str, faults: _Faults
) -> Any:
    if written is None:
        return None
    if not isinstance(written, Mapping):
        words = " and ".join(readers)
        faults.append((place, f"expected {words}, found {found_in(written)}", f"write for example {example}"))
        return None
    faults.extend(_no_such((*place, key), key, tuple(readers)).sub for key in written if key not in readers)
    missing = [key for key in readers if written.get(key) is None]
    faults.extend((place, f"{key} is missing", f"write for example {example}") for key in missing)
    return tuple(
        faults.read(reader, (*place, key), written[key]) for key, reader in readers.items() if key not in missing
    )


def _calls(place: Place, item: Any) -> int:
    if isinstance(item, bool) or not isinstance(item, int | Decimal) or not 1 <= item <= 10**9 or item != int(item):
        raise _Fault(place, f"expected a number of calls, found {found_in(item)}", "write for example 400")
    return int(item)


def _duration(place: Place, item: Any) -> float:
    if not isinstance(item, str):
        raise _Fault(place, f"expected a duration, found {found_in(item)}", "write it with its unit: 20s, 5m, 1h")
    try:
        return durations.seconds_of(item)
    except ValueError as exc:
        raise _Fault(place, str(exc), "write it with its unit: 20s, 5m, 1h") from exc


def _after(place: Place, item: Any) -> float:
    if item is None or item is True:
        return 0.0
    if not isinstance(item, str) or not item.startswith(AFTER):
        raise _Fault(place, f"expected when, found {found_in(item)}", "write for example `after 3h`")
    return _duration(place, item.removeprefix(AFTER).strip())


def _whom(place: Place, item: Any) -> str:
    if item is None or item is True:
        return FIRST_OTHER
    if not isinstance(item, str) or not item:
        raise _Fault(place, f"expected the name of another neuron, found {found_in(item)}", "write its name")
    return item


def _truth(place: Place, item: Any) -> bool:
    if item is not None and not isinstance(item, bool):
        raise _Fault(place, f"expected true or false, found {found_in(item)}", "write true or false, without quotes")
    return item is not False


def _unknown(place: Place, _: Any) -> Any:
    raise _no_such(place, place[-1], KEYS)


def _no_such(place: Place, word: Any, known: tuple[str, ...]) -> _Fault:
    hint = did_you_mean(str(word), known) or f"one of {', '.join(known)}"
    return _Fault(place, f"unknown trouble {found_in(word)}", hint)


_READERS: Mapping[str, Callable[[Place, Any], Any]] = {
    "duplicates": _whom,
    "lies": _truth,
    "stops_uploading": _after,
    "slow": _duration,
    "copies_weights": _whom,
}
_WINDOW: Mapping[str, Callable[[Place, Any], Any]] = {"from": _duration, "for": _duration}
_ALLOWANCE: Mapping[str, Callable[[Place, Any], Any]] = {"calls": _calls, "per": _duration}
_DURATION = {"type": "string", "pattern": rf"^{durations.DURATION.pattern}$"}
_WHOM = {"anyOf": [{"const": True}, {"type": "string", "minLength": 1}]}
_AFTER = {"anyOf": [{"const": True}, {"type": "string", "pattern": rf"^{AFTER}\s*{durations.DURATION.pattern}$"}]}
_NEURON = {
    "anyOf": [
        {"enum": list(WORDS)},
        {
            "type": "object",
            "additionalProperties": False,
            "minProperties": 1,
            "properties": {
                "duplicates": {**_WHOM, "description": "It shows and uploads what another miner has uploaded, twice."},
                "lies": {"type": "boolean", "description": "Most of what it stores is altered or invented."},
                "stops_uploading": {**_AFTER, "description": "It uploads no more, and says nothing of it."},
                "slow": {**_DURATION, "description": "How long each of its answers is held back."},
                "copies_weights": {**_WHOM, "description": "It evaluates nobody and sets another's weights."},
            },
        },
    ]
}
_SCHEMA = {
    "type": "object",
    "additionalProperties": _NEURON,
    "properties": {
        API: {
            "type": "object",
            "additionalProperties": False,
            "minProperties": 1,
            "properties": {
                "errors": {
                    "description": "From when every call fails, and for how long.",
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["from", "for"],
                    "properties": {"from": _DURATION, "for": _DURATION},
                },
                "limit": {
                    "description": "So many calls of a key in so much time.",
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["calls", "per"],
                    "properties": {"calls": {"type": "integer", "minimum": 1}, "per": _DURATION},
                },
            },
        }
    },
}
Troubles = Annotated[Planted, PlainValidator(_planted), WithJsonSchema(_SCHEMA)]
