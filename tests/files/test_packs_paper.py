"""docs/packs.md: its packs load and render, every key of the model is in one, templates have the names it lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import yaml
from pydantic import BaseModel

from netctl import packs
from netctl.fleet import NeuronsCode, ProxyPorts
from netctl.pack_model import PackFile
from netctl.profile import load
from netctl.profile.probes import ProbeEntry
from netctl.render.context import context
from netctl.render.neuron import render
from netctl.render.sources import read_sources
from netctl.render.strategies import Orders
from tests.files.conftest import OPERATOR, a_fleet, a_neuron

pytestmark = pytest.mark.fast

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "packs.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
SMALLEST, WHOLE = [block for block in BLOCKS if block.startswith("pack: mine")]
ELSEWHERE = {ProbeEntry}
"""Held by the page of the profile, and explained in probes.md."""


def _written(tmp_path: Path, text: str) -> packs.Pack:
    root = tmp_path / "packs" / "mine"
    root.mkdir(parents=True)
    (root / "pack.yaml").write_text(text, encoding="utf-8")
    for name in ("config.json.j2", "notes.txt"):
        (root / name).write_text("{}", encoding="utf-8")
    return packs.load("./packs/mine", tmp_path)


@pytest.mark.parametrize("example", [SMALLEST, WHOLE], ids=["smallest", "whole"])
def test_an_example_is_a_pack(tmp_path: Path, example: str) -> None:
    assert set(_written(tmp_path, example).spec.roles) == {"miner", "validator"}


def test_the_smallest_one_starts_a_neuron(tmp_path: Path) -> None:
    pack = _written(tmp_path, SMALLEST)
    (tmp_path / "venv").write_text("")
    code = NeuronsCode(tmp_path, tmp_path / "venv", "./packs/mine")
    fleet = a_fleet(tmp_path / "state", code=code)
    found = render(fleet, fleet.neurons[0], pack, OPERATOR, read_sources(fleet, pack)).rendered
    assert found is not None
    assert found.argv[:4] == (f"{tmp_path}/venv", f"{tmp_path}/neurons/miner.py", "--netuid", "428")
    assert found.argv[-3:] == ("--axon.port", "8092", "--logging.debug")


def test_the_profile_that_names_it_is_one(tmp_path: Path) -> None:
    (named,) = [block for block in BLOCKS if block.startswith("neurons:")]
    path = tmp_path / "my-fleet.yaml"
    path.write_text(f"name: my-fleet\nnetwork: test\nnetuid: 1\nminers: [{{name: miner_1}}]\n{named}", encoding="utf-8")
    profile = load(path, packs=packs.pack_names())
    assert profile.rehearsal.neurons is not None
    assert profile.rehearsal.neurons.pack == profile.neurons.pack == "./packs/mine"


def _models_in(hint: Any) -> Iterator[type[BaseModel]]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for inner in get_args(hint):
        yield from _models_in(inner)


def _keys(kind: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[tuple[str, str]]:
    if kind in seen | ELSEWHERE:
        return
    seen.add(kind)
    hints = get_type_hints(kind, include_extras=True)
    for name, field in kind.model_fields.items():
        yield kind.__name__, field.alias or name
        for inner in _models_in(hints[name]):
            yield from _keys(inner, seen)


def _shown(kind: type[BaseModel], written: Any) -> Iterator[tuple[str, str]]:
    hints = get_type_hints(kind, include_extras=True)
    for name, field in kind.model_fields.items():
        key = field.alias or name
        if not isinstance(written, dict) or key not in written:
            continue
        yield kind.__name__, key
        value = written[key]
        several = list(value.values()) if name in ("roles", "strategies", "fields") else value
        for inner in _models_in(hints[name]):
            for one in several if isinstance(several, list) else [several]:
                yield from _shown(inner, one)


def test_every_key_is_in_an_example() -> None:
    signals = re.findall(r"```yaml\n(.*?)```", (DOCS / "signals.md").read_text(encoding="utf-8"), re.DOTALL)
    shown = {pair for text in [*BLOCKS, *signals] for pair in _shown(PackFile, yaml.safe_load(text))}
    assert set(_keys(PackFile, set())) - shown == set()


def test_every_key_is_explained_below() -> None:
    words = TEXT.split("### What is run")[1]
    told = {*PackFile.model_fields, *packs.PackFile.model_fields["roles"].annotation.__args__[1].model_fields}  # type: ignore[union-attr]
    plain = {"pack", "title", "revision", "roles", "rewrites", "ignored", "ready_within_s", "install"}
    assert {key for key in told - plain if f"**{key}**" not in words} == set()
    assert "`ready_within`" in words
    assert "`install:`" in words


def test_the_names_of_templates_are_those_that_there_are(tmp_path: Path) -> None:
    fleet = a_fleet(tmp_path, a_neuron())
    neuron = replace(fleet.neurons[0], proxied=ProxyPorts(1, 2))
    there = context(fleet, neuron, Orders("premium", ("77494",), 300))
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", TEXT.split("## Names in templates")[1], re.MULTILINE))
    assert {name: set(re.findall(r"`(\w+)`", row)) for name, row in rows.items()} == {
        name: set(names) for name, names in there.items()
    }
