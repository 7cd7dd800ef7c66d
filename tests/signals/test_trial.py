"""`netctl signals`: what a pack's signals are, and what they take from a log."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from jsonschema import validate

from netctl.signals.reading import Reader
from netctl.signals.shapes import Shapes, shape_of
from netctl.signals.spec import Signal
from netctl.signals.trial import BLOCK, tried, whole_lines
from tests.cli.program import call
from tests.cli.schemas import SIGNALS_LISTED, SIGNALS_TRIED
from tests.signals.packs import ALICE, signals_of, written

pytestmark = pytest.mark.fast
DOCS = Path(__file__).parents[2] / "docs"
ASSUMED = "ValidationResult(is_valid=True, content_size_bytes_validated=820, reason='API error (503) - assumed valid')"
LOG = "\n".join(
    [
        written("Evaluated Miner 1. Score=2.26e-38. Credibility=0.5.", "SUCCESS"),
        written("Evaluated Miner 2. Score=nan. Credibility=0.5.", "SUCCESS"),
        written(f"{ALICE}: Data validation on selected entities finished with results: [{ASSUMED}, {ASSUMED}]"),
        *[written(f"Found {n} records for label 'zip:7744{n}' in source 4 (offset: {n * 3})") for n in range(5)],
        written("\x1b[31mAttempting\x1b[39m to set weights."),
        written("rings \x07 the bell"),
        "",
    ]
)


def test_a_trial_counts_events_lines_and_what_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "validator.log").write_text(LOG)
    ended = call(
        capsys, "signals", "test", str(tmp_path / "validator.log"), "--pack", "resi", "--role", "validator", "--json"
    )
    assert (ended.code, ended.err) == (0, "")
    found = ended.document
    validate(found, SIGNALS_TRIED)
    assert found["counts"] == {"evaluated": 2, "validated": 1, "api_result": 2}
    assert found["outcomes"] == {"api_result": {"assumed": 2}}
    assert (found["lines"], found["unmatched"]) == (10, 7)
    assert found["examples"]["evaluated"] == "Evaluated Miner 1. Score=2.26e-38. Credibility=0.5."
    assert found["shapes"][0] == {
        "shape": "Found <n> records for label 'zip:<n>' in source <n> (offset: <n>)",
        "count": 5,
        "example": "Found 0 records for label 'zip:77440' in source 4 (offset: 0)",
    }
    assert {"step", "weights_attempted"} < set(found["never"])
    assert "evaluated" not in found["never"]
    assert (found["slow"], found["hidden"]) == ([], {"weights_attempted": "Attempting to set weights."})


def test_a_trial_reads_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "validator.log").write_text(LOG)
    said = call(capsys, "signals", "test", str(tmp_path / "validator.log"), "--pack", "resi", "--role", "validator").out
    lines = said.splitlines()
    assert lines[1].split() == ["evaluated", "2", "Evaluated", "Miner", "1.", "Score=2.26e-38.", "Credibility=0.5."]
    assert lines[3].startswith("api_result  2       2 assumed  5GrwvaEF")
    assert lines[5] == "7 of 10 lines hold no signal, most often:"
    assert lines[6] == "  5  Found <n> records for label 'zip:<n>' in source <n> (offset: <n>)"
    assert "  1  rings ␇ the bell" in lines
    assert "weights_attempted misses lines, since colours split the words that it is looked for by: " in said
    assert "\x1b" not in said


def test_a_trial_of_standard_input_and_of_a_pack_of_ones_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "mine"
    place.mkdir()
    (place / "pack.yaml").write_text(
        "pack: mine\ntitle: Mine\nroles:\n  miner:\n    program: [python3]\n    signals:\n"
        "      - {name: digit, match: '(?P<of>\\d)', means: A digit., fields: {of: int}, examples: ['1']}\n"
        "      - {name: err, match: 'x(?P<of>\\d)', means: Not here., streams: [stderr], examples: [x1]}\n"
    )
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"1\nno\n2"), isatty=lambda: False))
    ended = call(capsys, "signals", "test", "-", "--pack", f"{place}/", "--role", "miner", "--json")
    assert (ended.document["counts"], ended.document["lines"], ended.document["unmatched"]) == ({"digit": 2}, 3, 1)
    assert (ended.document["slow"], ended.document["never"]) == (["digit"], [])
    listed = call(capsys, "signals", "list", "--pack", f"{place}/").out
    assert "mine, miner\n  digit                of\n                       A digit." in listed


@pytest.mark.parametrize("what", ["gone.log", "."])
def test_a_log_that_is_none_is_refused(what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys, "signals", "test", str(tmp_path / what), "--pack", "resi", "--role", "miner")
    assert (ended.code, ended.out) == (2, "")
    assert re.search(r"error: log .*: is (not there|no file)\n", ended.err)


def test_a_pack_that_does_not_take_its_example_is_refused_also_without_a_group(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, match, fault in (("good", "yes", 0), ("bad", "no", 2)):
        place = tmp_path / name
        place.mkdir()
        (place / "pack.yaml").write_text(
            f"pack: {name}\ntitle: Mine\nroles: {{miner: {{program: [python3]}}}}\nsignals:\n"
            f"  - {{name: said, match: '{match}', means: Said., examples: ['they say yes'], no_examples: [maybe]}}\n"
        )
        assert call(capsys, "signals", "list", "--pack", f"{place}/").code == fault


def test_the_list_tells_fields_units_and_cautions(capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys, "signals", "list", "--json")
    validate(ended.document, SIGNALS_LISTED)
    found = {(each["pack"], each["role"], each["name"]): each for each in ended.document["signals"]}
    assert {(pack, role) for pack, role, _ in found} == {
        (pack, role) for pack in ("resi", "rehearsal") for role in ("miner", "validator")
    }
    result = found["resi", "validator", "api_result"]
    assert {"name": "bytes", "kind": "bytes", "unit": "bytes"} in result["fields"]
    assert (result["sorted_into"], set(result["outcomes"])) == ("outcome", {"confirmed", "assumed", "refuted"})
    said = call(capsys, "signals", "list", "--pack", "resi", "--role", "validator").out
    assert "evaluated            uid, score, credibility (0 to 1)" in said
    assert "resi, miner" not in said
    assert "Logged after a failure too: never count it as success." in said


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Found 12 properties in 77449", "Found <n> properties in <n>"),
        (f"{ALICE}: at 10.0.0.1:8091 and [::1]:80", "<hotkey>: at <address> and <address>"),
        ("block 0xdeadbeef of 3f2a9c0d1e4b", "block <hex> of <hex>"),
        ("GET https://a.b/c?d=1 in 2.5s", "GET <url> in <n>s"),
        ("wrote /var/lib/x/data_2026.parquet", "wrote <path>"),
        ("Loss=-1.5e-3, layer3_norm", "Loss=<n>, layer<n>_norm"),
        ("uids {1, 2, 3, 4}", "uids {<n>...}"),
        ("next at 2026-11-22T12:00:01Z", "next at <time>"),
        ("id 123e4567-e89b-12d3-a456-426614174000", "id <uuid>"),
        ("feedback of the abc", "feedback of the abc"),
    ],
)
def test_a_shape_is_a_line_without_what_changes(text: str, shape: str) -> None:
    assert shape_of(text) == shape


def test_shapes_are_counted_in_bounded_memory_and_the_frequent_ones_survive() -> None:
    shapes = Shapes(most=100)
    for number in range(5000):
        shapes.add("".join(chr(ord("a") + int(digit)) for digit in str(number)))
        shapes.add(f"often {number}")
    assert shapes.most_frequent(1)[0][:2] == ("often <n>", 5000)
    assert len(shapes.most_frequent(1000)) <= 101


def test_a_long_line_is_told_by_its_beginning() -> None:
    assert len(shape_of("word " * 50_000)) < 300


def test_a_log_of_any_size_comes_in_blocks_that_end_with_a_line() -> None:
    line = b"x" * 999_999 + b"\n"
    chunks = [line[begin : begin + 70_000] for _ in range(9) for begin in range(0, len(line), 70_000)]
    blocks = list(whole_lines([*chunks, b"the rest"]))
    assert b"".join(blocks) == line * 9 + b"the rest"
    assert all(block.endswith(b"\n") for block in blocks[:-1])
    assert max(map(len, blocks)) < 2 * BLOCK
    trial = tried([*chunks, written("Evaluated Miner 1. Score=1.0. Credibility=0.5.").encode()], SOME, "stdout")
    assert (trial.counts["evaluated"], trial.lines) == (1, 10)


def test_a_record_that_begins_in_the_block_before_is_seen_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netctl.signals.trial.BLOCK", 10)
    log = 'Traceback (most recent call last):\n  File "/a.py", line 1, in f\n    raise KeyError(4)\nKeyError: 4\n'
    chunks = [log[begin : begin + 7].encode() for begin in range(0, len(log), 7)]
    assert len(list(whole_lines(chunks))) == 4
    assert tried(chunks, signals_of("resi", "miner"), "stderr").counts == {"traceback": 1}


SOME = signals_of("resi", "validator")[:3]


def test_the_pages_example_of_a_signal_is_one() -> None:
    page = (DOCS / "signals.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    (written_there,) = yaml.safe_load(block)["signals"]
    for key in ("examples", "no_examples"):
        written_there[key] = tuple(written_there[key])
    signal = Signal.model_validate(written_there)
    assert [fields["outcome"] for fields in Reader(signal).read(signal.examples[0])] == ["confirmed"]
    assert not list(Reader(signal).read(signal.no_examples[0]))
