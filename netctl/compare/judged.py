"""What `netctl check` says of a run: each criterion of the profile that it ran by, and what was measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from netctl import packs, profile, resolve
from netctl.compare.figure import Figure
from netctl.errors import NetctlError
from netctl.fleet import Fleet
from netctl.judge.judging import Case, judge
from netctl.judge.periods import periods_of
from netctl.judge.verdicts import Verdict
from netctl.runs.finding import Kept
from netctl.store.histories import Window

WORDS = {True: "true", False: "false", None: "not yet"}


def of_verdicts(kept: Kept) -> Iterator[Figure]:
    """Verdicts by name, and the figure of each; none where the profile that was kept cannot be read, or has none."""
    try:
        fleet = _fleet_of(kept)
        if not fleet.criteria:
            return
        judgement = judge(_case_of(kept, fleet))
    except NetctlError:
        # A pack or a file that it names may be gone by now.
        return
    for verdict in judgement.verdicts:
        yield Figure("verdict", "", _name(verdict), WORDS[verdict.ok])
    for verdict in judgement.verdicts:
        yield Figure("measured", "", _name(verdict), verdict.measured.value, verdict.metric.unit)


def _name(verdict: Verdict) -> str:
    return f"{verdict.criterion.group}: {verdict.criterion.name}"


def _fleet_of(kept: Kept) -> Fleet:
    run = kept.run
    path = Path(run.profiles[-1].path)
    written = profile.loads(run.profiles[-1].text, path)
    network = run.chain.endpoint if run.chain.kind == "custom" else run.chain.kind
    found = resolve.resolve(
        written,
        profile_path=path,
        state_home=kept.state.parent,
        python=Path(),
        network=None if run.rehearsal else network,
        rehearse=run.rehearsal,
    )
    return replace(found, state=kept.state)


def _case_of(kept: Kept, fleet: Fleet) -> Case:
    pack = packs.load(kept.run.pack.name, fleet.profile_path.parent)
    return Case(
        fleet=fleet,
        pack=pack,
        hotkeys={each.name: each.hotkey_ss58 for each in kept.run.neurons if each.hotkey_ss58 is not None},
        periods=periods_of(fleet, pack, {}),
        run=kept.run.id,
        window=Window(kept.run.began, kept.until),
    )
