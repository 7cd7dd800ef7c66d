"""What netctl refuses before it does anything: exit code, two lines, nothing on stdout, nothing on disk."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from tests.cli.program import SMALL, Ended, call, run, small_profile
from tests.cli.schemas import PLAN, STATUS

pytestmark = pytest.mark.fast


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(small_profile())
    return tmp_path


def _assert_refused(ended: Ended, code: int, *words: str) -> None:
    lines = ended.err.splitlines()
    assert ended.code == code, ended.err
    assert ended.out == ""
    assert lines[-2].startswith("error: ")
    assert lines[-1].startswith("hint: ")
    assert "Traceback" not in ended.err
    for word in words:
        assert word in ended.err


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("statsu", ["did you mean: netctl status"]),
        ("xyzzy", ["no command 'xyzzy'"]),
        ("status --frob", ["No such option: --frob"]),
        ("logs", ["no fleet was brought up"]),
        ("logs -f --until 12:00 -p small.yaml", ["--follow", "--until"]),
        ("logs --err --all -p small.yaml", ["--err", "--all"]),
        ("logs --raw --json -p small.yaml", ["--raw", "--json"]),
        ("logs --grep ( -p small.yaml", ["--grep '('", "at character 1"]),
        ("logs --level warming -p small.yaml", ["--level 'warming'", "did you mean WARNING"]),
        ("logs --since soon -p small.yaml", ["--since 'soon'", "10m"]),
        ("fleet", ["Missing command", "netctl fleet --help"]),
        ("why", ["Missing argument 'NEURON'", "netctl status names them"]),
        ("fleet up nowhere.yaml", ["nowhere.yaml: no such profile"]),
        ("fleet up small.yaml --only lunch", ["no such phase", "sessions"]),
        ("fleet up small.yaml --rehearse --network test", ["drop one"]),
        ("fleet plan small.yaml --network http://x", ["ws://"]),
        ("fleet plan small.yaml --rehearse --neuron miner_9", ["has no neuron miner_9", "miner_1"]),
        ("register miner_9 -p small.yaml --rehearse", ["has no neuron miner_9"]),
        ("register --stagger=soon -p small.yaml --rehearse", ["--stagger=soon"]),
        ("logs miner_9 -p small.yaml", ["has no neuron miner_9"]),
        ("attach miner_1 -p small.yaml", ["terminal"]),
        ("attach supervisor -p small.yaml", ["supervisor is no neuron", "netctl logs supervisor -f"]),
        ("status", ["no fleet was brought up", "netctl fleet up profiles/day2.yaml --rehearse"]),
        ("fleet down small.yaml --purge --yes", ["--purge"]),
        ("wallet create -p small.yaml --show-mnemonic", ["terminal"]),
        ("profile new small.yaml", ["is there already"]),
        ("chain faucet 5x --amount much -p small.yaml", ["--amount"]),
    ],
)
def test_a_wrong_word_ends_with_2(line: str, words: list[str], here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _assert_refused(call(capsys, *line.split()), 2, *words)
    assert [path.name for path in here.iterdir()] == ["small.yaml"]


def test_faults_of_a_profile_are_all_named_and_end_with_2(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "bad.yaml").write_text(SMALL.replace("netuid: 428", "netuid: lots\nfrobnicate: 1"))
    ended = call(capsys, "fleet", "up", "bad.yaml", "--rehearse", "--yes")
    _assert_refused(ended, 2, "bad.yaml:3: netuid: ", "bad.yaml:4: frobnicate: ")


def test_validate_gives_the_faults_as_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "bad.yaml").write_text(SMALL.replace("netuid: 428", "netuid: lots"))
    ended = call(capsys, "profile", "validate", "bad.yaml", "small.yaml", "--json")
    assert ended.code == 2
    assert [(fault["line"], fault["field"]) for fault in ended.document["faults"]] == [(3, "netuid")]
    assert call(capsys, "profile", "validate", "small.yaml").code == 0


def test_a_new_profile_loads_as_it_stands(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "profile", "new", "fresh.yaml").code == 0
    assert call(capsys, "profile", "validate", "fresh.yaml").code == 0


def test_a_new_profile_has_the_ending_and_the_header_that_editors_want(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "yaml-language-server" not in (here / "small.yaml").read_text(encoding="utf-8")
    (here / "schema.json").write_text(call(capsys, "profile", "schema").out, encoding="utf-8")
    assert call(capsys, "profile", "new", "fresh").code == 0
    assert (here / "fresh.yaml").read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=schema.json\n")


def test_the_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    jsonschema.Draft202012Validator.check_schema(call(capsys, "profile", "schema").document)


def test_a_plan_before_the_first_rehearsal_touches_nothing(here: Path) -> None:
    ended = run("fleet", "plan", "small.yaml", "--rehearse", "--json", cwd=here)
    assert ended.code == 0, ended.err
    jsonschema.validate(ended.document, PLAN)
    assert {step["phase"] for step in ended.document["steps"]} >= {"wallets", "registration", "stake", "sessions"}
    assert [path.name for path in here.iterdir()] == ["small.yaml"]


def test_status_answers_where_nothing_runs(here: Path) -> None:
    ended = run("status", "-p", "small.yaml", "--rehearse", "--json", cwd=here)
    assert ended.code == 1
    jsonschema.validate(ended.document, STATUS)
    assert {neuron["state"] for neuron in ended.document["neurons"]} == {"missing"}
    assert {neuron["registered"] for neuron in ended.document["neurons"]} == {None}
    assert [path.name for path in here.iterdir()] == ["small.yaml"]


def test_no_chain_runs_from_here(here: Path) -> None:
    _assert_refused(run("chain", "status", cwd=here), 6, "no embedded chain runs from here", "netctl chain up")


def test_a_chain_that_does_not_answer_ends_with_6(here: Path) -> None:
    ended = run("metagraph", "-p", "small.yaml", "--network", "ws://127.0.0.1:9", cwd=here)
    _assert_refused(ended, 6, "ws://127.0.0.1:9")


def test_a_program_without_arguments_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys)
    assert ended.code == 0
    assert "netctl fleet up" in ended.out
