"""What the runner asks of this machine: whose money a line spends, what it would cost, how fast time runs."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from netctl.cli import runbook_tools
from netctl.cli.runbook_tools import fleet_name, tools_for
from netctl.errors import PolicyError
from netctl.runbook.setting import Setting, Tools
from tests.cli.program import SMALL

pytestmark = pytest.mark.fast


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NETCTL_HOME", str(tmp_path / "state"))
    path = tmp_path / "small.yaml"
    path.write_text(f"{SMALL}rehearsal: {{time_scale: 120}}\n")
    return path


def tools(environ: dict[str, str] | None = None, **setting: Any) -> Tools:
    return tools_for(Setting(**setting), environ or {}, own_terminal=False)


@pytest.mark.parametrize(
    ("line", "setting", "fleet", "free"),
    [
        ("register -p small.yaml", {}, "small", False),
        ("fleet up small.yaml", {"network": "finney"}, "small", False),
        ("fleet up small.yaml", {"network": "wss://elsewhere.example"}, "small", False),
        ("fleet up small.yaml", {"network": "local"}, "small-local", True),
        ("fleet up small.yaml --network test", {"network": "local"}, "small", False),
        ("stake", {"rehearse": True}, "small-rehearsal", True),
        ("", {"network": "local"}, "small-local", True),
    ],
)
def test_whose_money_a_line_spends(
    line: str, setting: dict[str, Any], fleet: str, free: bool, profile: Path, tmp_path: Path
) -> None:
    found = tools(**setting).account_of(line.split(), {"NETCTL_PROFILE": str(profile)})
    assert found is not None
    assert (found.fleet, found.free) == (fleet, free)
    assert found.journal == tmp_path / "state" / fleet / "journal.jsonl"


def test_a_profile_that_is_not_there_yet_is_nobody_s(profile: Path) -> None:
    found = tools(network="test")
    assert found.account_of(["stake"], {"NETCTL_PROFILE": "later.yaml"}) is None
    Path("later.yaml").write_text(SMALL)
    assert found.account_of(["stake"], {"NETCTL_PROFILE": "later.yaml"}) is not None
    Path("later.yaml").write_text("name: [\n")
    assert found.account_of(["stake", "-p", "later.yaml"], {}) is None
    assert found.account_of(["stake"], {}) is None
    assert fleet_name(Setting(), {"NETCTL_PROFILE": str(profile)}) == "small"
    assert fleet_name(Setting(), {}) is None


def test_time_runs_as_the_rehearsal_s_profile_says(profile: Path) -> None:
    assert tools(rehearse=True).scale_of({"NETCTL_PROFILE": str(profile)}) == 120
    assert tools(rehearse=True).scale_of({}) == 60
    assert tools(rehearse=True).scale_of({"NETCTL_PROFILE": "later.yaml"}) == 60
    assert tools(network="test").scale_of({"NETCTL_PROFILE": str(profile)}) == 1


@pytest.mark.parametrize(
    ("out", "err", "answer"),
    [
        ('{"cost_tao": "0.002900001"}', "", 2_900_001),
        ("", "error: the chain is gone hunter22\nhint: wait\n", "cannot be told: the chain is gone [redacted]"),
        ('{"steps": []}', "", "cannot be told: it ended with 6"),
        ('{"cost_tao": null}', "", "cannot be told"),
    ],
)
def test_a_line_is_asked_what_it_would_cost(
    out: str, err: str, answer: int | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def answered(argv: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        asked.append(argv[3:])
        assert options["env"]["API_KEY"] == "hunter22"
        return subprocess.CompletedProcess(argv, 6, out, err)

    monkeypatch.setattr(runbook_tools.subprocess, "run", answered)
    variables = {"API_KEY": "hunter22"}
    if isinstance(answer, int):
        assert tools().cost_of(("stake", "--network", "test"), variables) == answer
    else:
        with pytest.raises(PolicyError) as refused:
            tools().cost_of(("stake", "--network", "test"), variables)
        assert answer in refused.value.message
    assert asked == [["stake", "--network", "test", "--dry-run", "--json"]]


def test_lines_of_the_shell_s_find_the_same_netctl(tmp_path: Path) -> None:
    found = tools({"PATH": "/usr/bin"}).environ["PATH"].split(":")
    assert (Path(found[0]) / "python").exists()
    assert found[1] == "/usr/bin"
