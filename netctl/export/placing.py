"""An export's files against what lies in the directory: foreign files are never touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netctl.export.jobs import Exported, is_ours


@dataclass(frozen=True, slots=True)
class Placing:
    """What to do in the directory: `foreign` names keep all of it from being done."""

    write: tuple[Exported, ...]
    remove: tuple[str, ...]
    kept: tuple[str, ...]
    foreign: tuple[str, ...]


def placing(fleet: str, wanted: Sequence[Exported], found: Mapping[str, bytes]) -> Placing:
    """`found` is every file of the directory by name. Ours that nobody wants any more is removed."""
    names = {file.name for file in wanted}
    same = {file.name for file in wanted if found.get(file.name) == file.text.encode()}
    foreign = [name for name in sorted(names - same) if name in found and not is_ours(found[name], fleet)]
    stale = [name for name, content in sorted(found.items()) if name not in names and is_ours(content, fleet)]
    return Placing(
        tuple(file for file in wanted if file.name not in same), tuple(stale), tuple(sorted(same)), tuple(foreign)
    )
