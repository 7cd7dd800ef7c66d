"""A whole fleet, rendered in memory: what `files` writes and `sessions` starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from netctl.fleet import Fleet
from netctl.identity.claims import shared
from netctl.identity.clashes import shown
from netctl.packs import Pack
from netctl.ports import Exclusive
from netctl.render.neuron import Rendered, Rendering, render
from netctl.render.sources import read_sources
from netctl.step import Blocked

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class RenderedFleet:
    """The neurons that can be started, and why the others cannot; `whole` are all whose bytes are known."""

    pack: Pack
    rendered: tuple[Rendered, ...]
    blocked: tuple[Blocked, ...]
    notes: tuple[str, ...]
    whole: tuple[Rendered, ...]

    def of(self, name: str) -> Rendered | None:
        """One neuron's rendering, None where it is blocked or unknown."""
        return next((one for one in self.rendered if one.neuron == name), None)

    @property
    def exclusives(self) -> tuple[Exclusive, ...]:
        """What neurons of these roles must have to themselves."""
        return tuple(dict.fromkeys(one for each in self.whole for one in each.exclusives))


def render_fleet(fleet: Fleet, pack: Pack, operator: Mapping[str, str]) -> RenderedFleet:
    """Read the sources and render every neuron; PrerequisiteError for a pack that cannot be rendered."""
    sources = read_sources(fleet, pack)
    renderings = [render(fleet, neuron, pack, operator, sources) for neuron in fleet.neurons]
    whole = tuple(one.rendered for one in renderings if one.rendered is not None)
    alike = tuple(_shared(whole))
    rendered = tuple(one for one in whole if one.neuron not in {why.neuron for why in alike})
    blocked = (*(why for one in renderings for why in one.blocked), *alike)
    notes = tuple(dict.fromkeys(note for one in renderings for note in one.notes))
    return RenderedFleet(pack, rendered, blocked, (*notes, *_different(pack, renderings)), whole)


def _shared(rendered: tuple[Rendered, ...]) -> Iterator[Blocked]:
    """Neurons that would have one port, hotkey or file between them: none of them can be started."""
    for one in shared([each.claims for each in rendered]):
        thing = shown(one.use.what, one.use.value)
        for name in one.neurons:
            others = [f"{other}'s" for other in one.neurons if other != name]
            more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
            yield Blocked(name, f"{thing} is also {', '.join(others[:MOST_NAMED])}{more}", "give each one of its own")


def _different(pack: Pack, renderings: list[Rendering]) -> list[str]:
    """Variables that the pack wants to be one in the whole fleet, and are not."""
    notes = []
    wanted = [name for needs in (pack.spec.needs, *(r.needs for r in pack.spec.roles.values())) for name in needs.same]
    for name in wanted:
        values = {
            one.neuron: value
            for one in renderings
            if one.rendered and (value := one.rendered.variable(name)) is not None
        }
        if len(set(values.values())) > 1:
            listed = ", ".join(f"{neuron} {value}" for neuron, value in values.items())
            notes.append(f"{name} should be the same for every neuron, and is not: {listed}")
    return notes
