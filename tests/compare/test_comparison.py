"""Two runs side by side: what ran, what came out, and what is not known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netctl.cli.compare_report import difference_text, number_text, show_comparison
from netctl.compare.comparison import Comparison, Pair, compared
from netctl.compare.figure import Figure
from netctl.compare.ran import ran
from netctl.errors import UsageError
from netctl.runs.finding import Kept
from netctl.runs.record import Change, Profile
from netctl.store.database import change, opened
from tests.runs.made import MINER, RUN, run
from tests.store.written import chain_row, event, look, process, state_row

pytestmark = pytest.mark.fast


def test_a_run_differs_from_itself_in_nothing() -> None:
    found = ran(RUN, RUN)
    assert (found.differs, found.profile) == ((), ())
    assert {"profile", "code", "seeds", "neurons"} <= set(found.same)


def test_everything_that_ran_otherwise_is_told() -> None:
    other = run(
        "20261128-130000",
        profile=Profile("/p/day2.yaml", "ef" * 32, RUN.profile.text.replace("$KEY", "$OTHER")),
        code=None,
        versions=replace(RUN.versions, netctl="0.2.0", runtime=462),
        host=replace(RUN.host, cores=8),
        neurons=(replace(MINER, strategy="premium", hotkey_ss58="5Other"), RUN.neurons[1]),
        seeds={"miner_1": {"WORLD_SEED": 8}},
        time_scale=60.0,
    )
    found = ran(RUN, other)
    told = {each.what: (each.a, each.b) for each in found.differs}
    assert told == {
        "profile": ("ab" * 32, "ef" * 32),
        "code": ("d2c4d9a12b3c", "stand-ins"),
        "netctl": ("0.1.0", "0.2.0"),
        "runtime": ("461", "462"),
        "cores": ("2", "8"),
        "time scale": ("1", "60"),
        "seeds": ("WORLD_SEED 7", "WORLD_SEED 8"),
        "miner_1: strategy": ("organic", "premium"),
        "miner_1: hotkey": ("5H1", "5Other"),
        "miner_1: seeds": ("WORLD_SEED 7", "WORLD_SEED 8"),
        "validator_1": ("validator", ""),
    }
    assert [line for line in found.profile if line[:1] in "+-" and line[:3] not in ("+++", "---")] == [
        "-defaults: {env: {KEY: $KEY}}",
        "+defaults: {env: {KEY: $OTHER}}",
    ]


def test_a_profile_that_was_another_under_way_is_told_with_both() -> None:
    later = Profile("/p/day2.yaml", "ef" * 32, "name: other\n")
    changed = replace(RUN, changes=(Change(5.0, 5, ("miner_1",), later), Change(6.0, 6, ("miner_1",))))
    (difference,) = ran(RUN, changed).differs
    assert difference.b == f"{'ab' * 32}, then {'ef' * 32}"
    assert "+name: other" in ran(RUN, changed).profile


def kept(place: Path, name: str, *, incentives: tuple[float, float], evaluations: int, restarts: int) -> Kept:
    """A run of an hour whose miners earned so, with as many evaluations of miner_1."""
    record = run(name, began=1000.0)
    with opened(place / "metrics.db") as store, change(store):
        for number, time in enumerate((1000.0, 2800.0, 4600.0)):
            look(store, time, block=100 + 10 * number, epoch=number)
        for uid, (member, incentive) in enumerate(zip(record.neurons, (*incentives, 0.0), strict=True)):
            chain_row(store, uid, 1000.0, member.hotkey_ss58, incentive=incentive, emission_rao=int(incentive * 1e10))
        for number in range(evaluations):
            event(store, "validator_1", "evaluated", 1000.0 + number, uid=0, score=10.0)
        event(store, "validator_1", "evaluated", 1000.0, uid=1, score=20.0)
        state_row(store, "miner_1", 1000.0, "running", restarts)
        for time, cpu in ((1000.0, 0.0), (4600.0, 360.0)):
            process(store, "miner_1", time, pid=1, started=1.0, cpu_s=cpu, memory=50_000_000, written=0)
    return Kept(record, place, 4600.0, 120, running=False)


@pytest.fixture
def two(tmp_path: Path) -> Comparison:
    """A run in which miner_2 leads, and one in which miner_1 does, in two state directories."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    a = kept(tmp_path / "a", "20261128-120000", incentives=(0.25, 0.75), evaluations=4, restarts=0)
    b = kept(tmp_path / "b", "20261128-130000", incentives=(0.5, 0.5), evaluations=6, restarts=3)
    return compared(a, b)


def values(found: Comparison) -> dict[tuple[str, str], Any]:
    """A, B and their difference, by neuron and figure."""
    return {
        (pair.neuron, pair.name): (pair.a and pair.a.value, pair.b and pair.b.value, pair.difference)
        for pair in found.pairs
    }


def test_what_came_out_is_told_by_neuron(two: Comparison) -> None:
    found = values(two)
    assert found["miner_1", "incentive"] == (0.25, 0.5, 0.25)
    assert found["miner_1", "emission"] == (2.5, 5.0, 2.5)
    assert found["miner_1", "rank by incentive"] == (2, 1, -1)
    assert found["miner_2", "rank by incentive"] == (1, 1, 0)
    assert found["miner_1", "score"] == (10.0, 10.0, 0.0)
    assert found["miner_2", "rank by score"] == (1, 1, 0)
    assert found["validator_1", "evaluated"] == (5, 7, 2.0)
    assert found["miner_1", "restarts"] == (0, 3, 3)
    assert found["miner_1", "processor"] == (0.1, 0.1, 0.0)
    assert found["", "blocks"] == (20, 20, 0)
    assert ("validator_1", "incentive") not in found


def test_a_count_is_compared_by_what_comes_in_an_hour(two: Comparison) -> None:
    short = replace(two.b, until=1000.0 + 1800.0)
    (pair,) = [pair for pair in compared(two.a, short).pairs if pair.name == "evaluated"]
    assert (pair.a and pair.a.per_hour, pair.b and pair.b.per_hour) == (5.0, 14.0)
    assert (pair.difference, pair.ratio) == (9.0, 1.8)
    assert difference_text(pair) == "+9/h (+180 %)"


def test_another_trade_adds_figures_by_one_more_source(two: Comparison) -> None:
    def verdicts(kept: Kept) -> list[Figure]:
        return [Figure("check", "", "miners_responding", kept.run.id.endswith("130000"))]

    (pair,) = compared(two.a, two.b, (verdicts,)).pairs
    assert (pair.differs, pair.difference, pair.a and pair.a.value) == (True, None, False)


def test_a_run_without_samples_is_compared_by_what_ran_and_says_why(two: Comparison, tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    alone = replace(two.b, state=tmp_path / "c")
    found = compared(two.a, alone)
    assert found.unknown[0][0] == "20261128-130000"
    assert "metrics.db is not there" in found.unknown[0][1]
    assert values(found)["miner_1", "incentive"] == (0.25, None, None)
    with opened(tmp_path / "c" / "metrics.db"):
        pass
    assert "nothing was sampled of it" in compared(two.a, alone).unknown[0][1]


def test_a_neuron_that_neither_had_is_refused(two: Comparison) -> None:
    with pytest.raises(UsageError, match="neither run had a neuron miner_9"):
        show_comparison(two, only=["miner_9"], every=False, as_json=False)


def test_people_see_what_differs(two: Comparison, capsys: pytest.CaptureFixture[str], golden: Any) -> None:
    show_comparison(two, only=(), every=False, as_json=False)
    out, err = capsys.readouterr()
    assert err == ""
    golden("compare.txt", out)
    show_comparison(compared(two.a, two.a), only=["miner_1"], every=False, as_json=False)
    assert capsys.readouterr().out.splitlines()[-1] == "what came out is the same, to the last figure"
    show_comparison(compared(two.a, replace(two.b, running=True)), only=["miner_1"], every=False, as_json=False)
    assert "1970-01-01 00:16 UTC on, still running, 1h" in capsys.readouterr().out.splitlines()[1]


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        (0.25, 0.2583, "+0.0083 (+3.3 %)"),
        (1, 3, "+2 (+200 %)"),
        (0, 3, "+3"),
        (5.0, 5.0, ""),
        (1e-38, 2.0, "+2"),
        ("x", "y", ""),
        (None, 2, ""),
        (True, False, ""),
    ],
)
def test_a_difference_is_told_shortly(a: Any, b: Any, told: str) -> None:
    assert difference_text(Pair("g", "n", "f", "", Figure("g", "n", "f", a), Figure("g", "n", "f", b))) == told


@pytest.mark.parametrize(
    ("value", "told"), [(0.0, "0"), (2.26e-38, "2.3e-38"), (0.25, "0.2500"), (12.345, "12.35"), (163919.5, "163920")]
)
def test_a_number_has_the_digits_that_a_difference_needs(value: float, told: str) -> None:
    assert number_text(value) == told
