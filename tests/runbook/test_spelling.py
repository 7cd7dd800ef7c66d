"""What the run was told, spelled onto its lines; and where there is nobody to ask."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from netctl.cli.runbook_words import fault_of, line_faults, options_of, words_of
from netctl.cli.words import Words
from netctl.errors import UsageError
from netctl.money import RAO_PER_TAO as TAO
from netctl.runbook.model import Command
from netctl.runbook.setting import Setting
from netctl.runbook.spelling import Spelling, expanded, own_wait_s, shown, spelled
from tests.runbook.texts import read, sh, steps_of

pytestmark = pytest.mark.fast

ALL = {"--rehearse", "--network", "--yes", "--budget"}


@pytest.mark.parametrize(
    ("words", "options", "spelling", "line"),
    [
        ("fleet up", ALL, Spelling(), "fleet up"),
        ("fleet up", ALL, Spelling(rehearse=True, yes=True), "fleet up --rehearse --yes"),
        ("fleet up", ALL, Spelling(network="test"), "fleet up --network test"),
        ("fleet up", ALL, Spelling(yes=True, budget_rao=TAO // 2), "fleet up --yes --budget 0.5"),
        ("fleet up --rehearse -y", ALL, Spelling(rehearse=True, yes=True), "fleet up --rehearse -y"),
        ("fleet up --network=local", ALL, Spelling(network="test"), "fleet up --network=local"),
        ("fleet up --rehearse", ALL, Spelling(network="test"), "fleet up --rehearse"),
        ("fleet up --budget 2", ALL, Spelling(budget_rao=3 * TAO), "fleet up --budget 2 --budget 2.0"),
        ("fleet up --budget 2", ALL, Spelling(budget_rao=TAO), "fleet up --budget 2 --budget 1.0"),
        ("chain status", set(), Spelling(rehearse=True, yes=True), "chain status"),
        ("logs -- --rehearse", ALL, Spelling(rehearse=True), "logs --rehearse -- --rehearse"),
    ],
)
def test_an_option_is_spelled_where_the_command_has_it_and_the_line_not(
    words: str, options: Collection[str], spelling: Spelling, line: str
) -> None:
    assert shown(spelled(words.split(), options, spelling)) == f"netctl {line}"


@pytest.mark.parametrize(
    ("line", "has"),
    [
        (["fleet", "up"], ALL),
        (["register"], ALL),
        (["stake"], ALL),
        (["fund"], ALL),
        (["fleet", "down"], ALL - {"--budget"}),
        (["status"], {"--rehearse", "--network"}),
        (["fleet", "list"], set()),
        (["chain", "status"], set()),
    ],
)
def test_the_options_are_those_of_the_very_command(line: list[str], has: set[str]) -> None:
    assert set(options_of(line)) & ALL == has


def test_variables_are_put_in_after_the_words_are_told_apart() -> None:
    command = Command("", 7, "netctl", ("logs", "$NAME", "a${NAME}b", "$"))
    assert expanded(command, {"NAME": "two words"}) == ("logs", "two words", "atwo wordsb", "$")
    with pytest.raises(UsageError, match=r"line 7: .* NAME is not set"):
        expanded(command, {})


@pytest.mark.parametrize(
    ("words", "seconds"),
    [("check --wait 30m", 1800.0), ("check --wait=5s --json", 5.0), ("check", None), ("check --wait", None)],
)
def test_a_line_s_own_wait_is_known(words: str, seconds: float | None) -> None:
    assert own_wait_s(words.split()) == seconds


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("fleet up profiles/day2.yaml", ""),
        ("register --stagger miner_3", ""),
        ("check --wait $TIME --group minimum", ""),
        ("status --help", ""),
        ("--version", ""),
        ("fleet up --rehears", "No such option"),
        ("fleet upp", "no command 'upp'"),
        ("statuss", "no command 'statuss'"),
        ("compare", "Missing argument"),
        ("status extra", "unexpected extra argument"),
        ("check --group none", "is not one of"),
        ("logs $NAME --nope", "No such option"),
    ],
)
def test_the_real_command_line_judges_the_lines(line: str, fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = fault_of(line.split())
    assert (fault in found) if fault else found == ""
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("line", "variables", "setting", "words"),
    [
        ("fleet up a.yaml", {}, Setting(rehearse=True), Words(Path("a.yaml"), True, None)),
        ("stake -p a.yaml", {"NETCTL_PROFILE": "b.yaml"}, Setting(), Words(Path("a.yaml"), False, None)),
        ("stake", {"NETCTL_PROFILE": "b.yaml"}, Setting(network="test"), Words(Path("b.yaml"), False, "test")),
        ("register --stagger m1 --network local", {}, Setting(network="test"), Words(None, False, "local")),
        ("", {}, Setting(network="test"), Words(None, False, "test")),
    ],
)
def test_which_fleet_a_line_means(line: str, variables: dict[str, str], setting: Setting, words: Words) -> None:
    assert words_of(line.split(), variables, setting) == words


def test_what_a_run_could_not_do_is_told_before_it(tmp_path: Path) -> None:
    text = steps_of(
        sh("A", "netctl logs $NOBODY", "export SET=1", "netctl logs $SET $HOME"),
        sh("B", "netctl status --network test"),
        sh("C", "netctl status --rehearse"),
        sh("D", "netctl logs $ELSEWHERE").replace("**D**", "**D** `public`"),
    )
    runbook = read(text, tmp_path)
    environ = {"HOME": "/home"}
    rehearsed = line_faults(runbook, Setting(rehearse=True), environ)
    assert [(fault.line, fault.message.rpartition("`")[2]) for fault in rehearsed] == [
        (6, ": NOBODY is not set"),
        (14, " names a network"),
    ]
    public = [fault.message.rpartition("`")[2] for fault in line_faults(runbook, Setting(network="test"), environ)]
    assert public == [": NOBODY is not set", " is a rehearsal", ": ELSEWHERE is not set"]
    assert line_faults(runbook, None) == []
