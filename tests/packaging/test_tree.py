"""What a wheel is made of, looked at in the tree: nothing of it is ignored, undeclared or missing."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint, packages_distributions
from pathlib import Path
from typing import Any, get_args

import pytest

from netctl.packs import pack_names
from netctl.supplied import Kind, supplied
from tests.papers import links_of

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "netctl"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FORCED: dict[str, str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
IMPORT = re.compile(r"^ *(?:from (?=\S+ import )|import )(\w+)(?:\.[\w.]+)?(?: import .*| as \w+)?$", re.MULTILINE)
"""By their looks: to parse every module takes seconds."""
WITH_ANOTHER = {"bittensor_core": "bittensor", "markupsafe": "jinja2", "pydantic_core": "pydantic"}
"""Imported, and brought by a distribution that is declared, whose own part it is."""


def _files() -> list[Path]:
    return [
        path
        for name in ("netctl", *FORCED)
        for path in (ROOT / name, *sorted((ROOT / name).rglob("*")))
        if path.is_file() and "__pycache__" not in path.parts
    ]


@pytest.mark.skipif(shutil.which("git") is None or not (ROOT / ".git").exists(), reason="the tree is no git checkout")
def test_git_ignores_no_file_that_a_wheel_needs() -> None:
    """What .gitignore names is left out of both archives, and nobody is told."""
    names = "\0".join(str(path.relative_to(ROOT)) for path in _files())
    asked = ["git", "check-ignore", "--no-index", "-z", "--stdin"]
    done = subprocess.run(asked, cwd=ROOT, input=names, capture_output=True, text=True, check=False)
    assert done.stdout.split("\0")[:-1] == []
    assert done.returncode == 1


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_types_are_told_to_those_who_import() -> None:
    assert (PACKAGE / "py.typed").is_file()


def test_what_is_supplied_is_what_is_put_into_the_wheel() -> None:
    for kind in get_args(Kind):
        assert FORCED[kind] == f"netctl/shipped/{kind}"
        assert supplied(kind) == ROOT / kind
    assert all((ROOT / name).exists() for name in FORCED)
    assert not (PACKAGE / "shipped").exists()


def test_no_link_of_a_paper_in_the_wheel_leads_out_of_it() -> None:
    """The papers lie there to each other as they do in the tree, and with them is all that they refer to."""
    assert {name: place for name, place in FORCED.items() if place != f"netctl/shipped/{name}"} == {}
    packed = [path for path in _files() if not path.is_relative_to(PACKAGE)]
    there = {
        place for path in packed for place in (path, *path.parents) if place != ROOT and place.is_relative_to(ROOT)
    }
    papers = [path for path in packed if path.suffix == ".md"]
    assert len(papers) > 50
    links = [(paper, link.partition("#")[0]) for paper in papers for link in links_of(paper)]
    dead = [
        (paper.name, link) for paper, link in links if (paper.parent / link).resolve() not in there | {paper.parent}
    ]
    assert dead == []


def test_everything_that_says_netctl_can_be_loaded() -> None:
    project = PROJECT["project"]
    (script,) = project["scripts"].items()
    (plugin,) = project["entry-points"]["pytest11"].items()
    assert callable(EntryPoint(*script, group="console_scripts").load())
    assert EntryPoint(*plugin, group="pytest11").load()


def _imported() -> Iterator[str]:
    for path in PACKAGE.rglob("*.py"):
        yield from IMPORT.findall(path.read_text(encoding="utf-8"))


def test_every_library_that_is_imported_is_declared() -> None:
    """An environment made for development holds more than one made for the wheel."""
    project = PROJECT["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["parquet"], "pytest"]
    declared = {_plain(re.split(r"[<>=~!\[ ]", line)[0]) for line in lines}
    known = packages_distributions()
    strangers = {
        name: known.get(name)
        for name in set(_imported()) - set(sys.stdlib_module_names) - {"netctl"}
        if WITH_ANOTHER.get(name) not in declared and not declared & {_plain(each) for each in known.get(name, ())}
    }
    assert strangers == {}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A package as a wheel has it, among other people's files."""
    package = tmp_path / "site-packages" / "netctl"
    for kind in get_args(Kind):
        (package / "shipped" / kind).mkdir(parents=True)
        (package.parent / kind).mkdir()
    return package


def test_in_a_wheel_it_is_the_wheels(wheel: Path) -> None:
    for kind in get_args(Kind):
        assert supplied(kind, wheel) == wheel / "shipped" / kind


def test_what_lies_beside_an_installed_package_is_not_netctls(wheel: Path) -> None:
    shutil.rmtree(wheel / "shipped")
    assert {supplied(kind, wheel) for kind in get_args(Kind)} == {None}
    (wheel.parent / "pyproject.toml").touch()
    assert supplied("docs", wheel) == wheel.parent / "docs"


def test_the_packs_are_those_of_the_repository() -> None:
    assert pack_names() == ("rehearsal", "resi")
