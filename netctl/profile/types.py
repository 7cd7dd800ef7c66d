"""The kinds of value that a profile has: amounts, durations, zipcodes, addresses, paths and the like.

Each is a validator that says what it found, and a JSON Schema for editors. None reads a file or the environment.
"""

from __future__ import annotations

import ipaddress
import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, ByteSize, PlainValidator, TypeAdapter, WithJsonSchema

from netctl import durations
from netctl.fleet import Stagger
from netctl.money import Rao, rao_from_tao
from netctl.networks import NETWORKS, network_of
from netctl.profile.suggest import did_you_mean
from netctl.profile.words import expected, number_text, wrong

_AMOUNT = re.compile(r"[0-9]{1,8}(?:\.[0-9]{1,9})?|\.[0-9]{1,9}")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_PERCENT = re.compile(r"([0-9]{1,2}(?:\.[0-9]{1,6})?)\s?%")
_ZIPCODE = re.compile(r"[0-9]{5}")
_SIZE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,3})?\s?[kKMGT]i?B")
_BYTES = TypeAdapter(ByteSize)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise expected("text", value)
    if not value.strip():
        raise wrong("empty text", "write something, or leave the key out")
    if len(value) > 4096:
        raise wrong(f"a text of {len(value)} characters", "4096 is the most")
    return value


def _line(value: Any) -> str:
    text = _text(value)
    if any(character in text for character in "\n\r\t"):
        raise wrong("text of more than one line", "write it in one line")
    return text


def _tao(value: Any) -> Rao:
    text = number_text(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        raise expected("an amount of TAO", value, "write a number such as 0.0005")
    if text.startswith("-"):
        raise wrong(f"an amount of TAO below zero: {text[:40]}", "write it without the sign")
    if re.fullmatch(r"[0-9]*\.[0-9]{10,}", text):
        raise wrong(f"an amount of TAO with more than nine decimals: {text[:40]}", "one rao is 0.000000001 TAO")
    if not _AMOUNT.fullmatch(text):
        raise expected("an amount of TAO", value, "write a number such as 0.0005")
    amount_rao = rao_from_tao(text)
    if amount_rao > 21_000_000 * 10**9:
        raise wrong(f"more TAO than there will ever be: {text}", "21000000 is the most")
    return amount_rao


def _duration(value: Any) -> float:
    if not isinstance(value, str):
        raise expected("a duration", value, "write it with its unit: 30s, 5m, 1h")
    try:
        return durations.seconds_of(value)
    except ValueError as exc:
        raise wrong(str(exc), "write it with its unit, a year at most: 30s, 5m, 1h") from exc


def _block_time(value: Any) -> float:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        value = f"{number_text(value)}s"
    seconds = _duration(value)
    if not 0.01 <= seconds <= 60:
        raise wrong(f"a block time of {seconds:g} seconds is out of range", "0.01 to 60")
    return seconds


def _share(value: Any) -> float:
    share: Decimal | None = None
    if isinstance(value, str) and (percent := _PERCENT.fullmatch(value)):
        share = Decimal(percent[1]) / 100
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        share = Decimal(value)
    if share is None:
        raise expected("a share", value, "write for example 5%, or 0.05")
    if not 0 < share < 1:
        raise wrong(f"a share of {value} is out of range", "more than 0% and less than 100%: 5%, or 0.05")
    return float(share)


def _size(value: Any) -> int:
    if not isinstance(value, str) or not _SIZE.fullmatch(value):
        raise expected("a size", value, "write it with its unit: 50MB, 1GB")
    size = int(_BYTES.validate_python(value))
    if not 1_000_000 <= size <= 10**12:
        raise wrong(f"a size of {value} is out of range", "1MB to 1TB")
    return size


def _factor(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise expected("a number", value, "write for example 60")
    if not 1 <= value <= 10_000:
        raise wrong(f"a time scale of {value} is out of range", "1 to 10000")
    return float(value)


def _frequency(value: Any) -> int:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        value = f"{number_text(value)}s"
    seconds = _duration(value)
    if seconds < 1 or seconds != int(seconds):
        raise wrong(f"expected whole seconds, found {value}", "write seconds, as the plan does: 300")
    return int(seconds)


def _stagger(value: Any) -> Stagger:
    if not isinstance(value, str):
        raise expected("auto, all, a duration or a number of blocks", value, "write for example auto, 30s or 1block")
    try:
        return durations.stagger_of(value)
    except ValueError as exc:
        hint = did_you_mean(value, durations.STAGGER_WORDS) or "write for example auto, all, 30s or 1block"
        raise wrong(f"{value!r} is not a stagger", hint) from exc


def _zipcode(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        text = str(value)
        if len(text) < 5:
            raise wrong(f"the zipcode {text} has lost its leading zero", f'quote it: "{text:0>5}"')
        value = text
    if not isinstance(value, str):
        raise expected("a zipcode", value, 'write five digits in quotes: "08701"')
    if not _ZIPCODE.fullmatch(value):
        raise wrong(f"{value[:40]!r} is not a zipcode", 'write five digits in quotes: "08701"')
    return value


def _zipcodes(zipcodes: tuple[str, ...]) -> tuple[str, ...]:
    if not zipcodes:
        raise wrong("a list without zipcodes", "leave the key out for all of them")
    twice = [zipcode for number, zipcode in enumerate(zipcodes) if zipcode in zipcodes[:number]]
    if twice:
        raise wrong(f"the zipcode {twice[0]} is given twice", "keep one")
    return zipcodes


def _strategy_name(value: Any) -> str:
    text = _line(value)
    if not _WORD.fullmatch(text):
        raise wrong(f"{text[:60]!r} cannot name a strategy", "letters, digits, _ and -, at most 64")
    return text


def _network(value: Any) -> str:
    word = _line(value)
    try:
        network_of(word)
    except ValueError as exc:
        hint = did_you_mean(word, NETWORKS) or "write finney, test, local or a ws:// address"
        raise wrong(str(exc), hint) from exc
    return word


def _netuid(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise expected("a netuid", value, "write the subnet's number: 428")
    if value == 0:
        raise wrong("netuid 0 is the root network, which has no miners", "write the subnet's number: 428")
    if not 0 < value <= 65535:
        raise wrong(f"netuid {value} is out of range", "1 to 65535")
    return value


def _ip(value: Any) -> str:
    if not isinstance(value, str):
        raise expected("an IP address", value)
    try:
        address = ipaddress.ip_address(value)
    except ValueError as exc:
        raise wrong(f"{value[:60]!r} is not an IP address", "write for example 203.0.113.7") from exc
    if address.is_multicast:
        raise wrong(f"{value} is a multicast address", "write the address at which others reach this machine")
    return str(address)


def _path(value: Any) -> str:
    text = _line(value)
    if text.startswith("~") and text != "~" and not text.startswith("~/"):
        raise wrong(f"{text[:60]!r} is in somebody's home", "write the path out, or ~/ for your own home")
    if "\0" in text:
        raise wrong("a path with a NUL byte", "take it out")
    return text


def _uids(value: Any) -> tuple[int, ...]:
    uids = value if isinstance(value, tuple) else (value,)
    for uid in uids:
        if isinstance(uid, bool) or not isinstance(uid, int):
            raise expected("a uid, or a list of them", uid, "write for example 5, or [7, 8, 9] beside `count: 3`")
        if not 0 <= uid <= 65535:
            raise wrong(f"uid {uid} is out of range", "0 to 65535")
    return uids


_TAO_SCHEMA = {"type": ["number", "string"], "minimum": 0, "pattern": r"^([0-9]{1,8}(\.[0-9]{1,9})?|\.[0-9]{1,9})$"}
_DURATION_SCHEMA = {"type": "string", "pattern": rf"^{durations.DURATION.pattern}$"}
_UID_SCHEMA = {"type": "integer", "minimum": 0, "maximum": 65535}
_STAGGER_PATTERN = rf"^(auto|all|{durations.BLOCKS.pattern}|{durations.DURATION.pattern})$"
_NETWORK_SCHEMA = {"type": "string", "anyOf": [{"enum": list(NETWORKS)}, {"pattern": "^wss?://"}]}
_ZIPCODE_SCHEMA = {
    "anyOf": [{"type": "string", "pattern": "^[0-9]{5}$"}, {"type": "integer", "minimum": 10000, "maximum": 99999}]
}

Text = Annotated[str, PlainValidator(_line), WithJsonSchema({"type": "string", "minLength": 1})]
Tao = Annotated[Rao, PlainValidator(_tao), WithJsonSchema(_TAO_SCHEMA)]
Duration = Annotated[float, PlainValidator(_duration), WithJsonSchema(_DURATION_SCHEMA)]
BlockTime = Annotated[
    float,
    PlainValidator(_block_time),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0.01, "maximum": 60}, _DURATION_SCHEMA]}),
]
Factor = Annotated[float, PlainValidator(_factor), WithJsonSchema({"type": "number", "minimum": 1, "maximum": 10000})]
Share = Annotated[
    float,
    PlainValidator(_share),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
                {"type": "string", "pattern": f"^{_PERCENT.pattern}$"},
            ]
        }
    ),
]
Size = Annotated[int, PlainValidator(_size), WithJsonSchema({"type": "string", "pattern": f"^{_SIZE.pattern}$"})]
StrategyName = Annotated[
    str, PlainValidator(_strategy_name), WithJsonSchema({"type": "string", "pattern": f"^{_WORD.pattern}$"})
]
Frequency = Annotated[
    int, PlainValidator(_frequency), WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, _DURATION_SCHEMA]})
]
Pause = Annotated[Stagger, PlainValidator(_stagger), WithJsonSchema({"type": "string", "pattern": _STAGGER_PATTERN})]
Zipcode = Annotated[str, PlainValidator(_zipcode), WithJsonSchema(_ZIPCODE_SCHEMA)]
Zipcodes = Annotated[tuple[Zipcode, ...], AfterValidator(_zipcodes)]
NetworkWord = Annotated[str, PlainValidator(_network), WithJsonSchema(_NETWORK_SCHEMA)]
Netuid = Annotated[int, PlainValidator(_netuid), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 65535})]
IpAddress = Annotated[str, PlainValidator(_ip), WithJsonSchema({"type": "string", "minLength": 2})]
PathText = Annotated[str, PlainValidator(_path), WithJsonSchema({"type": "string", "minLength": 1})]
Uids = Annotated[
    tuple[int, ...],
    PlainValidator(_uids),
    WithJsonSchema({"anyOf": [_UID_SCHEMA, {"type": "array", "items": _UID_SCHEMA, "minItems": 1}]}),
]
