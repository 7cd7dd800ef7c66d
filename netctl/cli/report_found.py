"""Looks up what `netctl report` tells: the run, its store, its fleet and pack, and what its miners hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from netctl import packs
from netctl.capsules.keeping import mask_of_neuron
from netctl.capsules.masking import Mask, mask_of
from netctl.capsules.orders import keepings_of
from netctl.cli.check_found import case_of, line_at
from netctl.cli.coverage_found import coverage_found
from netctl.cli.runs import open_in, run_meant
from netctl.cli.selection import load_fleet
from netctl.cli.words import Words
from netctl.coverage.coverage import Coverage
from netctl.coverage.places import rows_of
from netctl.coverage.universe import Universe, universe_of
from netctl.errors import NetctlError, PrerequisiteError
from netctl.fleet import Fleet
from netctl.judge.judging import judge
from netctl.judge.verdicts import Judgement, Verdict
from netctl.logs.lines import without_colours
from netctl.packs import Pack
from netctl.render.sources import read_sources
from netctl.report.facts import Facts, Line, Recorded
from netctl.report.reading import read
from netctl.report.scenarios import criteria
from netctl.report.told import Unknown
from netctl.runs.finding import Kept, past_of
from netctl.runs.fleet_then import fleet_then
from netctl.store.database import looked_into
from netctl.store.histories import Window

LONGEST = 360
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class _Fleet:
    """The run's fleet by the profile that it ran by, with its pack."""

    fleet: Fleet
    pack: Pack


@contextmanager
def report_facts(word: str, words: Words) -> Iterator[Facts]:
    """The facts of the run that a word means, while the store is open; UsageError.

    What cannot be told is unknown with its reason: a report is made of what there is.
    """
    kept = run_meant(word, words)
    named = _known(lambda: _fleet_of(kept, words))
    mask = _mask(kept, named)
    with _recorded(kept, named) as recorded:
        yield _facts(kept, words, named, recorded, mask)


def _facts(
    kept: Kept, words: Words, named: _Fleet | Unknown, recorded: Recorded | Unknown, mask: Callable[[str], str]
) -> Facts:
    from netctl.cli.agreement_found import agreement_within
    from netctl.cli.budget_found import budget_found
    from netctl.cli.coverage_map import drawn
    from netctl.cli.strategies_found import strategies_found

    def of_fleet(look: Callable[[Fleet], Found]) -> Found | Unknown:
        if isinstance(named, Unknown):
            return named
        return recorded if isinstance(recorded, Unknown) else _known(lambda: look(named.fleet))

    window = Window(kept.run.began, kept.until)
    last = is_last(kept)
    coverage = of_fleet(_coverage) if last else Unknown("later runs have changed what the miners' databases hold")
    judged = of_fleet(lambda fleet: _judged(fleet, kept))
    return Facts(
        kept=kept,
        recorded=recorded,
        judgement=judged if isinstance(judged, Unknown) else judged[0],
        scenarios=judged if isinstance(judged, Unknown) else judged[1],
        universe=named if isinstance(named, Unknown) else _known(lambda: _universe(named)),
        coverage=coverage,
        agreement=of_fleet(lambda fleet: agreement_within(fleet, window)),
        strategies=of_fleet(lambda fleet: strategies_found(fleet, within=window)),
        budget=of_fleet(lambda fleet: budget_found(fleet, window)),
        drawing=None if isinstance(coverage, Unknown) else drawn(coverage),
        notes=tuple(_notes(kept, named, is_named=words.profile is not None)),
        line=_line(mask),
        masked=mask,
    )


def _known(look: Callable[[], Found]) -> Found | Unknown:
    try:
        return look()
    except NetctlError as error:
        return Unknown(error.message.rstrip("."))


def _coverage(fleet: Fleet) -> Coverage:
    found = coverage_found(fleet)
    if not found.readable:
        problems = dict.fromkeys(miner.problem or "" for miner in found.miners)
        raise PrerequisiteError(f"no miner's database could be read ({'; '.join(problems) or 'there is no miner'})")
    return found


def _universe(named: _Fleet) -> Universe:
    listed = named.pack.spec.zipcodes
    if listed is None:
        raise PrerequisiteError(f"pack {named.pack.name} says nothing of zipcodes")
    return universe_of(listed, rows_of(named.fleet, named.pack, listed, read_sources(named.fleet, named.pack)))


def _judged(fleet: Fleet, kept: Kept) -> tuple[Judgement, Mapping[str, Verdict]]:
    """The verdicts on the profile's criteria, and those that the plan's scenarios ask for; nothing is read twice."""
    whole = judge(case_of(fleet, kept), (*fleet.criteria, *criteria()))
    own, asked = whole.verdicts[: len(fleet.criteria)], whole.verdicts[len(fleet.criteria) :]
    return replace(whole, verdicts=own), {verdict.criterion.name: verdict for verdict in asked}


def is_last(kept: Kept) -> bool:
    """Whether no later run of the fleet has been."""
    runs = past_of(kept.state, open_in, kept.until).runs
    return not runs or runs[-1].run.id == kept.run.id


def _fleet_of(kept: Kept, words: Words) -> _Fleet:
    """By the profile that it ran by, or as the one that is named has it now."""
    fleet = fleet_then(kept) if words.profile is None else replace(load_fleet(words.profile, words), state=kept.state)
    return _Fleet(fleet, packs.load(fleet.code.pack, fleet.profile_path.parent))


@contextmanager
def _recorded(kept: Kept, named: _Fleet | Unknown) -> Iterator[Recorded | Unknown]:
    if not kept.store.exists():
        yield Unknown("nothing was recorded of it: there is no metrics.db")
        return
    spec = None if isinstance(named, Unknown) else named.pack.spec
    tells: dict[str, frozenset[str]] | None = None
    if spec is not None:
        tells = {role: frozenset(signal.name for signal in spec.signals_of(role)) for role in spec.roles}
    with ExitStack() as stack:
        yield _known(lambda: read(stack.enter_context(looked_into(kept.store)), kept, tells))


def _digest(profile: Path) -> str:
    try:
        return sha256(profile.read_bytes()).hexdigest()
    except OSError:
        return ""


def _notes(kept: Kept, named: _Fleet | Unknown, *, is_named: bool) -> Iterator[str]:
    if kept.running:
        yield "The run goes on: this is what was known when the report was made"
    elif kept.run.end is None:
        yield "Nobody said that the run ended: its end is when it was last sampled"
    if len(kept.run.profiles) > 1:
        yield "The profile was changed under way; the verdict is by the criteria of the last one"
    if (
        is_named
        and not isinstance(named, Unknown)
        and _digest(named.fleet.profile_path) != kept.run.profiles[-1].sha256
    ):
        yield f"Told by {named.fleet.profile_path.name} as it is now: the run went by another version of it"
    if isinstance(named, Unknown):
        yield f"The run's profile could not be read, so that only metrics.db is told of: {named.why}"


def _mask(kept: Kept, named: _Fleet | Unknown) -> Callable[[str], str]:
    """Takes every neuron's secrets out of a text."""
    if isinstance(named, Unknown):
        masks: list[Mask] = [mask_of(path, ()) for path in sorted((kept.state / "env").glob("*.env"))]
    else:
        masks = [mask_of_neuron(keeping) for keeping in keepings_of(named.fleet, named.pack).values()]

    def masked(text: str) -> str:
        for mask in masks:
            text = mask(text)
        return text

    return masked


def _line(mask: Callable[[str], str]) -> Line:
    def line(path: str, offset: int) -> str | None:
        found = line_at(path, offset)
        if found is None:
            return None
        text = _CONTROL.sub("", without_colours(mask(found))).strip()
        return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"

    return line
