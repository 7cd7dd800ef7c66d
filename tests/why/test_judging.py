"""Which cause is named, how sure that is, and in which words: by evidence alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from netctl.cause import Cause, Place
from netctl.why.generic import CAUSES
from netctl.why.judging import LAST_WORDS, Evidence, Found, judged

pytestmark = pytest.mark.fast

NAMES: dict[str, Any] = {"neuron": {"name": "miner_1", "axon_port": 8091}, "paths": {"work": "/w"}}


def cause(name: str = "lost", match: str = "is lost", look: Sequence[Place] = ("stderr",), **changes: Any) -> Cause:
    fields: dict[str, Any] = {"says": "it is lost", "next": "find it", **changes}
    return Cause(name=name, look=tuple(look), match=match, **fields)


def judge(evidence: Evidence, *causes: Cause) -> tuple[Found, ...]:
    return judged(evidence, [*(("trial", one) for one in causes), *(("netctl", one) for one in CAUSES)], NAMES)


def ended(how: str = "exit 1", *stderr: str, stdout: Sequence[str] = ()) -> Evidence:
    return Evidence({"exit": [how], "stderr": stderr, "stdout": stdout})


def test_a_pack_knows_better_than_netctl() -> None:
    found = judge(ended("exit 1", "OSError: it is lost"), cause())
    assert [(one.name, one.known_by) for one in found] == [("lost", "trial"), ("uncaught_error", "netctl")]


def test_the_last_line_that_shows_it_is_quoted_with_its_place() -> None:
    (found, *_) = judge(ended("exit 1", "is lost 1", "is lost 2", "more"), cause())
    assert (found.line, found.place) == ("is lost 2", "standard error, 2 lines from its end")
    (found, *_) = judge(ended("exit 1", "is lost"), cause())
    assert found.place == "the last line of standard error"


def test_a_complaint_long_before_the_end_is_less_sure_than_the_last_words() -> None:
    lines = ("it is lost", *(["fine"] * LAST_WORDS), "ValueError: no")
    found = judge(ended("exit 1", *lines), cause())
    assert [(one.name, one.confidence) for one in found] == [("uncaught_error", "sure"), ("lost", "likely")]


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"])
def test_who_was_killed_from_outside_did_not_end_of_what_it_said(name: str) -> None:
    found = judge(ended(f"signal {name}", "it is lost"), cause())
    assert [(one.name, one.confidence) for one in found] == [("killed", "sure"), ("lost", "likely")]


def test_who_crashed_may_have_said_why() -> None:
    found = judge(ended("signal SIGABRT", "std::bad_alloc: it is lost"), cause())
    assert found[0].name == "lost"


def test_a_cause_of_certain_exits_is_none_of_others() -> None:
    only = cause(exits=("exit 2",))
    assert "lost" not in [one.name for one in judge(ended("exit 1", "is lost"), only)]
    assert judge(ended("exit 2", "is lost"), only)[0].name == "lost"
    lives = Evidence({"stderr": ["is lost"]}, lives=True)
    assert judge(lives, only) == ()


def test_a_ready_neuron_got_over_what_it_said_but_not_over_what_it_lives_on_with() -> None:
    lines = ["it is lost", *(["fine"] * LAST_WORDS)]
    assert judge(Evidence({"stderr": lines}, lives=True, well=True), cause()) == ()
    (lately,) = judge(Evidence({"stderr": lines[:3]}, lives=True, well=True), cause())
    assert lately.confidence == "likely"
    (dead_thread,) = judge(Evidence({"stderr": lines}, lives=True, well=True), cause(alive=True))
    assert dead_thread.confidence == "sure"
    (unwell,) = judge(Evidence({"stderr": lines}, lives=True), cause())
    assert unwell.confidence == "likely"


def test_the_words_hold_what_the_pattern_found_and_what_a_pack_may_name() -> None:
    told = cause(match="lost at (?P<place>.+)", says="lost at {{ place }}", next="ask {{ neuron.axon_port }}")
    (found, *_) = judge(ended("exit 1", "lost at sea"), told)
    assert (found.says, found.next) == ("lost at sea", "ask 8091")


@pytest.mark.parametrize("template", ["{{ nothing_of_that_name }}", "{{ neuron.nothing }}"])
def test_a_slip_in_a_packs_sentence_keeps_nobody_from_the_cause(template: str) -> None:
    (found, *_) = judge(ended("exit 1", "is lost"), cause(says=template))
    assert (found.name, found.says) == ("lost", template)


@pytest.mark.parametrize(
    ("place", "line"),
    [("chain", "registered: no"), ("probe", "its port 8091"), ("stdout", "is lost"), ("exit", "exit 7")],
)
def test_a_cause_is_looked_for_where_it_shows_and_nowhere_else(place: Place, line: str) -> None:
    told = cause(match=line, look=[place])
    lines: dict[Place, Sequence[str]] = {"exit": ["exit 1"]}
    assert judge(Evidence({**lines, place: [line]}), told)[0].name == "lost"
    assert "lost" not in [one.name for one in judge(Evidence({**lines, "stderr": [line]}), told)]


def test_a_long_line_is_quoted_in_short() -> None:
    (found, *_) = judge(ended("exit 1", "is lost " + "x" * 100_000), cause())
    assert len(found.line) < 500


def test_an_end_that_nothing_explains_has_no_cause() -> None:
    assert judge(ended("exit 9", "all is well")) == ()


@pytest.mark.parametrize("line", ["a.b.LostError: gone", "    | a.b.LostError: gone", "  |   | a.b.LostError: gone"])
def test_an_error_in_a_group_is_one_too(line: str) -> None:
    (found, *_) = judge(ended("exit 1", line, "    +------------------------------------"))
    assert found.says == "nothing in its code caught this: a.b.LostError: gone"


def test_the_words_of_an_error_may_begin_below_its_name() -> None:
    (found, *_) = judge(
        ended("exit 1", "RuntimeError: ", "  | ", "Conflict detected: 'scalecodec' is installed.", "mend it")
    )
    assert found.says == "nothing in its code caught this: RuntimeError: Conflict detected: 'scalecodec' is installed."
    (found, *_) = judge(ended("exit 1", "KeyboardInterrupt", "bye"))
    assert found.says == "nothing in its code caught this: KeyboardInterrupt"
