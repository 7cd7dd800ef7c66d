"""The runner, without processes: what it asks, runs, waits for, writes down and ends with."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl.errors import LockHeld, PolicyError
from netctl.runbook.record import Record
from tests.runbook.fakes import FakeClock, Outside, go
from tests.runbook.texts import sh, steps_of

pytestmark = pytest.mark.fast


@pytest.fixture
def outside(tmp_path: Path) -> Outside:
    return Outside(tmp_path)


def test_every_step_is_shown_asked_for_and_run_as_it_was_shown(outside: Outside) -> None:
    text = steps_of(sh("A", "export X=1", "netctl status", "echo $X"), sh("B", "netctl fleet list"), "**C**")
    went = go(text, outside, "run", "skip", "yes")
    assert went.code == 0
    assert went.stage.asked == ["run/skip/stop=run", "run/skip/stop=run", "is it done?yes/skip/stop"]
    assert went.stage.steps[0].lines == ("export X=1", "netctl status --rehearse", "echo $X")
    assert outside.ran == ["netctl status --rehearse", "echo $X"]
    assert outside.environs[1]["X"] == "1"
    assert went.results() == {"a": "done", "b": "skipped", "c": "done"}
    assert went.entries[-1]["kind"] == "ended"


def test_yes_in_a_rehearsal_answers_everything_and_is_spelled_on(outside: Outside) -> None:
    text = steps_of(
        "**A** `decide`\n\nDecide: well?\n\n```sh\ntrue\n```",
        "**B**",
        sh("C", "netctl fleet up").replace("**C**", "**C** `spends`"),
    )
    went = go(text, outside, yes=True, attended=False)
    assert (went.code, went.stage.asked) == (0, [])
    assert outside.ran == ["true", "netctl fleet up --rehearse --yes"]


@pytest.mark.parametrize(
    ("answer", "result", "ran"), [("yes", "done", ["true"]), ("no", "declined", []), ("stop", None, [])]
)
def test_a_person_decides(answer: str, result: str | None, ran: list[str], outside: Outside) -> None:
    went = go(steps_of("**A** `decide`\n\nDecide: is it well?\n\n```sh\ntrue\n```"), outside, answer)
    assert went.stage.asked == ["is it well?yes/no/stop"]
    assert went.results().get("a") == result
    assert outside.ran == ran
    assert went.code == (130 if answer == "stop" else 0)


def test_steps_for_the_other_kind_of_run_are_passed_over(outside: Outside) -> None:
    text = steps_of("**A** `public`\n\n```sh\na\n```", "**B** `rehearsal`\n\n```sh\nb\n```")
    assert go(text, outside, yes=True).results() == {"a": "elsewhere", "b": "done"}
    assert go(text, outside, "run", rehearse=False).results() == {"a": "done", "b": "elsewhere"}
    assert outside.ran == ["b", "a"]


@pytest.mark.parametrize(
    ("line", "code", "ends"),
    [("netctl status", 6, 6), ("netctl status", 1, 1), ("netctl status", 3, 3), ("netctl status", 77, 1), ("x", 6, 1)],
)
def test_a_failed_step_shows_its_advice_and_gives_its_code(line: str, code: int, ends: int, outside: Outside) -> None:
    shown = f"{line} --rehearse" if line.startswith("netctl") else line
    outside.codes = {shown: [code, code, 0]}
    text = steps_of(sh("A", line, more="If this fails: look."), sh("B", "b"))
    went = go(text, outside, yes=True)
    assert went.code == ends
    assert went.stage.said[-1] == f"FAILED `{line}` ended with {code} | look."
    assert (went.entries[-1]["kind"], went.results()) == ("halted", {})
    again = go(text, outside, "run", "again", "run")
    assert again.code == 0
    assert again.stage.asked[1] == "again/skip/stop"
    assert outside.ran == [shown, shown, shown, "b"]


def test_a_failed_step_may_be_skipped_or_end_the_run(outside: Outside) -> None:
    outside.codes = {"a": [1, 1]}
    text = steps_of(sh("A", "a"), sh("B", "b"))
    assert go(text, outside, "run", "stop").code == 1
    went = go(text, outside, "run", "skip", "run")
    assert (went.code, went.results()) == (0, {"a": "skipped", "b": "done"})


@pytest.mark.parametrize(("codes", "good"), [([0, 1], True), ([0, 0], True), ([1, 1], False), ([0, 2], False)], ids=str)
def test_only_the_last_line_may_end_with_what_is_expected(codes: list[int], good: bool, outside: Outside) -> None:
    outside.codes = {"a": codes[:1], "b": codes[1:]}
    went = go(steps_of(sh("A", "a", "b", "export X=1", more="Expect exit 0 or 1: either.")), outside, yes=True)
    assert (went.code == 0) is good


def test_an_optional_step_may_fail(outside: Outside) -> None:
    outside.codes = {"a": [1]}
    went = go(steps_of(sh("A", "a").replace("**A**", "**A** `optional`"), sh("B", "b")), outside, yes=True)
    assert (went.code, went.results()) == (0, {"a": "failed", "b": "done"})
    assert "- [ ] **A**" in (went.place / "runbook.md").read_text()


def test_a_wait_is_divided_by_the_time_scale_and_goes_on_where_it_was(outside: Outside) -> None:
    text = steps_of("**A**\n\nWait: 1h for it.\n\n```sh\na\n```", "**B**")
    with pytest.raises(KeyboardInterrupt):
        go(text, outside, "ctrl-c while waiting", yes=True)
    went = go(text, outside, yes=True)
    assert went.stage.waited == [45.0]
    assert outside.ran == ["a"]
    assert went.results() == {"a": "done", "b": "done"}


def test_while_a_line_waits_its_own_time_is_counted_down(outside: Outside) -> None:
    went = go(steps_of(sh("A", "netctl check --wait 5m", "netctl status")), outside, yes=True)
    assert went.stage.limits == [300.0, None]


def test_boxes_are_ticked_in_the_copy_and_never_in_the_file(outside: Outside) -> None:
    text = steps_of(sh("A", "a"), sh("B", "b"), sh("C", "c")).replace("- [ ] **C**", "- [x] **C**")
    outside.codes = {"c": [1]}
    went = go(text, outside, "run", "skip", "run", "stop")
    copy = (went.place / "runbook.md").read_text()
    assert [line[:7] for line in copy.splitlines() if line.startswith("- [")] == ["- [x] *", "- [ ] *", "- [ ] *"]
    assert (outside.folder / "book.md").read_text() == text
    assert (went.place / "a.txt").read_text() == "$ a\noutput of a\nended with 0 after 1s\n"


def test_a_run_goes_on_with_what_it_had_exported(outside: Outside) -> None:
    text = steps_of(sh("A", "export X=1", "export Y=$X$X"), sh("B", "netctl logs $Y"))
    go(text, outside, "run", "stop")
    went = go(text, outside, "run")
    assert outside.ran == ["netctl logs 11 --rehearse"]
    assert went.place.name == "1"


def test_a_finished_run_is_not_gone_on_with_nor_one_on_something_else(outside: Outside) -> None:
    text = steps_of(sh("A", "a"), sh("B", "b"))
    assert go(text, outside, "run", "stop").place.name == "1"
    assert go(text, outside, "run", "stop", rehearse=False, network="test").place.name == "2"
    assert go(text, outside, "run").place.name == "1"
    assert go(text, outside, yes=True).place.name == "3"
    assert go(text, outside, "stop").place.name == "4"
    assert go(text, outside, "stop", anew=True).place.name == "5"


def test_a_runbook_that_has_changed_is_matched_by_its_slugs(outside: Outside) -> None:
    go(steps_of(sh("09:00 A", "a"), sh("B", "b")), outside, "run", "stop")
    went = go(steps_of(sh("C", "c"), sh("10:00 B", "b"), sh("A", "a")), outside, yes=True)
    assert outside.ran == ["a", "c", "b"]
    assert next(entry for entry in went.entries if entry["kind"] == "resumed")["changed"] is True


def test_beginning_with_a_step_leaves_out_those_before_it_but_not_what_they_export(outside: Outside) -> None:
    text = steps_of(sh("A", "export X=1", "a"), sh("B", "b"), sh("C", "echo $X"))
    went = go(text, outside, yes=True, start=2)
    assert went.results() == {"a": "left_out", "b": "left_out", "c": "done"}
    assert outside.environs[-1]["X"] == "1"
    outside.ran.clear()
    outside.codes = {"echo $X": [1]}
    assert go(text, outside, yes=True).code == 1
    go(text, outside, yes=True, start=1)
    assert outside.ran == ["a", "b", "echo $X", "b", "echo $X"]


def test_a_step_that_was_begun_is_done_again_and_a_foreign_line_asked_about(outside: Outside) -> None:
    text = steps_of(sh("A", "a", "netctl status", "b"))
    outside.codes = {"b": [130]}
    with pytest.raises(KeyboardInterrupt):
        go(text, outside, yes=True)
    killed = Record(outside.folder / ".runbooks" / "book" / "1", clock=outside.clock)
    lines = (killed.place / "events.jsonl").read_text().splitlines()
    begun = max(number for number, line in enumerate(lines) if '"command_begun"' in line)
    (killed.place / "events.jsonl").write_text("\n".join(lines[: begun + 1]) + "\n")
    outside.ran.clear()
    went = go(text, outside, "run", "skip")
    assert outside.ran == ["a", "netctl status --rehearse"]
    assert "nobody knows whether it ended" in went.stage.asked[1]
    (killed.place / "events.jsonl").write_text("\n".join(lines[: begun + 1]) + "\n")
    outside.ran.clear()
    go(text, outside, yes=True)
    assert outside.ran == ["a", "netctl status --rehearse", "b"]


def test_a_profile_of_the_command_line_is_not_overridden(outside: Outside) -> None:
    text = steps_of(sh("A", "export NETCTL_PROFILE=b.yaml", "netctl status"))
    outside.environ = {"NETCTL_PROFILE": "a.yaml"}
    go(text, outside, yes=True)
    go(text, outside, yes=True, profile="a.yaml")
    assert [environ["NETCTL_PROFILE"] for environ in outside.environs] == ["b.yaml", "a.yaml"]


def test_secrets_do_not_get_into_the_record(outside: Outside) -> None:
    outside.environ = {"WORD": "hunter2"}
    went = go(steps_of(sh("A", "netctl logs $WORD", "echo hunter2")), outside, yes=True)
    kept = "".join(path.read_text() for path in went.place.iterdir() if path.name != "runbook.md")
    assert "hunter2" not in kept
    assert kept.count("[redacted]") >= 4
    assert not any("hunter2" in line for line in went.stage.said)


def test_two_runners_do_not_share_a_run(outside: Outside) -> None:
    text = steps_of(sh("A", "a"))
    go(text, outside, "stop")
    with Record(outside.folder / ".runbooks" / "book" / "1", clock=FakeClock()).held():
        with pytest.raises(LockHeld, match="the run book/1 is held by pid") as refused:
            go(text, outside)
        assert refused.value.exit_code == 9


@pytest.mark.parametrize(
    ("body", "setting", "message"),
    [
        (sh("A", "netctl fleet up").replace("**A**", "**A** `spends`"), {}, "--yes does not answer that"),
        ("**A** `spends`", {"budget_rao": 5}, "no budget bounds what is paid by hand"),
        (sh("A", "netctl stake", "x").replace("**A**", "**A** `spends`"), {"budget_rao": 5}, "no budget bounds `x`"),
        ("**A**", {}, "done by hand"),
    ],
)
def test_on_a_real_network_yes_does_not_answer_what_spends_or_is_done_by_hand(
    body: str, setting: dict[str, int], message: str, outside: Outside
) -> None:
    with pytest.raises(PolicyError, match=message):
        go(steps_of(body), outside, yes=True, attended=False, rehearse=False, network="test", **setting)
    assert outside.ran == []
    assert Record(outside.folder / ".runbooks" / "book" / "1", clock=outside.clock).entries()[-1]["kind"] == "halted"
