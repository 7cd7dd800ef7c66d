"""The verdicts of two runs side by side, each by the profile that it ran by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from netctl.compare.comparison import compared
from netctl.compare.judged import of_verdicts
from netctl.runs.finding import Kept
from netctl.runs.record import Member, Pack, Profile
from netctl.store.database import FILE
from tests.judge.booked import recorded
from tests.recorded import ADDRESSES, BEGIN, Book
from tests.runs.made import run

WRITTEN = """\
name: two
network: test
netuid: 428
neurons: {pack: resi, path: ./checkout}
defaults: {env: {MINER_EVAL_PERIOD_MINUTES: 5}}
miners:
  - {name: "miner_{i}", count: 2, wallet: "w{i}", hotkey: h}
validators:
  - {name: validator_1, wallet: v1, hotkey: h, stake: 310}
rehearsal: {time_scale: 10}
criteria:
  minimum: {miners_responding: all}
  stretch: {validator_agreement: ">= 0.8"}
"""


def kept(place: Path, name: str, *, silent: str = "", text: str = WRITTEN) -> Kept:
    """A run with its store; the profile that it ran by is at no path any more."""
    state = place / name / "two-rehearsal"
    state.mkdir(parents=True)
    recorded(Book(state / FILE, pack="rehearsal"), silent=silent)
    members = tuple(
        Member(neuron, "miner" if neuron.startswith("miner") else "validator", "w", "h", None, ADDRESSES[neuron], None)
        for neuron in ("miner_1", "miner_2", "validator_1")
    )
    record = run(
        "20251124-160000",
        began=BEGIN - 1,
        neurons=members,
        pack=Pack("rehearsal", ""),
        profile=Profile("/gone/two.yaml", "", text),
        time_scale=10.0,
    )
    return Kept(record, state, BEGIN + 500, None, running=False)


def test_what_was_true_in_one_run_and_false_in_the_other_is_told(tmp_path: Path) -> None:
    a, b = kept(tmp_path, "a"), kept(tmp_path, "b", silent="miner_2")
    pairs = {(pair.group, pair.name): pair for pair in compared(a, b, (of_verdicts,)).pairs}
    verdict = pairs["verdict", "minimum: miners_responding"]
    assert [figure.value for figure in (verdict.a, verdict.b) if figure] == ["true", "false"]
    measured = pairs["measured", "minimum: miners_responding"]
    assert (measured.difference, measured.unit) == (-1.0, "count")
    assert not pairs["verdict", "stretch: validator_agreement"].differs


@pytest.mark.slow
@pytest.mark.parametrize("text", [WRITTEN.split("criteria:")[0], "name: [", WRITTEN + "unknown: 1\n"])
def test_a_profile_without_criteria_or_none_at_all_gives_no_verdict(tmp_path: Path, text: str) -> None:
    assert list(of_verdicts(kept(tmp_path, "a", text=text))) == []


@pytest.mark.slow
def test_a_pack_that_is_gone_gives_no_verdict(tmp_path: Path) -> None:
    found = kept(tmp_path, "a")
    assert list(of_verdicts(replace(found, run=replace(found.run, pack=Pack("./gone", ""))))) == []
