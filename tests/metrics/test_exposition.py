"""What is exposed: all of the catalogue and nothing else, in names and text that Prometheus takes."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from netctl.metrics.catalogue import METRICS
from netctl.metrics.exposition import STALE_S, STATES, Subject, samples, text
from netctl.store import latest
from netctl.store.latest import NOTHING, Now
from tests.metrics.stored import NOW, RUN, full
from tests.runs.made import ended_at

pytestmark = pytest.mark.fast

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
SUBJECT = Subject("day2-rehearsal", RUN, "0.1.0", NOW + 5)


@pytest.fixture
def seen(tmp_path: Path) -> Now:
    with full(tmp_path / "state") as store:
        return latest.now(store)


def parsed(subject: Subject, seen: Now) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample by its name and labels, as Prometheus' own parser reads the text."""
    found = {}
    for family in text_string_to_metric_families(text(lambda: (subject, seen))):
        for sample in family.samples:
            key = sample.name, tuple(sorted(sample.labels.items()))
            assert key not in found, "two samples of one name and labels"
            found[key] = sample.value
    return found


def of(found: dict[Any, float], name: str, **labels: str) -> list[float]:
    """The values of that name with these labels among theirs."""
    return [value for (each, about), value in found.items() if each == name and set(labels.items()) <= set(about)]


def test_every_metric_of_the_catalogue_is_exposed_with_its_type_and_labels(seen: Now) -> None:
    families = {family.name: family for family in text_string_to_metric_families(text(lambda: (SUBJECT, seen)))}
    for metric in METRICS:
        family = families.pop(metric.name.removesuffix("_total") if metric.kind == "counter" else metric.name)
        assert (family.type, family.documentation) == (metric.kind, metric.means)
        assert all(sample.name == metric.name and set(sample.labels) == set(metric.labels) for sample in family.samples)
    assert families == {}


def test_the_page_has_the_catalogue_as_it_is() -> None:
    rows = re.findall(
        r"^\| `(netctl_\w+)` \| (\w+) \| (.*?) \| (.*?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    labels = {metric.name: ", ".join(f"`{label}`" for label in metric.labels) for metric in METRICS}
    assert rows == [(metric.name, metric.kind, labels[metric.name], metric.means) for metric in METRICS]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_name_is_as_prometheus_wants_names(metric: Any) -> None:
    assert re.fullmatch(r"netctl(_[a-z0-9]+)+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert all(re.fullmatch(r"[a-z]+", label) for label in metric.labels)
    assert metric.means.endswith(".")
    wrong = r"_(ms|milliseconds|minutes|hours|kb|mb|gb|percent|rao)(_|$)"
    assert not re.search(wrong, metric.name), "a base unit is wanted"


def test_the_values_are_those_that_were_sampled_last_in_the_unit_of_the_name(seen: Now) -> None:
    found = parsed(SUBJECT, seen)
    assert of(found, "netctl_chain_block") == [400]
    assert of(found, "netctl_registration_price_tao") == [0.0005]
    assert of(found, "netctl_sample_age_seconds") == [5]
    assert of(found, "netctl_uid_incentive_ratio", uid="1", hotkey="5H1", neuron="miner_1") == [0.75]
    assert of(found, "netctl_uid_emission_alpha", uid="1") == [41e-9]
    assert of(found, "netctl_uid_stake_alpha", neuron="validator_1") == [3.5]
    assert of(found, "netctl_uid_incentive_ratio", uid="7", neuron="") == [0]
    assert of(found, "netctl_uid_incentive_ratio", uid="8") == []
    assert of(found, "netctl_neuron_balance_tao", neuron="miner_1") == [1.25]
    assert of(found, "netctl_neuron_restarts_total", neuron="miner_1", role="miner") == [2]
    assert of(found, "netctl_events_total", neuron="miner_1", signal="scraped") == [2]
    assert of(found, "netctl_evaluation_score", validator="validator_1", uid="1", neuron="miner_1") == [2.26e-38]
    assert of(found, "netctl_weight_ratio", validator="validator_1", uid="7", neuron="") == [0.25]
    assert of(found, "netctl_fleet_info", run=RUN.id, network="rehearsal", code="d2c4d9a12b3c") == [1]
    assert of(found, "netctl_run_start_timestamp_seconds") == [1000]


def test_a_neuron_is_in_one_of_all_states(seen: Now) -> None:
    found = parsed(SUBJECT, seen)
    assert of(found, "netctl_neuron_state", neuron="miner_1", state="running") == [1]
    assert sorted(of(found, "netctl_neuron_state", neuron="miner_1")) == [0] * (len(STATES) - 1) + [1]


def test_a_process_that_is_gone_is_not_told_and_logs_from_elsewhere_are_nobodys(seen: Now) -> None:
    found = parsed(SUBJECT, seen)
    assert of(found, "netctl_neuron_memory_bytes") == [84_000_000]
    assert of(found, "netctl_evaluation_score", validator="elsewhere") == []


def test_what_is_not_known_is_left_out_and_not_nothing(seen: Now) -> None:
    (process, *_others) = seen.processes
    less = replace(seen, processes=(replace(process, descriptors=None),), balances_rao={}, chain=None)
    names = {sample.metric for sample in samples(SUBJECT, less)}
    assert names.isdisjoint({"netctl_neuron_open_descriptors", "netctl_neuron_balance_tao", "netctl_chain_block"})
    assert "netctl_neuron_threads" in names


@pytest.mark.parametrize("age", [STALE_S + 1, 86400.0])
def test_what_was_sampled_long_ago_is_not_told_as_what_is_now(seen: Now, age: float) -> None:
    told = {sample.metric: sample.value for sample in samples(replace(SUBJECT, now=NOW + age), seen)}
    assert told == {"netctl_fleet_info": 1, "netctl_sampled": 0, "netctl_sample_age_seconds": age}
    assert (
        next(s.value for s in samples(replace(SUBJECT, now=NOW + STALE_S), seen) if s.metric == "netctl_sampled") == 1
    )


@pytest.mark.parametrize("changes", [{"end": ended_at(NOW)}, {"began": NOW + 1}])
def test_what_was_sampled_of_a_run_that_is_over_is_not_of_now(seen: Now, changes: dict[str, Any]) -> None:
    told = samples(replace(SUBJECT, run=replace(RUN, **changes)), seen)
    assert {sample.metric for sample in told} == {"netctl_fleet_info", "netctl_sampled", "netctl_sample_age_seconds"}


def test_a_fleet_that_was_never_sampled_says_just_that() -> None:
    assert parsed(replace(SUBJECT, run=None), NOTHING) == {("netctl_sampled", (("fleet", "day2-rehearsal"),)): 0}


def test_a_label_may_hold_anything(seen: Now) -> None:
    odd = 'a "quoted\\ name\nof two lines'
    found = parsed(replace(SUBJECT, fleet=odd), seen)
    assert of(found, "netctl_chain_block", fleet=odd) == [400]
