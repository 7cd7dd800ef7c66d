"""Who is ahead and why, how many more fit, and which scenario it is: by facts of a few values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netctl.behaviour.discovery import Discovery
from netctl.behaviour.kinds import kinds_of
from netctl.behaviour.strategies import Course, Strategies
from netctl.budget.budget import budget_of
from netctl.budget.calls import Calls
from netctl.budget.forecast import Limit
from netctl.budget.keys import Key
from netctl.chain_time import ChainTime
from netctl.coverage.coverage import coverage_of
from netctl.fleet import NetworkKind
from netctl.judge.measured import Measured, unknown
from netctl.judge.registry import METRICS
from netctl.judge.verdicts import Judgement, Verdict, met
from netctl.report.ahead import Ahead, ahead_of
from netctl.report.answers import Findings
from netctl.report.facts import Facts, Recorded
from netctl.report.reading import WATCHED
from netctl.report.report import report_of
from netctl.report.ruling import outcome_of
from netctl.report.scaling import Bound, Scaling, scaling_of
from netctl.report.scenarios import SCENARIOS, best, criteria, matches_of
from netctl.report.sections.of_miners import told_ahead
from netctl.report.sections.whole import page_of
from netctl.report.standings import Samples, Standing, standings_of
from netctl.report.told import Unknown
from netctl.roll import roll_of
from netctl.store.activity import Slicing
from netctl.store.histories import Heard, Window
from netctl.store.outcomes import Used
from netctl.store.tellings import Telling
from tests.coverage.made import holding, universe
from tests.recorded import ADDRESSES, BEGIN, UIDS
from tests.report.made import LENGTH, MINERS, UNTOLD, kept_in

pytestmark = pytest.mark.fast

WINDOW = Window(BEGIN, BEGIN + LENGTH)
WEIGHED = replace(universe(), other_weight=0.4)


def facts(scores: dict[str, float], parts: dict[str, float], **changes: Any) -> Facts:
    """Miners with these scores, of whose uploads such parts are premium; each claims a kilobyte."""
    events = [
        heard("validator_1", name, at, "evaluated", score=score, credibility=1.0)
        for at in (10.0, 20.0)
        for name, score in scores.items()
    ]
    claims = [heard("validator_1", name, 5.0, "index_received", bytes=1000) for name in scores]
    recorded = Recorded(
        window=WINDOW,
        roll=roll_of({address: name for name, address in ADDRESSES.items()}, ()),
        time=ChainTime(()),
        scores=tuple(events),
        asked=tuple(claims),
        boosts=(),
        pay=(),
        held={},
        used=(),
        lived=(),
        states=(),
        tellings=dict.fromkeys(WATCHED, ()),
        slicing=Slicing(WINDOW, 96),
        samples=(),
        uploads=(),
        tells=None,
    )
    nothing = Discovery("", None, None, None, None, 0, None, None, None, (None, None))
    courses = tuple(
        Course(name, (), (), replace(nothing, miner=name), {"premium": part, "t1": 1 - part}, {})
        for name, part in parts.items()
    )
    strategies = Strategies(Slicing(WINDOW, 1), kinds_of(WEIGHED), courses, ())
    made = Facts(
        kept_in(Path("/s")), recorded, UNTOLD, UNTOLD, WEIGHED, UNTOLD, UNTOLD, strategies if parts else UNTOLD, UNTOLD
    )
    return replace(made, **changes)


def heard(neuron: str, about: str, at: float, signal: str, **fields: Any) -> Heard:
    return Heard(neuron, signal, BEGIN + at, UIDS[about], ADDRESSES[about], fields)


def ahead(scores: dict[str, float], parts: dict[str, float], **changes: Any) -> Ahead:
    made = facts(scores, parts, **changes)
    found = ahead_of(made, standings_of(made))
    assert isinstance(found, Ahead)
    return found


def test_the_premium_miner_leads_by_weight_where_another_would_without() -> None:
    found = ahead(
        {"miner_1": 100.0, "miner_2": 50.0, "miner_3": 10.0}, {"miner_1": 1.0, "miner_2": 0.0, "miner_3": 0.0}
    )
    assert (found.leader, found.specialist, found.lead, found.without) == ("miner_1", "miner_1", 2.0, "miner_2")
    assert found.by_weight is True
    # 4.0 against 0.4: its hundred would be ten.
    assert found.grounds[0].without == pytest.approx(10.0)
    assert found.paid == pytest.approx(100.0 / 30.0)


def test_it_is_not_the_weight_where_it_would_lead_all_the_same() -> None:
    found = ahead({"miner_1": 1000.0, "miner_2": 50.0}, {"miner_1": 1.0, "miner_2": 0.0})
    assert (found.is_premium, found.by_weight, found.without) == (True, False, "miner_1")


def test_a_part_of_premium_data_takes_a_part_of_the_weight_out() -> None:
    found = ahead({"miner_1": 100.0, "miner_2": 55.0}, {"miner_1": 0.5, "miner_2": 0.0})
    # Half of the bytes weigh 4.0 and half 0.4: 2.2 on average, of which 0.4 are left.
    assert found.grounds[0].without == pytest.approx(100 * 0.4 / 2.2)


def test_a_boost_for_uploads_has_no_weight_and_drowns_it_where_it_is_most_of_the_score() -> None:
    made = facts({"miner_1": 100.0, "miner_2": 50.0}, {"miner_1": 1.0, "miner_2": 0.0})
    assert isinstance(made.recorded, Recorded)
    boosts = (heard("validator_1", "miner_1", 9.0, "s3_boost", boost=90.0, score=100.0),)
    found = ahead_of(replace(made, recorded=replace(made.recorded, boosts=boosts)), standings_of(made))
    assert isinstance(found, Ahead)
    # Ninety stay, of ten one is left: it would lead with one weight, too.
    assert found.grounds[0].without == pytest.approx(91.0)
    assert (found.by_weight, found.drowned) == (False, True)
    assert "drowns what zipcodes weigh" in told_ahead(found)


@pytest.mark.parametrize("changes", [{"strategies": UNTOLD}, {"universe": UNTOLD}, {"universe": universe()}])
def test_what_zipcodes_weigh_or_whose_are_premium_is_not_made_up(changes: dict[str, Any]) -> None:
    found = ahead({"miner_1": 100.0, "miner_2": 50.0}, {"miner_1": 1.0, "miner_2": 0.0}, **changes)
    assert found.leader == "miner_1"
    assert (found.by_weight, found.without) == (None, None)


def test_nobody_is_ahead_without_a_score() -> None:
    made = facts({}, {})
    assert ahead_of(made, standings_of(made)) == Unknown("no miner has a score")


def loaded(**changes: Any) -> Facts:
    """Two miners that take a quarter of a core and a gigabyte each, on two cores with eight gibibytes."""
    made = facts({}, {})
    assert isinstance(made.recorded, Recorded)
    used = tuple(Used(name, 0.25, 9e8, 1_000_000_000, 20, 0, 0) for name in MINERS[:2])
    return replace(made, recorded=replace(made.recorded, used=used), **changes)


def bounds(made: Facts) -> dict[str, int | None]:
    found = scaling_of(made)
    assert isinstance(found, Scaling)
    return {bound.what: bound.more for bound in found.bounds}


def test_as_many_more_fit_as_cores_memory_keys_and_the_cycle_leave() -> None:
    calls = [Calls(name, 100, 0, 1000.0, None, None) for name in MINERS] + [
        Calls("validator_1", 100, 0, 4000.0, None, None)
    ]
    budget = budget_of(
        api="API",
        variable="K",
        real=True,
        scale=1.0,
        window=WINDOW,
        calls=calls,
        keys=[Key(1, "$K", None, (*MINERS, "validator_1"))],
        limit=Limit(14_000, 86_400.0),
        total=None,
        now=BEGIN,
    )
    duration = verdict("evaluation_duration < 1x", Measured(0.16))
    found = bounds(loaded(budget=budget, scenarios={duration.criterion.name: duration}))
    assert found == {
        "processor": 4,  # 1.6 cores less 0.5, a quarter each
        "memory": 4,  # 6.87 GB less 2, a gigabyte each
        "API": 3,  # 14,000 less 8,000 a day; 1,000 of its own and 1,000 of the validator's for it
        "validators' cycle": 16,  # 0.8 less 0.16, a quarter of 0.16 for each of four miners
        "chain's endpoint": None,
    }


def test_what_the_endpoint_is_asked_is_told_and_no_room_is_made_up() -> None:
    made = loaded()
    assert isinstance(made.recorded, Recorded)
    window = Window(BEGIN, BEGIN + 7200.0)
    tellings = {
        **made.recorded.tellings,
        ("miner", "resynced"): tuple(Telling(name, None, None, None, 6, 0.0, 1.0) for name in MINERS),
        ("validator", "metagraph_synced"): (Telling("validator_1", None, None, None, 10, 0.0, 1.0),),
        ("validator", "metagraph_failed"): (Telling("validator_1", None, None, None, 2, 0.0, 1.0),),
    }
    asked = replace(made, recorded=replace(made.recorded, window=window, tellings=tellings))

    def told(kind: NetworkKind) -> Bound:
        run = replace(asked.kept.run, chain=replace(asked.kept.run.chain, kind=kind))
        found = scaling_of(replace(asked, kept=replace(asked.kept, run=run)))
        assert isinstance(found, Scaling)
        return next(bound for bound in found.bounds if bound.what == "chain's endpoint")

    bound = told("test")
    assert "a request a second" in bound.has
    reads = (6 * len(MINERS) + 10) / 2
    assert bound.taken == f"{reads:.1f} reads an hour, 2 that failed"
    assert (bound.each, bound.more, told("custom").has) == ("3.0 reads an hour", None, "not known")


def test_a_full_box_has_room_for_none_and_what_is_not_known_is_no_figure() -> None:
    made = loaded()
    assert isinstance(made.recorded, Recorded)
    full = replace(made.recorded, used=tuple(Used(name, 1.0, 1e9, 1_000_000_000, 20, 0, 0) for name in MINERS))
    found = scaling_of(replace(made, recorded=full))
    assert isinstance(found, Scaling)
    assert found.tightest is not None
    assert (found.tightest.what, found.tightest.more) == ("processor", 0)
    assert bounds(made)["API"] is None
    assert scaling_of(facts({}, {})) == Unknown(
        "no process was sampled in this run: load is measured by the supervisor"
    )


def verdict(name: str, measured: Measured) -> Verdict:
    criterion = next(each for each in criteria() if each.name == name)
    return Verdict(criterion, METRICS[criterion.metric], measured, met(criterion, measured), WINDOW)


GOOD = {
    "miners_responding all": Measured(4.0, whole=4.0),
    "evaluation_cadence >= 90%": Measured(0.95),
    "premium_advantage > 1x": Measured(2.0),
    "regions_covered all": Measured(4.0, whole=4.0),
    "samples_per_evaluation >= 10": Measured(10.0),
    "miners_verified all": Measured(4.0, whole=4.0),
    "miners_with_duplicates none": Measured(0.0, whole=4.0),
    "evaluation_duration < 1x": Measured(0.2),
    "breadth_reward > 1x": Measured(2.0),
    "duplicates_paid none": Measured(0.0),
    "regions_validated all": Measured(4.0, whole=4.0),
    "evaluation_interval 0.9x to 2x": Measured(1.0),
    "volume_reward >= 0.5": Measured(0.9),
    "uniqueness_bonus > 1x": Measured(1.5),
}


def findings(**measured: Measured) -> Findings:
    """A run in which all is well, but for these metrics."""
    named = {name.partition(" ")[0]: name for name in GOOD}
    figures = GOOD | {named[metric]: each for metric, each in measured.items()}
    codes = ("77494", "10001", "58501", "99501")
    held = [holding("miner_1", dict.fromkeys(codes, 3)), holding("miner_2", dict.fromkeys(codes, 2))]
    made = loaded(
        scenarios={name: verdict(name, each) for name, each in figures.items()},
        coverage=coverage_of(WEIGHED, held, {}),
    )
    standings = tuple(
        Standing(name, 1, None, 3, place + 1, 10.0, 10.0, 1.0, 0.25, 1.0, Samples(30), 3)
        for place, name in enumerate(MINERS)
    )
    leads = ahead({"miner_1": 100.0, "miner_2": 50.0}, {"miner_1": 1.0, "miner_2": 0.0})
    return Findings(made, standings, leads, (), scaling_of(made))


def test_the_scenarios_ask_for_every_metric_that_they_need_once() -> None:
    assert [each.name for each in criteria()] == list(dict.fromkeys(GOOD))


def test_a_run_in_which_all_is_well_is_the_first_scenario() -> None:
    found = matches_of(findings())
    assert {each.says: each.ok for each in found[0].statements} == dict.fromkeys(
        (statement.says for statement in SCENARIOS[0].statements), True
    )
    assert [match.ok for match in found] == [True, None, True]
    match = best(found)
    assert match is not None
    assert match.number == 1


@pytest.mark.parametrize(
    ("measured", "oks"),
    [
        ({"evaluation_cadence": Measured(0.5)}, (False, None, True)),
        ({"premium_advantage": Measured(0.9)}, (False, None, True)),
        ({"samples_per_evaluation": Measured(9.0)}, (False, None, True)),
        ({"miners_verified": Measured(3.0, whole=4.0)}, (False, None, True)),
        ({"evaluation_duration": Measured(1.5)}, (True, False, True)),
        ({"breadth_reward": Measured(0.5)}, (True, False, False)),
        ({"uniqueness_bonus": unknown("too few")}, (True, None, None)),
        ({"regions_validated": Measured(3.0, whole=4.0)}, (True, None, False)),
    ],
)
def test_a_metric_that_fails_takes_its_scenario_away(
    measured: dict[str, Measured], oks: tuple[bool | None, ...]
) -> None:
    assert tuple(match.ok for match in matches_of(findings(**measured))) == oks


def test_none_of_the_scenarios_is_said_so() -> None:
    found = matches_of(
        findings(evaluation_cadence=Measured(0.5), breadth_reward=Measured(0.5), uniqueness_bonus=Measured(0.5))
    )
    assert best(found) is None


def test_the_verdict_is_false_for_one_and_open_for_one_and_its_naive_figure_is_told_where_it_differs() -> None:
    good, bad = (
        verdict("breadth_reward > 1x", Measured(2.0, naive=2.0)),
        verdict("breadth_reward > 1x", Measured(0.5, naive=3.0)),
    )
    still = verdict("breadth_reward > 1x", unknown("too few"))
    for verdicts, ok in (((good,), True), ((good, still), None), ((good, still, bad), False)):
        made = facts({}, {}, judgement=Judgement("f", rehearsal=True, verdicts=verdicts))
        found = outcome_of(made)
        assert not isinstance(found, Unknown)
        assert found.ok is ok
    assert [ruling.naive for ruling in found.rulings] == ["", "", "3.00x"]
    none = facts({}, {}, judgement=Judgement("f", rehearsal=True, verdicts=()))
    assert isinstance(outcome_of(none), Unknown)


def test_a_page_of_nothing_known_says_so_everywhere() -> None:
    made = facts({}, {}, recorded=UNTOLD, universe=UNTOLD)
    page = page_of(made, report_of(made))
    assert page.verdict == f"No verdict: {UNTOLD.why}"
    texts = [block for section in page.sections for part in section.parts for block in part.blocks]
    told = [getattr(block, "text", "") for block in texts]
    assert sum(UNTOLD.why in text for text in told) >= 8
    assert not [text for text in told if "None was found" in text]
