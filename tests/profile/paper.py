"""The tables of docs/profile.md, made from the profile's models: one for each section, a row for each field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import annotated_types as bounds
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from netctl.profile import api_keys, criteria, hosts, mappings, model, probe_types, section, troubles, types
from netctl.profile.hyperparameters import Multiplier

PAPER = Path(__file__).parents[2] / "docs" / "profile.md"
_KINDS: Sequence[tuple[Any, str]] = (
    (types.Text, "text"),
    (types.PathText, "path"),
    (types.Tao, "TAO"),
    (types.Duration, "duration"),
    (types.BlockTime, "seconds, or duration; 0.01 to 60 s"),
    (types.Factor, "number, 1 to 10000"),
    (types.Frequency, "whole seconds, or duration"),
    (types.Share, "share, above 0% and below 100%"),
    (types.Size, "size, 1MB to 1TB"),
    (types.StrategyName, "word"),
    (types.Pause, "`auto`, `all`, duration or `Nblock`"),
    (types.Zipcodes, "list of zipcodes"),
    (types.NetworkWord, "network"),
    (types.Netuid, "whole number, 1 to 65535"),
    (types.IpAddress, "IP address"),
    (types.Uids, "uid, or list of uids"),
    (section.Port, "port, 1025 to 65534"),
    (mappings.Env, "mapping of variables"),
    (mappings.Arguments, "mapping of options, or list"),
    (mappings.EnvFiles, "path, or list of paths"),
    (mappings.Files, "mapping of paths"),
    (model.Strategy, "word, or mapping"),
    (model.Restart, "word, or mapping"),
    (model.Chaos, "true, false, or mapping"),
    (criteria.Criteria, "mapping of groups"),
    (troubles.Troubles, "mapping of neurons"),
    (Multiplier, "number above 0, 10 at most"),
    (probe_types.ProbeName, "word, 40 characters at most"),
    (probe_types.Pattern, "regular expression"),
    (probe_types.Span, "duration"),
    (probe_types.Age, "duration, `Nblocks` or `Ntempos`"),
    (probe_types.Period, "duration, 1s at least"),
    (probe_types.PortOf, "`axon`, or port"),
    (probe_types.Command, "list of words"),
    (probe_types.Loopback, "address on loopback"),
    (hosts.Engine, "address of an engine"),
    (hosts.Image, "image, by id or digest"),
    (hosts.Reachable, "IP address"),
    (hosts.NodeName, "name of a node"),
    (tuple[hosts.Mount, ...], "list of directories"),
    (hosts.Labels, "mapping of labels"),
    (hosts.NodeOrLabels, "name of a node, or mapping of labels"),
    (hosts.Cpus, "number, 0.01 to 1024"),
    (hosts.FailoverWord, "`off` or `auto`"),
    (get_type_hints(hosts.NodeFields, include_extras=True)["roles"], "list of `miner`, `validator`"),
    (get_type_hints(api_keys.ApiKeys, include_extras=True)["variable"], "name of a variable"),
    (get_type_hints(api_keys.ApiKeys, include_extras=True)["keys"], "list of `$NAME`"),
    (get_type_hints(api_keys.ApiKeys, include_extras=True)["since"], "day, in quotes"),
)
_PLAIN: Mapping[Any, str] = {bool: "true or false", int: "whole number", str: "text"}
_BOTH_ENDS = {(0, 2**64 - 1): "0 to 2^64-1", (0, 2**31): "0 to 2^31"}


def models() -> dict[str, type[BaseModel]]:
    """Every mapping that a profile is made of, by the name of its class, in the order in which they are met."""
    found: dict[str, type[BaseModel]] = {}

    def walk(kind: Any) -> None:
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__name__ not in found:
            for above in reversed(kind.__mro__):
                if above is not kind and issubclass(above, section.Section) and above is not section.Section:
                    found.setdefault(above.__name__, above)
            found[kind.__name__] = kind
            for hint in get_type_hints(kind, include_extras=True).values():
                walk(hint)
        for inner in get_args(kind):
            walk(inner)

    walk(model.Profile)
    return found


def table(kind: type[BaseModel], shown: Mapping[tuple[str, str], Any]) -> str:
    """The fields that the section has of its own; `shown` are the values that the page's examples give them."""
    hints = get_type_hints(kind, include_extras=True)
    rows = [("field", "type", "left out", "example", "what it is")]
    for name in own_fields(kind):
        field = kind.model_fields[name]
        example = field.examples[0] if field.examples else shown.get((kind.__name__, name))
        cells = (f"`{field.alias or name}`", kind_of(hints[name], field), default_of(field), _example(example))
        rows.append((*cells, _said(field, hints[name])))
    kept = [column for column in zip(*rows, strict=True) if set(column[1:]) != {"-"}]
    lines = [f"| {' | '.join(row)} |" for row in zip(*kept, strict=True)]
    return "\n".join([lines[0], "|---" * len(kept) + "|", *lines[1:]])


def own_fields(kind: type[BaseModel]) -> list[str]:
    """The fields that no section which it extends has already."""
    inherited = {name for above in kind.__mro__[1:] for name in getattr(above, "model_fields", {})}
    return [name for name in kind.model_fields if name not in inherited]


def kind_of(hint: Any, field: FieldInfo | None = None) -> str:
    """A type in the words of the page; KeyError for one that it has no words for yet."""
    named = next((words for known, words in _KINDS if hint == known), None)
    if named is not None:
        return named
    origin, inner = get_origin(hint), [part for part in get_args(hint) if part is not NoneType]
    if origin in (Union, UnionType):
        return kind_of(inner[0], field) if len(inner) == 1 else " or ".join(kind_of(part) for part in inner)
    if origin is Literal:
        return " or ".join(f"`{word}`" for word in inner)
    if origin is Annotated and inner[0] is int:
        return _ranged(inner[1].metadata)
    if origin is tuple:
        return "list of mappings"
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return "mapping"
    return _ranged(field.metadata) if hint is int and field is not None else _PLAIN[hint]


def _ranged(metadata: Sequence[Any]) -> str:
    low = next((one.ge for one in metadata if isinstance(one, bounds.Ge)), None)
    high = next((one.le for one in metadata if isinstance(one, bounds.Le)), None)
    return f"whole number, {_BOTH_ENDS.get((low, high), f'{low} to {high}')}"


def default_of(field: FieldInfo) -> str:
    """What holds where the field is left out: as a person writes it, `-` for nothing."""
    if field.is_required():
        return "**must be there**"
    extra = field.json_schema_extra
    written = extra.get("default") if isinstance(extra, dict) else None
    if written is None and field.default_factory is None and not isinstance(field.default, tuple):
        written = field.default
    return "-" if written is None or field.is_required() else f"`{_written(written)}`"


def _example(value: Any) -> str:
    is_small = isinstance(value, str | int | float) or (isinstance(value, list) and bool(value))
    is_small = is_small and not (isinstance(value, list) and isinstance(value[0], dict))
    return f"`{_written(value)}`" if is_small else "-"


def _written(value: Any) -> str:
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value)


def _said(field: FieldInfo, hint: Any) -> str:
    if field.description:
        return field.description.replace("|", "\\|")
    return next((str(kind.__doc__).split("\n")[0] for kind in _models_in(hint)), "")


def _models_in(hint: Any) -> Iterator[type[BaseModel]]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for inner in get_args(hint):
        yield from _models_in(inner)


def marks(name: str) -> tuple[str, str]:
    """Between which lines of the page the table of that section stands."""
    return f"<!-- {name}: written by the tests -->", f"<!-- end of {name} -->"


def written(text: str) -> str:
    """The page with every table as the models have it; KeyError where one has no place."""
    found = shown(text)
    for name, kind in models().items():
        begin, end = marks(name)
        if begin not in text or end not in text:
            raise KeyError(f"docs/profile.md has no place for {name}: add {begin} and {end}")
        before, after = text.split(begin, 1)[0], text.split(end, 1)[1]
        text = f"{before}{begin}\n\n{table(kind, found)}\n\n{end}{after}"
    return text


def examples(text: str) -> list[str]:
    """The YAML of the page, block by block."""
    return re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)


def shown(text: str) -> dict[tuple[str, str], Any]:
    """The first value that the page's YAML gives each field, by the section that has it of its own."""
    found: dict[tuple[str, str], Any] = {}

    def walk(kind: type[BaseModel], written: Any) -> None:
        hints = get_type_hints(kind, include_extras=True)
        for name, field in kind.model_fields.items():
            if not isinstance(written, dict) or (field.alias or name) not in written:
                continue
            value = written[field.alias or name]
            owner = next(k for k in kind.__mro__ if issubclass(k, BaseModel) and name in own_fields(k))
            found.setdefault((owner.__name__, name), value)
            for inner in _models_in(hints[name]):
                for one in value if isinstance(value, list) else [value]:
                    walk(inner, one)

    for example in examples(text):
        walk(model.Profile, yaml.safe_load(example))
    return found
