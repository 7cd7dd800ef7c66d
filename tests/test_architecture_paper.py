"""docs/architecture.md and its pictures are of the code as it is."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import get_type_hints

import pytest

from netctl.phases import PHASES
from netctl.ports import World

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("architecture", ROOT / "scripts" / "architecture.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = _script()


@pytest.mark.parametrize("name", SCRIPT.DRAWN)
def test_a_picture_is_what_the_script_draws(name: str, request: pytest.FixtureRequest) -> None:
    """`--update-golden` draws it."""
    drawn = SCRIPT.DRAWN[name]()
    if request.config.getoption("--update-golden"):
        (PICTURES / name).write_text(drawn, encoding="utf-8")
    assert (PICTURES / name).read_text(encoding="utf-8") == drawn, "draw it anew: scripts/architecture.py"


def test_every_package_is_in_the_picture_of_the_layers() -> None:
    shown = set(re.findall(r"[\w.]+", re.sub(r"<[^>]*>", " ", (PICTURES / "layers.svg").read_text(encoding="utf-8"))))
    packages = {path.name for path in (ROOT / "netctl").iterdir() if (path / "__init__.py").is_file()}
    assert {package for package in packages if not {package, f"netctl.{package}"} & shown} == set()


def test_the_picture_has_no_arrow_that_the_rules_forbid() -> None:
    above = {("cli", "the rest"), ("cli", "adapters"), ("cli", "ports"), ("the rest", "ports")}
    beside = {("adapters", "ports"), ("adapters", "the rest"), ("ports", "the rest")}
    assert {edge for edge in SCRIPT.imports() if edge[0] != edge[1]} == above | beside


def test_the_phases_are_those_of_up_in_their_order() -> None:
    said = re.search(r"eight phases in this order: ([^.]*)\.", TEXT)
    assert said is not None
    assert re.findall(r"`(\w+)`", said[1]) == [phase.__name__.rsplit(".", 1)[1] for phase in PHASES]


def test_the_ports_are_those_of_the_world() -> None:
    said = re.search(r"what the outside looks like: (.*?), and the values", TEXT, re.DOTALL)
    assert said is not None
    ports = {kind.__name__ for kind in get_type_hints(World).values() if getattr(kind, "_is_protocol", False)}
    assert set(re.findall(r"`(\w+)`", said[1])) == ports


def test_the_paths_of_the_state_are_those_of_the_code() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "netctl").rglob("*.py"))
    listed = re.findall(r"^\| (`.*?) \|", TEXT.split("`.netctl/<fleet>/` holds")[1].split("##")[0], re.MULTILINE)
    names = {name.split("/")[0] for cell in listed for name in re.findall(r"`([^`]*)`", cell)}
    assert {name for name in names if f'"{name}"' not in source} == set()
