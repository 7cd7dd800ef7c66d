"""What of the runtime is modelled, approximated and refused: counted off the metadata and the code's own marks.

`python -m netctl.devchain.modelled` prints the page that docs/modelled.md keeps, with --json the same as a document.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

from netctl.devchain.apis import APIS
from netctl.devchain.chain import Chain
from netctl.devchain.codec import Codec
from netctl.devchain.dispatch import Runtime
from netctl.devchain.genesis import build
from netctl.devchain.options import ChainOptions
from netctl.devchain.pallet import Api, Pallet, approximation
from netctl.devchain.pallets import PALLETS
from netctl.devchain.pallets.admin_table import SETTERS
from netctl.devchain.pallets.subtensor.standing import RULES
from netctl.devchain.queries import ANSWERED_HERE
from netctl.devchain.rpc.server import RpcServer
from netctl.devchain.runtime import packed_runtime

Standing = Literal["modelled", "approximated", "refused", "zero", "missing"]
UNREAD = "kept and shown, but nothing goes by it"


@dataclass(frozen=True)
class Entry:
    """One call, rule of a block, API or RPC method: `group` is its pallet, API or namespace, `how` a difference."""

    kind: Literal["call", "rule", "api", "rpc"]
    group: str
    name: str
    standing: Standing
    how: str | None = None


def entries() -> tuple[Entry, ...]:
    """Everything that a client of this runtime can ask for, in the order of the metadata, and what goes on unasked."""
    codec = packed_runtime(ChainOptions()).codec
    return (*_calls(codec), *(Entry("rule", *rule) for rule in RULES), *_apis(codec), *_rpc())


def _standing(note: str | None) -> Standing:
    return "modelled" if note is None else "approximated"


def _calls(codec: Codec) -> Iterator[Entry]:
    modelled = {pallet.name: pallet for pallet in PALLETS}
    read = names_read()
    for pallet, names in codec.registry.calls().items():
        for name in names:
            yield _call(modelled.get(pallet), pallet, name, read)


def _call(model: Pallet | None, pallet: str, name: str, read: frozenset[str]) -> Entry:
    if model is not None and name in model.rules:
        note = approximation(type(model), name)
        return Entry("call", pallet, name, _standing(note), note)
    if model is None or name not in model.others():
        return Entry("call", pallet, name, "refused")
    setter = SETTERS.get(name)
    note = UNREAD if setter is not None and setter.item not in read else None
    return Entry("call", pallet, name, _standing(note), note)


def _apis(codec: Codec) -> Iterator[Entry]:
    modelled = {api.name: api for api in APIS}
    for full in codec.apis:
        group, _, name = full.partition("_")
        api: Api | None = modelled.get(group)
        if full in ANSWERED_HERE:
            yield Entry("api", group, name, "modelled")
        elif api is None or name not in api.methods:
            yield Entry("api", group, name, "zero")
        else:
            note = approximation(type(api), name)
            yield Entry("api", group, name, _standing(note), note)


def _rpc() -> Iterator[Entry]:
    chain = Chain(ChainOptions(seal="manual"), Runtime(PALLETS, APIS), build)
    try:
        for name, note in sorted(RpcServer(chain).notes().items()):
            yield Entry("rpc", name.partition("_")[0], name, _standing(note), note)
    finally:
        chain.close()


def names_read() -> frozenset[str]:
    """The storage items of SubtensorModule that any rule of the pallets names, other than to set or list them."""
    sources = dict(_sources(files("netctl.devchain").joinpath("pallets")))
    del sources["admin_table.py"]
    constants = dict(re.findall(r'^(\w+) = _item\("(\w+)"\)', sources.pop("items.py"), re.MULTILINE))
    del sources["admin.py"]
    text = "\n".join(sources.values())
    used = {item for constant, item in constants.items() if re.search(rf"\bitems\.{constant}\b", text)}
    cells = dict(re.findall(r'^(\w+) = (?:_cell\(|Cell\([\w.]+, )"(\w+)"', text, re.MULTILINE))
    used |= {item for constant, item in cells.items() if re.search(rf"\b{constant}\.(?:get|take|exists)\(", text)}
    return frozenset(used | set(re.findall(r'Item\([\w.]+, "(\w+)"\)', text)))


def _sources(folder: Traversable) -> Iterator[tuple[str, str]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _sources(each)
        elif each.name.endswith(".py"):
            yield each.name if each.name != "__init__.py" else f"{folder.name}.__init__", each.read_text("utf-8")


# The page

INTRODUCTION = """\
# What is modelled

Generated from the code by `python -m netctl.devchain.modelled`; a test holds it to what the code says.
[The embedded chain](embedded-chain.md) is the page to read first.

*Modelled* follows the runtime of spec 461 in state, events, errors and their order. *Approximated* does what clients
rely on and differs as said. *Refused*: the call fails with `System.CallFiltered`. *Zero*: the runtime API answers
a zero of its declared type, since clients hang on errors for APIs that the metadata names. What is refused or zero is
counted, the chain's log names it, and `netctl chain status` shows it. *Missing*: what does not happen here.
"""
HEADINGS = {
    "call": ("Calls", "pallet", ("modelled", "approximated", "refused")),
    "rule": ("What blocks do by themselves", "when", ("modelled", "approximated", "missing")),
    "api": ("Runtime APIs", "API", ("modelled", "approximated", "zero")),
    "rpc": ("JSON-RPC", "namespace", ("modelled", "approximated")),
}
AFTER = "Any other JSON-RPC method answers -32601, `Method not found`, and is counted too."


def page(found: Iterable[Entry]) -> str:
    """The page in Markdown."""
    found = tuple(found)
    parts = [INTRODUCTION]
    for kind, (title, group, standings) in HEADINGS.items():
        parts += [f"## {title}\n", *_summary([each for each in found if each.kind == kind], group, standings)]
        if kind == "rpc":
            parts.append(f"{AFTER}\n")
    return "\n".join(parts).rstrip("\n") + "\n"


def _summary(found: list[Entry], group: str, standings: tuple[str, ...]) -> Iterator[str]:
    rows = [(name, [_among(found, name, standing) for standing in standings]) for name in _groups(found)]
    yield f"| {group} | {' | '.join(standings)} |"
    yield f"|---|{'---|' * len(standings)}"
    for name, counts in rows:
        yield f"| {name} | {' | '.join(str(len(each) or '') for each in counts)} |"
    yield f"| all | {' | '.join(str(sum(len(counts[i]) for _, counts in rows)) for i in range(len(standings)))} |\n"
    for name, counts in rows:
        if any(counts):
            yield from _details(name, dict(zip(standings, counts, strict=True)))


def _details(group: str, by_standing: Mapping[str, list[Entry]]) -> Iterator[str]:
    yield f"### {group}\n"
    for standing, members in by_standing.items():
        plain = [each.name for each in members if each.how is None]
        if plain:
            yield f"- {standing}: {', '.join(plain)}"
    for standing, members in by_standing.items():
        by_note: dict[str, list[str]] = {}
        for each in members:
            if each.how is not None:
                by_note.setdefault(each.how, []).append(each.name)
        for note, names in by_note.items():
            yield f"- {standing}: {', '.join(names)}: {note}"
    yield ""


def _groups(found: Iterable[Entry]) -> list[str]:
    return list(dict.fromkeys(each.group for each in found))


def _among(found: Iterable[Entry], group: str, standing: str) -> list[Entry]:
    return [each for each in found if (each.group, each.standing) == (group, standing)]


def document(found: Iterable[Entry]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [vars(each) for each in found]


def main(argv: list[str]) -> int:
    """Print the page, or with --json the document."""
    found = entries()
    sys.stdout.write(json.dumps(document(found), indent=1) + "\n" if argv == ["--json"] else page(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
