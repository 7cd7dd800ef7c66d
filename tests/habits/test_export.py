"""What an export writes, and what it refuses: files of our own only, no secret in any, and all or nothing."""

from __future__ import annotations

import io
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from dotenv import dotenv_values
from hypothesis import given, settings
from hypothesis import strategies as st

from netctl.adapters.interpreter import roots
from netctl.boot.words import quoted
from netctl.export import compose, systemd
from netctl.export.jobs import export_of
from netctl.render.environment import plain_quoted
from tests.cli.program import call
from tests.habits import trial as trials
from tests.habits.trial import NAMES, SECRET, Trial

pytestmark = pytest.mark.fast
TARGETS = ("systemd", "pm2", "compose")


@pytest.mark.parametrize("target", TARGETS)
def test_no_exported_file_holds_a_secret(trial: Trial, capsys: pytest.CaptureFixture[str], target: str) -> None:
    done = call(capsys, "fleet", "export", "--to", target, "-p", "trial.yaml")
    assert done.code == 0, done.err
    files = list((trial.place / f"trial-{target}").iterdir())
    assert files
    for path in files:
        assert SECRET not in path.read_text()
        assert path.stat().st_mode & 0o777 == 0o600
    assert SECRET not in done.out + done.err
    assert SECRET in trial.env_file("miner_1").read_text()


@pytest.mark.parametrize("target", TARGETS)
def test_a_second_export_changes_nothing(trial: Trial, capsys: pytest.CaptureFixture[str], target: str) -> None:
    call(capsys, "fleet", "export", "--to", target, "-p", "trial.yaml")
    place = trial.place / f"trial-{target}"
    before = {path: path.stat().st_mtime_ns for path in place.iterdir()}
    again = call(capsys, "fleet", "export", "--to", target, "-p", "trial.yaml", "--json")
    assert (again.code, again.document["written"], again.document["removed"]) == (0, [], [])
    assert {path: path.stat().st_mtime_ns for path in place.iterdir()} == before


def test_a_file_of_somebody_else_is_never_written_over(trial: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    place = trial.place / "mine"
    place.mkdir()
    (place / "netctl-trial.target").write_text("[Unit]\nDescription=my own\n")
    done = call(capsys, "fleet", "export", "--to", "systemd", "-p", "trial.yaml", "-o", "mine")
    assert done.code == 2
    assert "netctl-trial.target" in done.err
    assert [path.name for path in place.iterdir()] == ["netctl-trial.target"]
    assert "my own" in (place / "netctl-trial.target").read_text()


def test_what_another_fleet_exported_is_somebody_elses(trial: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, "fleet", "export", "--to", "compose", "-p", "trial.yaml", "-o", "out")
    (trial.place / "other.yaml").write_text(trials.PROFILE.replace("name: trial", "name: other"))
    trials.written(trial.place / "other.yaml")
    done = call(capsys, "fleet", "export", "--to", "compose", "-p", "other.yaml", "-o", "out")
    assert done.code == 2
    assert "from fleet trial;" in (trial.place / "out" / "compose.yaml").read_text()


def test_a_neuron_that_is_gone_takes_its_file_with_it(trial: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, "fleet", "export", "--to", "systemd", "-p", "trial.yaml", "-o", "out")
    (trial.place / "out" / "notes.txt").write_text("mine")
    lines = [line for line in trials.PROFILE.splitlines() if "miner_2" not in line]
    (trial.place / "trial.yaml").write_text("\n".join(lines))
    trials.written(trial.profile)
    done = call(capsys, "fleet", "export", "--to", "systemd", "-p", "trial.yaml", "-o", "out", "--json")
    assert done.document["removed"] == ["netctl-trial-miner_2.service"]
    left = {path.name for path in (trial.place / "out").iterdir()}
    assert left == {*done.document["files"], "notes.txt"}


def test_a_dry_run_shows_all_and_writes_nothing(trial: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    done = call(capsys, "fleet", "export", "--to", "systemd", "-p", "trial.yaml", "--dry-run")
    assert done.code == 0
    assert all(f"==> netctl-trial-{name}.service <==" in done.out for name in NAMES)
    assert not (trial.place / "trial-systemd").exists()


def test_files_that_are_not_as_the_profile_says_are_not_exported(
    trial: Trial, capsys: pytest.CaptureFixture[str]
) -> None:
    trial.env_file("miner_2").write_text("STALE=1\n")
    done = call(capsys, "fleet", "export", "--to", "pm2", "-p", "trial.yaml")
    assert done.code == 2
    assert "1 of its files" in done.err
    assert "netctl render" in done.err
    assert not (trial.place / "trial-pm2").exists()


def test_a_neuron_that_cannot_be_rendered_is_named(
    trial: Trial, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROBE_KEY")
    done = call(capsys, "fleet", "export", "--to", "pm2", "-p", "trial.yaml")
    assert done.code == 1
    assert "miner_1: $PROBE_KEY is not set" in done.err


def test_a_value_that_programs_would_read_differently_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROBE_KEY", odd := 'it\'s "both"')
    trials.written(trials.laid_out(tmp_path), {"PROBE_KEY": odd})
    done = call(capsys, "fleet", "export", "--to", "systemd", "-p", "trial.yaml")
    assert done.code == 2
    assert "miner_1: API_KEY holds" in done.err
    assert odd not in done.err


def test_an_image_belongs_to_compose(trial: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    done = call(capsys, "fleet", "export", "--to", "pm2", "-p", "trial.yaml", "--image", "x")
    assert (done.code, "--image" in done.err) == (2, True)


def test_miners_come_before_validators_and_a_stagger_makes_a_chain(trial: Trial) -> None:
    jobs = export_of(trial.fleet, trial.wanted, code=()).jobs
    assert {job.name: job.after for job in jobs} == {
        "miner_1": (),
        "miner_2": (),
        "validator_1": ("miner_1", "miner_2"),
    }
    launch = trial.wanted.pack.spec.launch.model_copy(update={"stagger": 7.0, "order": ("validator", "miner")})
    spec = trial.wanted.pack.spec.model_copy(update={"launch": launch})
    slow = export_of(trial.fleet, replace(trial.wanted, pack=replace(trial.wanted.pack, spec=spec)), code=())
    assert [(job.name, job.after, job.pause_s) for job in slow.jobs] == [
        ("validator_1", (), 7.0),
        ("miner_1", ("validator_1",), 7.0),
        ("miner_2", ("miner_1",), 0.0),
    ]
    units = {file.name: file.text for file in systemd.files(slow)}
    assert "ExecStartPost=/bin/sleep 7\n" in units["netctl-trial-miner_1.service"]
    assert "ExecStartPost" not in units["netctl-trial-miner_2.service"]


def test_a_container_gets_what_its_neuron_needs_and_no_coldkey(trial: Trial) -> None:
    python = trial.fleet.code.python
    own = trial.fleet.code.path
    assert own is not None
    export = export_of(trial.fleet, trial.wanted, code=(own, *roots(python)))
    service = yaml.safe_load(compose.files(export, user="1000:1000")[0].text)["services"]["miner_1"]
    mounts = {mount["target"]: mount.get("read_only", False) for mount in service["volumes"]}
    state, wallets = trial.fleet.state, trial.fleet.wallet_path
    assert mounts == {
        str(own): True,
        "/usr": True,
        f"{state}/files/miner_1": True,
        f"{wallets}/w1/hotkeys/h": True,
        f"{wallets}/w1/coldkeypub.txt": True,
        f"{state}/work/miner_1": False,
        f"{state}/logs": False,
        f"{state}/cache": False,
    }
    assert (service["network_mode"], service["user"], service["init"]) == ("host", "1000:1000", True)


def test_an_interpreter_is_followed_through_its_links(tmp_path: Path) -> None:
    real = tmp_path / "python-3.11.9" / "bin" / "python3.11"
    real.parent.mkdir(parents=True)
    real.write_text("")
    (tmp_path / "python-3.11").symlink_to(tmp_path / "python-3.11.9")
    venv = tmp_path / "venv" / "bin"
    venv.mkdir(parents=True)
    (venv / "python3").symlink_to(tmp_path / "python-3.11" / "bin" / "python3.11")
    (venv / "python").symlink_to("python3")
    found = roots(venv / "python")
    assert found == (tmp_path / "venv", tmp_path / "python-3.11", tmp_path / "python-3.11.9")


def test_json_says_what_was_written_and_what_to_type(trial: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    document = call(capsys, "fleet", "export", "--to", "systemd", "-p", "trial.yaml", "--json").document
    assert document["directory"] == str(trial.place / "trial-systemd")
    assert document["written"] == document["files"]
    assert any("daemon-reload" in command for command in document["commands"])
    json.dumps(document)


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("plain", "plain"),
        ("two words", '"two words"'),
        ("50%h", "50%%h"),
        ('a "quote"', '"a \\"quote\\""'),
        ("back\\slash", '"back\\\\slash"'),
        ("", '""'),
        (";", '";"'),
    ],
)
def test_a_word_is_quoted_as_systemd_reads_it(word: str, written: str) -> None:
    assert quoted(word) == written


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12), min_size=20, max_size=60))
@settings(max_examples=8, deadline=None)
def test_a_value_that_is_written_plainly_is_read_alike_by_dotenv_and_a_shell(values: list[str]) -> None:
    plain = [(value, text) for value in values if (text := plain_quoted(value)) is not None]
    lines = [f"V{number}={text}" for number, (_, text) in enumerate(plain)]
    found = dotenv_values(stream=io.StringIO("\n".join(lines) + "\n"), interpolate=False)
    assert list(found.values()) == [value for value, _ in plain]
    printed = "".join(f"printf '%s\\0' \"$V{number}\"\n" for number in range(len(plain)))
    shell = subprocess.run(["sh"], input=("\n".join(lines) + "\n" + printed).encode(), capture_output=True, check=True)
    assert shell.stdout.decode().split("\0")[:-1] == [value for value, _ in plain]


def test_the_usual_values_can_be_exported() -> None:
    usual = ["", "a b", "it's", "$x", "C:\\d", "a=b", "https://x.y/z?a=1&b=2#c", "línea", "{json: 1}", "a\nb", '"q"']
    assert [value for value in usual if plain_quoted(value) is None] == []
