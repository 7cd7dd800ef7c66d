"""Completion as it is typed: each shell really started, Tab really pressed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from netctl.fleets import Remembered, remember
from tests.cli.shells import Shell, installed, shells, shown

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module", params=shells())
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """With a fleet that was brought up from its home, and a profile there."""
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    home = tmp_path_factory.mktemp(request.param)
    shell = installed(request.param, home)
    (home / "profiles").mkdir()
    (home / "profiles" / "day2.yaml").touch()
    neurons = ("miner_1", "miner_2", "validator_1")
    state = home / ".netctl" / "day2"
    remember(Remembered("day2", state, Path("/p/day2.yaml"), rehearse=False, network=None, neurons=neurons))
    return shell


@pytest.mark.parametrize(
    ("line", "offered", "not_offered"),
    [
        ("netctl st", ["stake", "status", "strategies"], ["doctor"]),
        ("netctl fleet ", ["up", "plan", "down", "restart", "export"], ["supervise"]),
        ("netctl chaos ", ["kill", "stop", "cut-rpc", "slow-rpc"], ["miner_1"]),
        ("netctl chain fault c", ["clear"], []),
        ("netctl logs --lev", ["--level"], []),
        ("netctl logs --", ["--follow", "--grep", "--since"], ["miner_1"]),
        ("netctl logs m", ["miner_"], ["validator_1"]),
        ("netctl logs miner_1 ", ["miner_2", "validator_1"], []),
        ("netctl fleet restart --neuron v", ["validator_1"], []),
        ("netctl fleet up --only s", ["subnet", "stake", "sessions"], ["files"]),
        ("netctl fleet up prof", ["profiles/"], []),
        ("netctl status -p profiles/d", ["profiles/day2.yaml"], []),
        ("netctl check --group ", ["minimum", "optimal", "stretch"], []),
        ("netctl register --stagger ", ["auto", "all", "miner_1"], ["profiles"]),
        ("netctl status --network ", ["finney", "local", "test"], ["profiles"]),
        ("netctl signals list --pack re", ["resi", "rehearsal"], []),
    ],
)
def test_tab_offers_what_can_come_next(shell: Shell, line: str, offered: list[str], not_offered: list[str]) -> None:
    wanted = [_whole(line, word) for word in offered] if len(offered) == 1 else offered
    after = shown(shell, line, wanted)
    assert [word for word in wanted if word not in after] == [], after
    assert [word for word in not_offered if word in after] == [], after


def _whole(line: str, word: str) -> str:
    """What a shell adds to the line where it completes a word at once: some draw the rest alone."""
    begun = line.split(" ")[-1]
    return word.removeprefix(begun) if begun else word


def test_summaries_stand_beside_the_words_and_keep_their_apostrophes(shell: Shell) -> None:
    if shell.name == "bash":
        pytest.skip("bash shows words alone")
    after = shown(shell, "netctl sta", ["stake", "status", "hotkeys"])
    assert re.search("on the fleet['\N{RIGHT SINGLE QUOTATION MARK}]s hotkeys", after), after
