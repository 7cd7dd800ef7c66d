"""`netctl report`, on a state directory as a fleet leaves it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netctl.store.database import FILE
from tests.cli.program import Ended, call
from tests.recorded import ADDRESSES, Book
from tests.report.made import SECRET, honest, laid_out, sampled

Netctl = Callable[..., Ended]
pytestmark = pytest.mark.slow
ATTACK = "<script>alert(1)</script>"


def attacked(book: Book) -> Book:
    """An honest run, in which lines hold a script and a secret."""
    honest(book)
    for number in range(6):
        reason = f"Property content does not match: {ATTACK} {SECRET} | `x`"
        sampled(book, "miner_3", 300.0 * number + 40, reason)
    return book


@pytest.fixture
def in_utc() -> Iterator[None]:
    """Logs are written in local time, and quoted as they are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def netctl(in_utc: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Netctl:
    """The verb, where a run of four miners lies that is over."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NETCTL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RAPIDAPI_KEY", SECRET)
    laid_out(tmp_path / "home", tmp_path / "told.yaml", attacked)
    return lambda *words: call(capsys, "report", *words)


def test_a_run_is_reported_in_every_form_the_same_each_time_and_without_a_secret(netctl: Netctl) -> None:
    words = ("-p", "told.yaml", "--rehearse", "--html", "r.html", "--markdown", "r.md", "--json")
    first = netctl(*words)
    assert first.code == 0
    assert first.err.splitlines() == ["wrote r.html", "wrote r.md"]
    files = [Path(name).read_bytes() for name in ("r.html", "r.md")]
    again = netctl(*words)
    assert again.err.splitlines() == [
        f"wrote {name}, in place of the one that was there" for name in ("r.html", "r.md")
    ]
    assert again.out == first.out
    assert [Path(name).read_bytes() for name in ("r.html", "r.md")] == files
    told = first.document
    assert (told["fleet"], told["ok"]) == ("told-rehearsal", True)
    assert [ruling["ok"] for ruling in told["outcome"]["rulings"]] == [True, True]
    assert [(problem["neuron"], problem["kind"]) for problem in told["problems"]] == [("miner_3", "lies")]
    assert told["standings"][0]["miner"] == "miner_4"
    assert ATTACK in told["problems"][0]["evidence"][0]["line"]
    html, markdown = (content.decode() for content in files)
    assert "Success: every criterion is met" in html
    assert ATTACK not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    for text in (html, markdown, first.out, first.err):
        assert SECRET not in text
        assert "********" in text or text == first.err


def test_the_markdown_is_what_was_reviewed(netctl: Netctl, golden: Callable[[str, str], None]) -> None:
    golden("report.md", netctl("-p", "told.yaml", "--rehearse").out)


def test_what_no_miner_is_known_to_hold_is_no_gap(netctl: Netctl) -> None:
    """Their databases are not there."""
    told = netctl("-p", "told.yaml", "--rehearse", "--json").document
    assert any(each.startswith("what miners hold: no miner's database could be read") for each in told["unknown"])
    text = netctl("-p", "told.yaml", "--rehearse").out
    assert "held by somebody" not in text
    assert "The largest first" not in text


def test_without_a_file_it_is_markdown(netctl: Netctl) -> None:
    done = netctl("-p", "told.yaml", "--rehearse")
    assert done.code == 0
    assert done.out.startswith("# Report on told\\-rehearsal\n") or done.out.startswith("# Report on told-rehearsal\n")
    assert "## Verdict" in done.out
    assert list(Path().glob("*.html")) == []


def test_a_file_that_cannot_be_written_is_an_error_and_leaves_nothing(netctl: Netctl) -> None:
    Path("taken").write_text("")
    done = netctl("-p", "told.yaml", "--rehearse", "--html", "taken/r.html")
    assert done.code == 2
    assert done.err.startswith("error: taken/r.html cannot be written: Not a directory\nhint: ")
    assert Path("taken").read_text() == ""


def test_a_run_is_told_by_the_profile_that_it_ran_by(netctl: Netctl) -> None:
    """Also when that is gone; one that is named counts as it is now, which is said."""
    profile = Path("told.yaml")
    profile.write_text(profile.read_text().replace('miners_responding: ">= 3"', 'miners_responding: ">= 5"'))
    run = next(Path("home/told-rehearsal/runs").iterdir())
    assert netctl(str(run), "--json").document["ok"] is True
    named = netctl("-p", "told.yaml", "--rehearse", "--json").document
    assert named["ok"] is False
    assert any("as it is now" in each for each in named["unknown"])
    profile.unlink()
    assert netctl(str(run), "--json").document["ok"] is True


def test_what_is_not_known_is_said_so_and_nothing_is_invented(netctl: Netctl) -> None:
    Path("home/told-rehearsal", FILE).unlink()
    done = netctl("-p", "told.yaml", "--rehearse", "--json")
    assert done.code == 0
    told = done.document
    assert told["outcome"] == {"unknown": "nothing was recorded of it: there is no metrics.db"}
    assert told["ok"] is None
    assert told["standings"] == []
    assert told["problems"] == told["outcome"]
    assert any(each.startswith("what came out: nothing was recorded") for each in told["unknown"])
    text = netctl("-p", "told.yaml", "--rehearse").out
    assert "No verdict: nothing was recorded" in text
    assert "None was found" not in text


def test_a_run_that_was_carried_elsewhere_is_reported_there(netctl: Netctl, tmp_path: Path) -> None:
    """Secrets that its env files name are masked there, too."""
    shutil.move("home/told-rehearsal", "carried")
    Path("told.yaml").unlink()
    done = netctl("carried", "--json")
    assert done.code == 0
    (problem,) = done.document["problems"]
    assert problem["neuron"] == "miner_3"
    assert problem["evidence"][0]["log"] == "validator_1.log"
    assert ATTACK in problem["evidence"][0]["line"]
    assert SECRET not in done.out
    assert str(tmp_path) not in json.dumps(problem)


def test_a_name_in_a_run_from_elsewhere_is_only_a_name(netctl: Netctl) -> None:
    record = next(Path("home/told-rehearsal/runs").iterdir()) / "run.json"
    told = json.loads(record.read_text())
    told["neurons"][3]["name"] = ATTACK
    assert told["neurons"][3]["hotkey_ss58"] == ADDRESSES["miner_4"]
    record.write_text(json.dumps(told))
    assert netctl(str(record), "--html", "r.html").code == 0
    assert ATTACK not in Path("r.html").read_text()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in Path("r.html").read_text()


def test_a_run_that_there_is_not_is_named_with_those_that_are(netctl: Netctl) -> None:
    done = netctl("20200101", "-p", "told.yaml", "--rehearse")
    assert done.code == 2
    assert "has no such run" in done.err
    assert "20261128-120000" in done.err
