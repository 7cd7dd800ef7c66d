"""Packs: what netctl knows of a subnet's programs, as files under templates/<pack>/. Adding one needs no Python."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError
from pydantic import ValidationError

from netctl.cause import Cause
from netctl.errors import Fault, PrerequisiteError, ProfileError
from netctl.fleet import Role
from netctl.pack_model import PackFile, RoleSpec
from netctl.profile import probe_rules, source
from netctl.profile.suggest import did_you_mean
from netctl.profile.tree import Refusal
from netctl.signals.reading import Reader
from netctl.signals.spec import Signal
from netctl.supplied import supplied

FILE = "pack.yaml"
MEND = "mend the pack; nothing was changed"
PACKS_KEPT = 8
PACKAGE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack as loaded: its directory, what pack.yaml says, and the text of every other file by its path there."""

    name: str
    root: Path
    spec: PackFile
    texts: Mapping[str, str] = field(repr=False)

    def role(self, role: Role) -> RoleSpec:
        """How to run that role; PrerequisiteError where the pack does not know it."""
        found = self.spec.roles.get(role)
        if found is None:
            raise PrerequisiteError(
                f"pack {self.name} runs no {role}", hint=f"add roles: {role}: to {self.root / FILE}"
            )
        return found


def jinja() -> Environment:
    """The environment that every template of a pack is rendered in: strict, and no markup."""
    return Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)  # noqa: S701 - no HTML


def shelves() -> tuple[Path, ...]:
    """The directories that hold packs: an installed wheel's own, or the repository's beside the package."""
    shelf = supplied("templates")
    return (shelf,) if shelf is not None else ()


def pack_names() -> tuple[str, ...]:
    """The packs that can be named in a profile, sorted."""
    return tuple(sorted({path.parent.name for shelf in shelves() for path in shelf.glob(f"*/{FILE}")}))


def find(pack: str, beside: Path | None = None) -> Path:
    """The directory of a pack: by name, or by a path (relative to `beside`) that holds a pack.yaml.

    PrerequisiteError where there is none.
    """
    for shelf in shelves():
        if (shelf / pack / FILE).is_file() and pack in pack_names():
            return shelf / pack
    place = (beside or Path()) / Path(pack).expanduser()
    if "/" in pack and (place / FILE).is_file():
        return place.resolve()
    hint = did_you_mean(pack, pack_names()) or f"known packs: {', '.join(pack_names())}"
    raise PrerequisiteError(f"pack {pack}: not found", hint=hint)


def load(pack: str, beside: Path | None = None) -> Pack:
    """Read and check a pack; ProfileError with every fault, its file and line.

    The files are read every time, and checked again once one of them says something else.
    """
    root = find(pack, beside)
    try:
        said = source.text_of(root / FILE)
    except Refusal as refusal:
        raise ProfileError(source.refused(root / FILE, refusal).faults, hint=MEND) from None
    paths = sorted(root.rglob("*"))
    return _checked(root, said, tuple((str(p.relative_to(root)), p.read_text("utf-8")) for p in paths if _is_text(p)))


@lru_cache(maxsize=PACKS_KEPT)
def _checked(root: Path, said: str, others: tuple[tuple[str, str], ...]) -> Pack:
    """The pack whose pack.yaml and other files say this; checking it takes longer than many a look at a fleet."""
    document = source.parse(said, root / FILE)
    texts = dict(others)
    faults = list(document.faults)
    if document.value is None or faults:
        raise ProfileError(faults, hint=MEND)
    try:
        spec = PackFile.model_validate(document.value)
    except ValidationError as exc:
        raise ProfileError(
            [fault for error in exc.errors(include_url=False) for fault in _told(document, error)],
            hint="mend the pack: docs/packs.md explains each key",
        ) from None
    faults = [*_mistakes(document, spec, texts), *_template_faults(root, texts), *_expression_faults(document)]
    if faults:
        raise ProfileError(faults, hint="mend the pack: docs/packs.md explains each key")
    return Pack(root.name, root, spec, MappingProxyType(texts))


def _is_text(path: Path) -> bool:
    return path.is_file() and path.name != FILE and not path.name.startswith(".") and path.suffix != ".pyc"


def _fault(document: source.Document, place: tuple[str | int, ...], message: str, hint: str = "") -> Fault:
    known = tuple(part for part in place if part != "[key]")
    return document.fault(known, message[:1].lower() + message[1:], hint)


def _told(document: source.Document, error: Any) -> list[Fault]:
    """One error of the model; what a field's own validator says has a hint."""
    if error["type"] != "netctl":
        return [_fault(document, error["loc"], error["msg"])]
    return [_fault(document, (*error["loc"], *under), text, hint) for under, text, hint in error["ctx"]["faults"]]


def _mistakes(document: source.Document, spec: PackFile, texts: Mapping[str, str]) -> list[Fault]:
    """What no single field shows: templates that are missing, roles out of order, regular expressions."""
    faults = []
    if spec.pack != document.path.parent.name:
        faults.append(
            _fault(document, ("pack",), f"{spec.pack} lies in {document.path.parent.name}/", "name both alike")
        )
    faults += _holdings_faults(document, spec)
    faults += _api_faults(document, spec)
    faults += _activity_faults(document, spec)
    for role, part in spec.roles.items():
        here: tuple[str | int, ...] = ("roles", role)
        if role not in spec.launch.order:
            faults.append(_fault(document, ("launch", "order"), f"{role} is missing", "list every role of the pack"))
        for number, file in enumerate(part.files):
            place = (*here, "files", number)
            named = file.template or file.copy_of
            if named is None or (file.template and file.copy_of):
                faults.append(_fault(document, place, "needs either template or copy_of", "name a file of the pack"))
            elif named not in texts:
                hint = did_you_mean(named, texts)
                faults.append(_fault(document, place, f"{named} is not in the pack", hint or "add the file"))
        faults += _pattern_faults(document, here, part.ready.log)
        faults += _probe_faults(document, here)
        faults += _cause_faults(document, here, part.causes)
        faults += _signal_faults(document, here, part.signals, spec.signals_of(role))
    return [*faults, *_cause_faults(document, (), spec.causes), *_signal_faults(document, (), spec.signals)]


def _holdings_faults(document: source.Document, spec: PackFile) -> Iterator[Fault]:
    held = spec.holdings
    if held is None:
        return
    miner = spec.roles.get("miner")
    owned = [one.what for one in miner.owns if one.kind == "file"] if miner is not None else []
    if held.owned not in owned:
        hint = did_you_mean(held.owned, owned) or "name one of the files in roles.miner.owns"
        yield _fault(document, ("holdings", "owned"), f"no miner owns a file {held.owned}", hint)
    if spec.zipcodes is None:
        yield _fault(document, ("holdings",), "there is no list of zipcodes to hold it against", "add zipcodes:")
    if held.validation is None:
        return
    known = zipcode_fields(spec)
    for part in ("asked", "passed", "refused"):
        for number, name in enumerate(getattr(held.validation, part)):
            if name not in known:
                place = ("holdings", "validation", part, number)
                hint = did_you_mean(name, known) or "name a signal of validators with a field of kind zipcode"
                yield _fault(document, place, f"no signal {name} has a zipcode", hint)


def _api_faults(document: source.Document, spec: PackFile) -> Iterator[Fault]:
    for number, told in enumerate(spec.api.told if spec.api is not None else ()):
        known = [signal.name for signal in spec.signals_of(told.role)]
        if told.signal not in known:
            hint = did_you_mean(told.signal, known) or f"name a signal of {told.role}s"
            place = ("api", "told", number, "signal")
            yield _fault(document, place, f"no {told.role} has a signal {told.signal}", hint)


def _activity_faults(document: source.Document, spec: PackFile) -> Iterator[Fault]:
    if spec.activity is None:
        return
    for part, role in (("looked", "miner"), ("rounds", "miner"), ("sent", "miner"), ("quality", "validator")):
        said = getattr(spec.activity, part)
        if said is None:
            continue
        signals = {signal.name: signal for signal in spec.signals_of("miner" if role == "miner" else "validator")}
        if said.signal not in signals:
            hint = did_you_mean(said.signal, signals) or f"name a signal of {role}s"
            yield _fault(document, ("activity", part, "signal"), f"no {role} has a signal {said.signal}", hint)
            continue
        key = "outcome" if part == "quality" else "amount"
        field = getattr(said, key)
        fields = fields_of(signals[said.signal])
        if field is not None and field not in fields:
            hint = did_you_mean(field, fields) or f"it has {', '.join(fields) or 'none'}"
            yield _fault(document, ("activity", part, key), f"signal {said.signal} has no field {field}", hint)
    if spec.activity.looked.signal not in zipcode_fields(spec, "miner"):
        hint = "name a signal of miners with a field of kind zipcode"
        yield _fault(document, ("activity", "looked", "signal"), "it tells of no zipcode", hint)


def fields_of(signal: Signal) -> tuple[str, ...]:
    """Every field that an event of the signal has: its groups, and what it is sorted into."""
    return (*signal.groups, *([signal.sort.into] if signal.sort is not None else []))


def zipcode_fields(spec: PackFile, role: Role = "validator") -> Mapping[str, str]:
    """The signals of a role that tell of a zipcode, each with the field that holds it."""
    return {
        signal.name: field
        for signal in spec.signals_of(role)
        for field in signal.groups
        if signal.kind_of(field) == "zipcode"
    }


def _cause_faults(document: source.Document, here: tuple[str | int, ...], causes: tuple[Cause, ...]) -> Iterator[Fault]:
    names = [cause.name for cause in causes]
    for number, name in enumerate(names):
        if name in names[:number]:
            yield _fault(document, (*here, "causes", number, "name"), f"{name} is named twice", "name each once")


def _signal_faults(
    document: source.Document,
    here: tuple[str | int, ...],
    own: tuple[Signal, ...],
    all_of_role: tuple[Signal, ...] = (),
) -> Iterator[Fault]:
    names = Counter(signal.name for signal in all_of_role or own)
    for number, signal in enumerate(own):
        place = (*here, "signals", number)
        if names[signal.name] > 1:
            yield _fault(document, (*place, "name"), f"{signal.name} is named twice", "name each once")
        reader = Reader(signal)
        for at, example in enumerate(signal.examples):
            if not reader.read(example):
                yield _fault(
                    document, (*place, "examples", at), "the signal does not take its own example", "mend match"
                )
        for at, example in enumerate(signal.no_examples):
            if reader.read(example):
                yield _fault(document, (*place, "no_examples", at), "the signal takes it all the same", "mend match")


def _pattern_faults(document: source.Document, here: tuple[str | int, ...], pattern: str | None) -> list[Fault]:
    try:
        re.compile(pattern or "")
    except re.error as exc:
        return [_fault(document, (*here, "ready", "log"), f"not a regular expression: {exc}", "escape brackets")]
    return []


def _probe_faults(document: source.Document, here: tuple[str | int, ...]) -> list[Fault]:
    role = (document.value or {})["roles"][here[1]]
    place = (*here, "probes")
    found = list(probe_rules.of_list(role.get("probes"), place, whole=True))
    ready = role.get("ready") or {}
    for number, probe in enumerate(role.get("probes") or ()):
        if probe["name"] in ready:
            found.append(((*place, number, "name"), f"{probe['name']} is a probe of ready: too", "name it otherwise"))
    return [_fault(document, *finding) for finding in found]


def _template_faults(root: Path, texts: Mapping[str, str]) -> list[Fault]:
    faults = []
    for name, text in texts.items():
        if not name.endswith(".j2"):
            continue
        try:
            jinja().parse(text)
        except TemplateError as exc:
            faults.append(Fault(root / name, getattr(exc, "lineno", None), "", f"not a template: {exc}"))
    return faults


def _expression_faults(document: source.Document) -> list[Fault]:
    """Jinja syntax errors in the values of pack.yaml itself, with their lines."""
    faults = []
    for place, text in document.texts.items():
        if "{" not in text:
            continue
        try:
            jinja().parse(text)
        except TemplateError as exc:
            faults.append(_fault(document, place, f"not a template: {exc}", "close every {{ and {%"))
    return faults
