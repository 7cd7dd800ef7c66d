"""The way out where finney wants a journal and there is none: the operator's word, typed, and written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl.cli import questions
from tests.cli.program import call, small_profile

pytestmark = pytest.mark.fast
BEGIN = ("journal", "--begin", "-p", "small.yaml")
FILE = Path(".netctl/small/journal.jsonl")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(small_profile())


def typing(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr(questions, "can_ask", lambda: True)
    monkeypatch.setattr("builtins.input", lambda: answer)


def test_yes_is_not_enough_on_finney(capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys, *BEGIN, "--network", "finney", "--yes")
    assert ended.code == 7
    assert "type the network's name" in ended.err
    assert not FILE.exists()


@pytest.mark.parametrize(("answer", "code"), [("finney", 0), ("y", 7), ("", 7)])
def test_the_typed_name_begins_it(
    answer: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typing(monkeypatch, answer)
    ended = call(capsys, *BEGIN, "--network", "finney")
    assert ended.code == code
    assert "from now on small counts as never having paid on finney; type finney" in ended.err
    assert FILE.exists() is (code == 0)


def test_one_of_another_network_is_no_word_for_finney(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(capsys, *BEGIN, "--yes").code == 0
    typing(monkeypatch, "finney")
    assert call(capsys, *BEGIN, "--network", "finney").code == 0
    assert len(FILE.read_text().splitlines()) == 2


def test_one_that_is_there_is_left_alone_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, *BEGIN, "--yes").code == 0
    written = FILE.read_text()
    assert '"network":"test"' in written
    again = call(capsys, *BEGIN, "--yes")
    assert (again.code, FILE.read_text()) == (0, written)
    assert "knows test already" in again.err
    assert "begun" in call(capsys, "journal", "-p", "small.yaml", "--json").out
