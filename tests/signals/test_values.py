"""What is hard to read: tiny scores, nan, colours, torn and long records."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from netctl.packs import pack_names
from netctl.signals.spec import Signal
from tests.signals.packs import ALICE, events_in, signals_of, written

pytestmark = pytest.mark.fast
VALIDATOR = signals_of("resi", "validator")
MINER = signals_of("resi", "miner")


def fields_of(text: str, name: str, stream: str = "stdout") -> list[dict[str, object]]:
    found = events_in(text, VALIDATOR, "stdout" if stream == "stdout" else "stderr")
    return [event.fields for event in found if event.signal == name]


@pytest.mark.parametrize(
    ("written_as", "read"),
    [
        ("2.26e-38", 2.26e-38),
        ("1E+06", 1e6),
        ("0.0", 0.0),
        ("12", 12.0),
        ("-0.5", -0.5),
        ("nan", None),
        ("inf", None),
        ("-inf", None),
    ],
)
def test_a_score_is_read_however_python_prints_it(written_as: str, read: float | None) -> None:
    text = written(f"Evaluated Miner 3. Score={written_as}. Credibility={written_as}.")
    assert fields_of(text, "evaluated") == [{"uid": 3, "score": read, "credibility": read}]


@pytest.mark.parametrize(
    "torn", ["Evaluated Miner 3. Score=12.5. Credib", "Evaluated Miner 3. Score=tensor. Credibility=0."]
)
def test_half_a_line_and_no_number_are_no_event(torn: str) -> None:
    assert fields_of(written(torn), "evaluated") == []


def test_colours_within_a_message_are_no_part_of_it() -> None:
    """As bittensor 9.9.0 writes them, captured."""
    line = written("✅ \x1b[32mSuccessfully set weights and Finalized.\x1b[0m", "SUCCESS")
    assert fields_of(line, "weights_set") == [{"message": "✅ Successfully set weights and Finalized."}]
    line = written("\x1b[32mFinalized!\x1b[0m Weights committed with reveal round \x1b[34m2345\x1b[0m.", "SUCCESS")
    assert fields_of(line, "weights_set") == [{"message": "Finalized! Weights committed with reveal round 2345."}]
    for failed in (
        "❌ \x1b[31mFailed\x1b[0m set weights. Error: too fast",
        "❌ \x1b[31mFailed. Error:\x1b[0m too fast",
    ):
        line = written(failed, "ERROR")
        assert fields_of(line, "weights_failed") == [{"what": "too fast"}]
        assert fields_of(line, "error") == []


def test_finished_setting_weights_after_a_failure_is_no_success() -> None:
    log = "\n".join(
        [
            written("Attempting to set weights."),
            "│   1 │ 0.7731 │ 4040852 │ 0.2775      │",
            written("❌ Failed set weights. Error: SettingWeightsTooFast", "ERROR"),
            written("Finished setting weights."),
        ]
    )
    assert [event.signal for event in events_in(log, VALIDATOR)] == [
        "weights_attempted",
        "weight",
        "weights_failed",
        "weights_finished",
    ]


def test_what_the_api_did_not_answer_is_assumed_and_not_confirmed() -> None:
    """Ten minutes of errors: the naive rate is 100 %."""
    good = "ValidationResult(is_valid=True, content_size_bytes_validated=8{}, reason={})"
    reasons = (
        "'Property exists via Zillow API'",
        "'Rate limited during validation - assumed valid'",
        "'API error during validation (503) - assumed valid'",
        "'Existence check error - assumed valid: timed out'",
        "\"Validation exception - assumed valid: it's (broken), reason='x')\"",
    )
    results = ", ".join(good.format(number, reason) for number, reason in enumerate(reasons))
    read = fields_of(
        written(f"{ALICE}: Data validation on selected entities finished with results: [{results}]"), "api_result"
    )
    assert [fields["outcome"] for fields in read] == ["confirmed", *["assumed"] * 4]
    assert {fields["valid"] for fields in read} == {True}
    assert [fields["bytes"] for fields in read] == [80, 81, 82, 83, 84]


def test_a_thread_that_died_tells_who_and_where_on_standard_error() -> None:
    log = (
        "Exception in thread Thread-10 (eval_miner_sync):\n"
        "Traceback (most recent call last):\n"
        '  File "/usr/lib/python3.11/threading.py", line 1038, in _bootstrap_inner\n'
        "    self.run()\n"
        '  File "/resi/vali_utils/utils.py", line 41, in choose_data_entity_bucket_to_query\n'
        "    assert chosen\n"
        "           ^^^^^^\n"
        "AssertionError: Failed to choose a DataEntityBucket to query\n"
    )
    found = events_in(log, VALIDATOR, "stderr")
    assert [event.signal for event in found] == ["thread_died", "traceback"]
    assert found[0].fields == {"thread": "Thread-10", "target": "eval_miner_sync"}
    assert found[1].fields == {
        "file": "/resi/vali_utils/utils.py",
        "line": 41,
        "function": "choose_data_entity_bucket_to_query",
        "error": "AssertionError",
        "what": "Failed to choose a DataEntityBucket to query",
    }


def test_a_traceback_that_a_line_of_the_log_tore_is_told_once() -> None:
    """As two streams in one file have it: the head of the thread's end, and a line of the log behind it."""
    log = (
        "Exception in thread Thread-10 (eval_miner_sync)2026-11-22 13:12:42.690 |       INFO       | Evaluating\n"
        ":\n"
        "Traceback (most recent call last):\n"
        '  File "/resi/a.py", line 3, in f\n'
        f"{written('Evaluated Miner 1. Score=1.0. Credibility=0.5.', 'SUCCESS')}\n"
        '  File "/resi/b.py", line 4, in g\n'
        "KeyError: 4\n"
    )
    found = events_in(log, VALIDATOR)
    assert [event.signal for event in found] == ["thread_died", "evaluated", "traceback"]
    assert found[2].fields["file"] == "/resi/b.py"


def test_two_tracebacks_of_one_record_are_two_and_their_group_is_one() -> None:
    log = (
        'Traceback (most recent call last):\n  File "/a.py", line 1, in f\n    raise KeyError(4)\nKeyError: 4\n\n'
        "During handling of the above exception, another exception occurred:\n\n"
        'Traceback (most recent call last):\n  File "/b.py", line 2, in g\nbittensor.core.errors.NotVerifiedException\n'
    )
    assert [(event.fields["error"], event.fields["line"]) for event in events_in(log, MINER, "stderr")] == [
        ("KeyError", 1),
        ("bittensor.core.errors.NotVerifiedException", 2),
    ]
    group = (
        "  + Exception Group Traceback (most recent call last):\n"
        '  |   File "/a.py", line 1, in f\n'
        "  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)\n"
    )
    assert [event.fields["error"] for event in events_in(group, MINER, "stderr")] == ["ExceptionGroup"]


def test_an_error_of_several_lines_is_one_error_and_names_what_broke() -> None:
    log = "\n".join(
        [
            written("Traceback (most recent call last):", "ERROR"),
            '  File "/resi/vali_utils/miner_evaluator.py", line 455, in _update_and_get_miner_index',
            "    raise RuntimeError('HTTP ERROR')",
            "RuntimeError: HTTP ERROR",
            f" - {ALICE}: Failed to update and get miner index.",
            written("all is well"),
        ]
    )
    found = events_in(log, VALIDATOR)
    assert [event.signal for event in found] == ["error", "traceback", "index_error"]
    assert found[2].fields == {"error": "RuntimeError: HTTP ERROR", "hotkey": ALICE}


def test_a_line_of_230_kilobytes_is_read_to_its_end() -> None:
    one = "ValidationResult(is_valid=True, content_size_bytes_validated=820, reason='Property exists via Zillow API')"
    results = ", ".join([one] * 2200)
    line = written(f"{ALICE}: Data validation on selected entities finished with results: [{results}]", "SUCCESS")
    assert len(line) > 230_000
    assert len(fields_of(line, "api_result")) == 2200
    config = written("Loaded scraping config: " + "'zip:77494', " * 20_000)
    assert events_in(f"{config}\n{config}\n", MINER) == []


@pytest.mark.parametrize("name", pack_names())
def test_errors_are_those_lines_that_say_so_and_that_nothing_else_tells(name: str) -> None:
    signals = signals_of(name, "miner")
    lines = [
        written("something broke", "ERROR"),
        "its second line speaks of an ERROR",
        written("ERROR is a word here"),
        "ERROR: a bare one",
        "2026-11-22 12:44:28 [error] in brackets",
        written("Error when syncing metagraph for 428: away. Retrying in 1 seconds.", "ERROR"),
        written("nothing serious", "WARNING"),
        written("the end", "CRITICAL"),
    ]
    told = [event.fields["message"] for event in events_in("\n".join(lines), signals) if event.signal == "error"]
    broken = ["something broke", "ERROR: a bare one", "in brackets"]
    syncing = ["Error when syncing metagraph for 428: away. Retrying in 1 seconds."] if name == "resi" else []
    assert told == [*broken, *syncing, "the end"]


def test_a_pattern_over_several_lines_must_say_where_it_ends() -> None:
    with pytest.raises(ValidationError, match=r"with whole it must end in \\Z"):
        Signal.model_validate({"name": "x", "match": "a\nb$", "means": "m", "whole": True, "examples": ("a\nb",)})
    with pytest.raises(ValidationError, match="otherwise: no group of that name"):
        Signal.model_validate(
            {
                "name": "x",
                "match": "(?P<a>a)",
                "means": "m",
                "examples": ("a",),
                "sort": {"of": ["a", "otherwise"], "into": "c", "classes": {"k": "a"}, "otherwise": "o"},
            }
        )


def test_the_level_of_a_record_of_several_lines_is_its_first_lines() -> None:
    whole = Signal.model_validate(
        {"name": "w", "match": r"a\nb\Z", "means": "m", "whole": True, "level": "ERROR", "examples": ("a\nb",)}
    )
    line = Signal.model_validate({"name": "l", "match": "b", "means": "m", "level": "ERROR", "examples": ("b",)})
    log = f"{written('a', 'ERROR')}\nb\n{written('a')}\nb\n{written('b', 'ERROR')}\n"
    assert [(event.signal, event.offset) for event in events_in(log, (whole, line))] == [
        ("w", log.encode().index(b"\nb") + 1),
        ("l", log.encode().rindex(b"\x1b[34m")),
    ]


def test_what_takes_the_rest_comes_last_wherever_it_stands() -> None:
    rest = Signal.model_validate({"name": "rest", "match": ".", "means": "m", "rest": True, "examples": ("a",)})
    digit = Signal.model_validate({"name": "digit", "match": r"\d", "means": "m", "examples": ("1",)})
    assert [event.signal for event in events_in("1\na\n", (rest, digit))] == ["digit", "rest"]


def test_an_empty_line_does_not_complete_a_record_again() -> None:
    log = f"{written('timed out - Error during validation', 'ERROR')}\n\n\n{written('on')}\n"
    found = events_in(log, VALIDATOR)
    assert [event.signal for event in found] == ["loop_failed"]
    torn = "timed out - Error during validation\n\n"
    assert [event.signal for event in events_in(torn, VALIDATOR)] == ["loop_failed"]
