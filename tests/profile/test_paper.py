"""docs/profile.md has every field of the models and no other, and each of its examples loads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from netctl.profile import criteria, load, scalars, troubles, types
from tests.profile import paper

pytestmark = pytest.mark.fast

TEXT = paper.PAPER.read_text(encoding="utf-8")
BASE = {
    "name": "example",
    "network": "test",
    "netuid": 428,
    "neurons": {"path": "../subnet", "pack": "resi"},
    "miners": [{"name": "miner_1"}],
}
"""What an example leaves out: those that show a section alone stand for a profile that has it."""


def test_its_tables_are_what_the_models_say(request: pytest.FixtureRequest) -> None:
    """`--update-golden` writes them."""
    current = paper.written(TEXT)
    if request.config.getoption("--update-golden"):
        paper.PAPER.write_text(current, encoding="utf-8")
    assert paper.written(paper.PAPER.read_text(encoding="utf-8")) == paper.PAPER.read_text(encoding="utf-8"), (
        "write it anew: pytest --update-golden tests/profile/test_paper.py"
    )


@pytest.mark.parametrize("example", paper.examples(TEXT), ids=lambda text: text.strip().splitlines()[0][:40])
def test_an_example_loads(tmp_path: Path, example: str) -> None:
    written = yaml.safe_load(example)
    rest = {key: value for key, value in BASE.items() if key not in written}
    path = tmp_path / "profiles" / "example.yaml"
    for name in ("shared.env", "miner_1.env", "proxies.json"):
        (tmp_path / "profiles" / "own").mkdir(parents=True, exist_ok=True)
        (tmp_path / "profiles" / "own" / name).write_text("", encoding="utf-8")
    path.write_text(f"{yaml.safe_dump(rest) if rest else ''}{example}", encoding="utf-8")
    assert load(path, packs=("resi", "rehearsal")).miners


def test_every_field_is_in_an_example() -> None:
    wanted = {(name, field) for name, kind in paper.models().items() for field in paper.own_fields(kind)}
    assert wanted - paper.shown(TEXT).keys() == set()


@pytest.mark.parametrize(
    ("head", "words"), [("field | type | left out | what", criteria.KEYS), ("trouble", troubles.KEYS)]
)
def test_what_no_model_has_is_told_all_the_same(head: str, words: tuple[str, ...]) -> None:
    (table,) = re.findall(rf"^\| {re.escape(head)}.*\n\|---.*\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    assert sorted(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == sorted(words)


def test_a_field_that_the_page_does_not_have_is_found() -> None:
    without = "\n".join(line for line in TEXT.splitlines() if not line.startswith("| `max_burn` |"))
    assert paper.written(without) != without
    with pytest.raises(KeyError, match="Funding"):
        paper.written(TEXT.replace("<!-- Funding:", "<!-- Fundings:"))


def _plain(word: str) -> object:
    value = scalars.resolve_plain(word)
    assert not isinstance(value, scalars.Ambiguous), word
    return value


@pytest.mark.parametrize(
    ("kind", "holds"),
    [
        ("TAO", types.Tao),
        ("duration", types.Duration),
        ("share", types.Share),
        ("size", types.Size),
        ("zipcode", types.Zipcode),
        ("path", types.PathText),
        ("network", types.NetworkWord),
    ],
)
def test_a_kind_of_value_is_written_as_it_is_told(kind: str, holds: object) -> None:
    (cell,) = re.findall(rf"^\| {kind} \| (.*) \|$", TEXT, re.MULTILINE)
    words = re.findall(r"`([^`]+)`", cell)
    for word in words:
        TypeAdapter(holds).validate_python(word.strip('"') if word.startswith('"') else _plain(word))
    assert words


def test_the_words_that_are_said_to_be_refused_are() -> None:
    said = TEXT.split("YAML readers disagree")[1].split("are refused until you quote")[0]
    words = re.findall(r"`([^`]+)`", said)
    assert len(words) == 9
    assert [word for word in words if not isinstance(scalars.resolve_plain(word), scalars.Ambiguous)] == []
