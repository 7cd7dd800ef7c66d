"""Help and completion: complete, honest, and loaded without the SDK."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.main import get_command

from netctl.cli.app import SECTIONS
from netctl.fleets import Remembered, remember
from tests.cli.program import SMALL, call, run

pytestmark = pytest.mark.fast

VERBS = {verb: summary for verbs in SECTIONS.values() for verb, summary in verbs.items()}
SDK = {"bittensor", "bittensor_core", "libtmux", "rich", "jinja2", "yaml", "websockets"}
HEAVY = SDK | {"pydantic", "asyncio"}
"""typer itself loads pydantic to read an option's value, and pydantic asyncio: just the first help is free of them."""


@pytest.mark.parametrize("verb", VERBS)
def test_the_summary_of_a_verb_is_the_first_line_of_its_own_help(verb: str) -> None:
    command = get_command(importlib.import_module(f"netctl.cli.verbs.{verb}").app)
    assert command.help is not None
    assert command.help.split("\n\n")[0].replace("\n", " ") == VERBS[verb]


def test_every_module_of_verbs_is_in_the_tree() -> None:
    folder = Path(importlib.import_module("netctl.cli.verbs").__file__ or "").parent
    assert {path.stem for path in folder.glob("[a-z]*") if path.suffix in {"", ".py"}} == set(VERBS)


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help_is_what_was_reviewed(
    verb: str, golden: Callable[[str, str], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    ended = call(capsys, *verb.split(), "--help")
    assert (ended.code, ended.err) == (0, "")
    golden(f"help-{verb or 'netctl'}.txt", ended.out)


def _modules_after(code: str, **environ: str) -> set[str]:
    program = f"import sys\n{code}\nprint('MODULES', *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PATH": "/usr/bin:/bin", **environ}, capture_output=True, text=True
    )
    return {name.split(".")[0] for name in done.stdout.rpartition("MODULES")[2].split()}


def test_help_loads_nothing_heavy() -> None:
    loaded = _modules_after("from netctl.cli import main\nassert main(['--help']) == 0")
    assert "typer" in loaded
    assert loaded & HEAVY == set()


def test_the_help_of_no_verb_loads_the_sdk() -> None:
    code = f"from netctl.cli import main\nfor verb in {list(VERBS)}: assert main([verb, '--help']) == 0"
    loaded = _modules_after(code)
    assert "typer" in loaded
    assert loaded & SDK == set()


def _modules_after_completing(home: Path, line: str) -> set[str]:
    return _modules_after(
        "from netctl.cli import main\nmain([])",
        NETCTL_HOME=str(home),
        _NETCTL_COMPLETE="complete_bash",
        COMP_WORDS=line,
        COMP_CWORD=str(len(line.split()) - 1),
    )


def test_completing_neurons_loads_nothing_heavy(tmp_path: Path) -> None:
    _remember(tmp_path)
    loaded = _modules_after_completing(tmp_path, "netctl logs m")
    assert "netctl" in loaded
    assert loaded & (HEAVY | {"typer"}) == set()


def test_completing_anything_else_does_not_load_the_sdk(tmp_path: Path) -> None:
    loaded = _modules_after_completing(tmp_path, "netctl logs --f")
    assert "typer" in loaded
    assert loaded & SDK == set()


def _remember(home: Path) -> None:
    neurons = ("miner_1", "miner_2", "validator_1")
    remember(Remembered("day2", home / "day2", Path("/p/day2.yaml"), rehearse=False, network=None, neurons=neurons))


@pytest.fixture
def complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str, str], str]:
    """What the shell is offered for a line, in a directory of its own."""
    monkeypatch.chdir(tmp_path)

    def offered(shell: str, line: str) -> str:
        monkeypatch.setenv("_NETCTL_COMPLETE", f"complete_{shell}")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
        monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
        return call(capsys).out

    return offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    ("line", "offered", "not_offered"),
    [
        ("netctl register --stagger ", ["all", "auto", "miner_1"], ["30s"]),
        ("netctl status --network ", ["finney", "local", "test"], []),
        ("netctl logs --level WA", ["WARNING"], ["DEBUG"]),
        ("netctl signals list --pack re", ["rehearsal", "resi"], []),
        ("netctl run show ", ["last", "last-1", "20261129T120000Z"], []),
        ("netctl compare last-1 ", ["last", "20261129T120000Z"], []),
        ("netctl profile new x.yaml --pack r", ["resi"], []),
        ("netctl logs m", ["miner_1", "miner_2"], ["validator_1"]),
        ("netctl logs miner_1 ", ["miner_2", "validator_1"], ["miner_1"]),
        ("netctl register ", ["miner_1", "validator_1"], []),
        ("netctl fleet restart --neuron v", ["validator_1"], ["miner_1"]),
        ("netctl fleet up --only s", ["subnet", "stake", "sessions"], ["files"]),
        ("netctl st", ["stake", "status"], ["logs"]),
        ("netctl runbook run my", ["my-own"], ["other"]),
    ],
)
def test_the_shell_completes_names(
    tmp_path: Path,
    complete: Callable[[str, str], str],
    shell: str,
    line: str,
    offered: list[str],
    not_offered: list[str],
) -> None:
    run_of = tmp_path / ".netctl" / "day2" / "runs" / "20261129T120000Z"
    run_of.mkdir(parents=True)
    (run_of / "run.json").touch()
    _remember(tmp_path / ".netctl")
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks" / "my-own.md").touch()
    (tmp_path / "runbooks" / "other.md").touch()
    words = set(complete(shell, line).replace('"', " ").replace(":", " ").split())
    assert set(offered) <= words
    assert set(not_offered) & words == set()


def test_zsh_is_told_no_apostrophe_that_it_would_take_for_a_quote(complete: Callable[[str, str], str]) -> None:
    told = complete("zsh", "netctl sta")
    assert "on the fleet\N{RIGHT SINGLE QUOTATION MARK}s hotkeys" in told
    assert told.count("'") == 2


@pytest.mark.parametrize("shell", ["bash", "zsh"])
@pytest.mark.parametrize(
    "line",
    [
        *(
            "netctl logs ",
            "netctl logs miner_2 -f mi",
            "netctl attach ",
            "netctl register --stagger m",
            "netctl logs x",
        ),
        *("netctl logs -n ", "netctl logs -", "netctl logs -p m", "netctl attach miner_1 ", "netctl render --diff m"),
        *(
            "netctl fleet down --neuron ",
            "netctl fleet ",
            "netctl status m",
            "netctl",
            "netctl log",
            "netctl logs -- m",
        ),
    ],
)
def test_the_quick_answer_is_typers_own(
    tmp_path: Path, complete: Callable[[str, str], str], monkeypatch: pytest.MonkeyPatch, shell: str, line: str
) -> None:
    _remember(tmp_path / ".netctl")
    quick = complete(shell, line)
    monkeypatch.setattr("netctl.cli.quick_answer", lambda _environ: None)
    assert quick == complete(shell, line)


def test_names_come_from_a_profile_that_was_never_brought_up(
    tmp_path: Path, complete: Callable[[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    monkeypatch.setenv("NETCTL_PROFILE", "small.yaml")
    assert complete("bash", "netctl logs ").split() == ["miner_1", "validator_1"]


@pytest.mark.parametrize("text", ["", "miners: [", "name: 3"])
def test_completion_says_nothing_of_a_broken_profile(
    tmp_path: Path, complete: Callable[[str, str], str], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    (tmp_path / "broken.yaml").write_text(text)
    monkeypatch.setenv("NETCTL_PROFILE", "broken.yaml")
    assert complete("bash", "netctl logs ").split() == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_is_printed(tmp_path: Path, shell: str) -> None:
    ended = run(cwd=tmp_path, _NETCTL_COMPLETE=f"source_{shell}")
    assert ended.code == 0
    assert "_NETCTL_COMPLETE" in ended.out
    assert ("loadautofunc" in ended.out) == (shell == "zsh")
