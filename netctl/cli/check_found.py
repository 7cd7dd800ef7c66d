"""Brings together what `netctl check` judges by: the fleet, one of its runs, its hotkeys, its environment."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

from netctl import packs
from netctl.agreement.evidence import NOBODY_ASKED, Reveal
from netctl.cli.agreement_found import reveal_of
from netctl.cli.coverage_found import hotkey_address
from netctl.cli.runs import open_in
from netctl.fleet import Fleet
from netctl.judge.criterion import Criterion
from netctl.judge.judging import EVER, Case
from netctl.judge.periods import periods_of
from netctl.judge.registry import METRICS
from netctl.logs import LogFile
from netctl.logs.packed import PackedLog, is_packed
from netctl.runs.finding import Kept, past_of
from netctl.store.histories import Window

LONGEST_LINE = 1000
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def case_of(fleet: Fleet, kept: Kept | None = None, *, ingested: bool = False, reveal: Reveal = NOBODY_ASKED) -> Case:
    """What is judged of a fleet: this run of it, or else its last one; all that is recorded where none is kept."""
    pack = packs.load(fleet.code.pack, fleet.profile_path.parent)
    if kept is None and not ingested:
        kept = next(reversed(past_of(fleet.state, open_in, time.time()).runs), None)
    then = {each.name: each.hotkey_ss58 for each in kept.run.neurons} if kept is not None else {}
    hotkeys = {neuron.name: hotkey_address(fleet, neuron) or then.get(neuron.name) for neuron in fleet.neurons}
    return Case(
        fleet=fleet,
        pack=pack,
        hotkeys={name: address for name, address in hotkeys.items() if address is not None},
        periods=periods_of(fleet, pack, dict(os.environ)),
        run=None if kept is None else kept.run.id,
        window=EVER if kept is None else Window(kept.run.began, kept.until),
        ingested=ingested,
        reveal=reveal,
        ended=kept is not None and kept.run.end is not None and not kept.running,
    )


def reveal_for(fleet: Fleet, criteria: Sequence[Criterion], kept: Kept | None) -> Reveal:
    """The chain's rule for revealing weights, where a criterion goes by it: of a run that is named it is not known."""
    asked = any(METRICS[criterion.metric].by_reveal for criterion in criteria)
    return reveal_of(fleet) if asked and kept is None and len(fleet.validators) > 1 else NOBODY_ASKED


def line_at(path: str, offset: int) -> str | None:
    """The line that begins there in a log or its archives, without its colours; None where it is gone."""
    place = Path(path)
    try:
        log = PackedLog(place) if is_packed(place) else LogFile(place)
        content = log.read(offset, LONGEST_LINE)
    except (OSError, EOFError):
        return None
    line = _COLOUR.sub("", content.split(b"\n", 1)[0].decode("utf-8", errors="replace"))
    return line or None
