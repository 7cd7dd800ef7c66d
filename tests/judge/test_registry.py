"""Every metric has a definition that can be checked: against its page, and against the packs that it reads by."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl import packs, profile
from netctl.judge.reference import reference
from netctl.judge.registry import METRICS
from netctl.judge.units import TARGETS
from netctl.judge.window import ALL
from tests.judge.made import Scene

pytestmark = pytest.mark.fast
ROOT = Path(__file__).parents[2]
OF_RESI_ALONE = {"index_error", "loop_failed"}


def test_the_page_of_definitions_is_what_the_program_measures_by() -> None:
    """`python -m netctl.judge.reference > docs/check-metrics.md` writes it anew."""
    assert (ROOT / "docs" / "check-metrics.md").read_text(encoding="utf-8") == reference()


@pytest.mark.parametrize("pack", ["resi", "rehearsal"])
def test_every_signal_that_a_metric_reads_is_one_of_the_packs(pack: str) -> None:
    spec = packs.load(pack).spec
    known = {role: {signal.name for signal in spec.signals_of(role)} for role in spec.roles}
    missing = {(role, name) for metric in METRICS.values() for role, name in metric.signals if name not in known[role]}
    assert {name for _, name in missing} <= OF_RESI_ALONE | {"metagraph_failed"}
    needed = {signal for metric in METRICS.values() for signal in metric.needed}
    assert needed.isdisjoint(missing)


@pytest.mark.parametrize("name", METRICS)
def test_a_definition_names_the_lines_that_it_is_made_of(name: str) -> None:
    metric = METRICS[name]
    assert set(metric.needed) <= set(metric.signals)
    for _, signal in metric.needed:
        assert f"`{signal}`" in metric.means or f"`{signal}`" in metric.needs, signal
    for parameter in metric.parameters:
        assert f"`{parameter.name}" in metric.means + metric.needs, parameter.name
        assert parameter.means.endswith((".", "incentive."))
    assert metric.unit in TARGETS


@pytest.mark.parametrize("name", METRICS)
def test_nothing_at_all_is_not_decided_and_says_what_is_missing(name: str) -> None:
    found = Scene(miners=("miner_1", "miner_2"), until=1.0).measured(name)
    assert found.why
    undecided = found.value is None or (found.most is not None and found.most > found.value)
    assert undecided, found


@pytest.mark.parametrize(
    "path", [ROOT / "profiles" / f"{name}.yaml" for name in ("day2", "day2-geo")], ids=lambda p: p.stem
)
def test_the_plans_criteria_are_in_both_profiles(path: Path) -> None:
    criteria = profile.load(path).criteria
    groups = [criterion.group for criterion in criteria]
    assert groups == sorted(groups, key=["minimum", "optimal", "stretch"].index)
    asked = {criterion.metric for criterion in criteria}
    of_the_plan = {
        "response_rate evaluation_interval evaluation_cadence evaluation_duration api_coverage api_success",
        "upload_success foreign_uploads zipcodes_covered volume_reward uniqueness_bonus duplicates_paid",
        "samples_per_evaluation load_balance convergence_time processor_use memory_use crashes network_errors",
    }
    assert set(" ".join(of_the_plan).split()) <= asked
    assert asked & {"premium_advantage", "premium_correlation"}
    assert all(criterion.says for criterion in criteria if criterion.group != "stretch" and criterion.window == ALL)


def test_a_metric_that_nobody_asks_for_is_no_dead_weight() -> None:
    """Shipped profiles use them all, but for what another says already."""
    asked = {
        criterion.metric for path in (ROOT / "profiles").glob("day2*.yaml") for criterion in profile.load(path).criteria
    }
    assert METRICS.keys() - asked <= {"evaluations_finished", "connections"}
