"""The manifests for Kubernetes against its published schemas, and against readers of both kinds of YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import ruamel.yaml
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from kubernetes_validate import utils

from netctl import packs
from netctl.cli.selection import Words, load_fleet
from netctl.export.manifest import documents as written
from netctl.export.names import fleet_label, is_label, neuron_label, workload_name
from netctl.fleet import NeuronsCode
from netctl.placement import Placing
from netctl.render.fleet import render_fleet
from tests.files.conftest import OPERATOR, resi_checkout  # noqa: F401
from tests.habits import kube
from tests.habits.trial import HERE, Trial

pytestmark = pytest.mark.fast
SCHEMAS = cache(utils.schema_contents)
OLDEST, NEWEST = "1.25", "1.37"
ODD_NAMES = ("miner_1", "miner-1", "Miner_1", "miner__1", "miner.1", "on", "1e3", "ünï", "_", "x" * 80, "x" * 81)


@pytest.fixture(autouse=True)
def schemas_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(utils, "schema_contents", SCHEMAS)


def valid(found: list[Any], *versions: str) -> None:
    for document in found:
        for version in versions:
            kubernetes_validate.validate(document, version, strict=True)


@pytest.mark.parametrize("placings", [kube.PLAIN, kube.EVERY_PLACING], ids=["plain", "placed"])
def test_the_published_schemas_take_every_document(trial: Trial, placings: Mapping[str, Placing]) -> None:
    found = kube.documents(kube.export(trial, placings), replace(kube.CLUSTER, nodes=kube.NODES))
    assert set(kube.workloads(found)) == {each.name for each in trial.fleet.neurons}
    one_of_a_kind = list({each["kind"]: each for each in found}.values())
    valid(found, NEWEST)
    valid(one_of_a_kind, OLDEST)


def test_the_schemas_refuse_a_field_that_is_misspelt(trial: Trial) -> None:
    found = kube.workloads(kube.documents(kube.export(trial)))["miner_1"]
    pod = kube.pod_of(found)
    pod["hostNetwrok"] = pod.pop("hostNetwork")
    with pytest.raises(kubernetes_validate.ValidationError, match="hostNetwrok"):
        valid([found], NEWEST)


def test_day_2_is_taken_with_each_neuron_once(resi_checkout: Path) -> None:  # noqa: F811
    fleet = load_fleet(HERE.parents[1] / "profiles/day2.yaml", Words(HERE.parents[1] / "profiles/day2.yaml"))
    fleet = replace(fleet, code=NeuronsCode(resi_checkout, Path("/bin/sh"), "resi"))
    wanted = render_fleet(fleet, packs.load("resi"), OPERATOR)
    assert wanted.blocked == ()
    found = kube.documents(kube.exported(fleet, wanted))
    assert list(kube.workloads(found)) == [*(f"miner_{number}" for number in range(1, 5)), "validator_1"]
    valid(list({each["kind"]: each for each in found}.values()), NEWEST)
    assert OPERATOR["RAPIDAPI_KEY"] not in "".join(kube.texts(kube.exported(fleet, wanted)).values())
    maps = [each for each in found if each["kind"] == "ConfigMap"]
    assert any("dynamic" in text or "{" in text for each in maps for text in each["data"].values())


def test_odd_names_become_labels_and_never_one_for_two() -> None:
    names = [workload_name("Day 2", name) for name in ODD_NAMES]
    assert len(set(names)) == len(ODD_NAMES)
    assert all(is_label(name) and len(name) <= 52 for name in names)
    assert (neuron_label("miner_1"), neuron_label("miner-1")) == ("miner-1", "miner--1")
    assert (fleet_label("two-validators"), workload_name("day2", "miner_1")) == ("two-validators", "day2-miner-1")


@given(st.lists(st.text(st.sampled_from("ab01-_.A"), min_size=1, max_size=6), unique=True, min_size=50, max_size=90))
@settings(max_examples=8, deadline=None)
def test_no_two_names_become_one(names: list[str]) -> None:
    labels = [neuron_label(name) for name in names]
    assert len(set(labels)) == len(names)
    assert all(is_label(label) for label in labels)


def both_readers(text: str) -> tuple[Any, Any]:
    newer = ruamel.yaml.YAML(typ="safe", pure=True)
    return list(yaml.safe_load_all(text)), list(newer.load_all(text))


def test_both_yamls_read_the_manifests_alike(trial: Trial) -> None:
    for name, text in kube.texts(kube.export(trial, kube.EVERY_PLACING)).items():
        if name.endswith(".yaml"):
            older, newer = both_readers(text)
            assert older == newer


ODD = [
    "on",
    "Yes",
    "n",
    "1e3",
    "0o17",
    "017",
    "1_000",
    "12:30",
    ".inf",
    "~",
    "",
    " a",
    "a: b",
    "#",
    "=",
    "<<",
    "\t",
    "-",
]
ODD += [
    "a\nb\n",
    "a\n\n",
    " lead\n",
    "\r\n",
    "tab\t\nx",
    "\x85x",
    "\u2028\n",
    "é\nü",
    "---\n",
    "2026-01-01",
    "null",
    "%x",
]


def test_odd_texts_are_read_back_by_both() -> None:
    found = [{"key": text, text: "key"} for text in ODD]
    older, newer = both_readers(written("a comment", found))
    assert older == found
    assert newer == found
    # PyYAML leaves these to be booleans of other readers.
    assert written("a comment", [{"n": "y"}]) == '# a comment\n---\n"n": "y"\n'


@given(st.lists(st.text(max_size=15), min_size=30, max_size=60))
@settings(max_examples=5, deadline=None)
def test_any_text_is_read_back_by_both(values: list[str]) -> None:
    plain = [text for text in values if text.isprintable() or text.isspace()]
    older, newer = both_readers(written("a comment", [{"all": plain}]))
    assert older == newer == [{"all": plain}]
