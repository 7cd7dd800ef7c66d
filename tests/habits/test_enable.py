"""A fleet that is enabled comes up at boot by a unit of the user's systemd: it pays nothing and leaves nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from netctl.boot.env_file import faults_of
from netctl.boot.unit import Boot, cron_line, unit_text
from tests.cli.program import call, run
from tests.habits.manager import Manager, can_start, manager
from tests.habits.trial import SECRET, Trial

needs_systemd = pytest.mark.skipif(not can_start(), reason="needs systemd, and a mount namespace for it")
UNIT = "netctl-trial.service"


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    """The user's own, for netctl in this process too."""
    place = tmp_path / "m"
    place.mkdir()
    with manager(place) as found:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(found.runtime))
        monkeypatch.setenv("HOME", str(found.home))
        monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
        yield found


@pytest.fixture
def env_file(trial: Trial) -> str:
    path = trial.place / "secrets.env"
    path.write_text(f"# mine\nPROBE_KEY='{SECRET}'\n")
    path.chmod(0o600)
    return path.name


@needs_systemd
def test_a_fleet_is_enabled_once_and_disabled_again(
    trial: Trial, env_file: str, systemd: Manager, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("fleet", "enable", "trial.yaml", "--env-file", env_file)
    first = call(capsys, *words, "--json")
    assert first.code == 0, first.err
    assert (first.document["changed"], first.document["enabled"]) == (True, True)
    assert systemd.systemctl("is-enabled", UNIT).strip() == "enabled"
    written = (systemd.units / UNIT).stat()
    again = call(capsys, *words)
    assert "is there already" in again.err
    assert (systemd.units / UNIT).stat().st_mtime_ns == written.st_mtime_ns
    assert SECRET not in (systemd.units / UNIT).read_text()
    assert f"EnvironmentFile={trial.place / env_file}" in again.out
    gone = call(capsys, "fleet", "disable", "trial.yaml")
    assert gone.code == 0, gone.err
    assert list(systemd.units.rglob(UNIT)) == []
    assert "was not enabled" in call(capsys, "fleet", "disable", "trial.yaml").err


@needs_systemd
def test_systemd_finds_nothing_wrong_in_the_unit(
    trial: Trial, env_file: str, systemd: Manager, capsys: pytest.CaptureFixture[str]
) -> None:
    call(capsys, "fleet", "enable", "trial.yaml", "--env-file", env_file)
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(systemd.units / UNIT)],
        env=systemd.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    # Units of the machine's own may be at odds with the test's long paths.
    ours = [line for line in done.stderr.splitlines() if UNIT.partition(".")[0] in line]
    assert (done.returncode, ours) == (0, [])


@needs_systemd
def test_a_unit_of_somebody_else_stays(
    trial: Trial, env_file: str, systemd: Manager, capsys: pytest.CaptureFixture[str]
) -> None:
    (systemd.units / UNIT).write_text("[Service]\nExecStart=/bin/true\n")
    for words in (("enable", "trial.yaml", "--env-file", env_file), ("disable", "trial.yaml")):
        done = call(capsys, "fleet", *words)
        assert (done.code, "is not of `netctl fleet enable`" in done.err) == (2, True)
    assert (systemd.units / UNIT).read_text() == "[Service]\nExecStart=/bin/true\n"


@needs_systemd
@pytest.mark.timeout(200)
@pytest.mark.slow
def test_an_enabled_fleet_comes_up_with_systemd_pays_nothing_and_goes_down_with_it(
    tmp_path: Path, systemd: Manager
) -> None:
    (tmp_path / "small.yaml").write_text(
        "name: small\nnetwork: test\nnetuid: 428\nneurons: {pack: resi, path: /nowhere}\n"
        "miners:\n  - {name: miner_1, wallet: w1, hotkey: h1}\n"
    )
    environ = systemd.environ
    up = run("fleet", "up", "small.yaml", "--rehearse", "--yes", cwd=tmp_path, **environ)
    assert up.code == 0, up.err
    journal = tmp_path / ".netctl" / "small-rehearsal" / "journal.jsonl"
    paid = journal.read_text()
    assert run("fleet", "down", "small.yaml", "--rehearse", cwd=tmp_path, **environ).code == 0
    enabled = run("fleet", "enable", "small.yaml", "--rehearse", cwd=tmp_path, **environ)
    assert enabled.code == 0, enabled.err

    unit = "netctl-small-rehearsal.service"
    systemd.systemctl("start", unit)
    assert systemd.shown(unit, "ActiveState") == "active", systemd.shown(unit, "ExecMainStatus")
    status = run("status", "-p", "small.yaml", "--rehearse", "--json", cwd=tmp_path, **environ).document
    assert [(each["name"], each["state"]) for each in status["neurons"]] == [("miner_1", "running")]
    assert journal.read_text() == paid

    # Brought down by hand, the unit counts as active still: a start does nothing, a restart brings the fleet up.
    assert run("fleet", "down", "small.yaml", "--rehearse", cwd=tmp_path, **environ).code == 0
    systemd.systemctl("start", unit)
    assert (systemd.shown(unit, "ActiveState"), systemd.shown(unit, "SubState")) == ("active", "exited")
    assert run("fleet", "list", "--json", cwd=tmp_path, **environ).document[0]["running"] is False
    systemd.systemctl("restart", unit)
    status = run("status", "-p", "small.yaml", "--rehearse", "--json", cwd=tmp_path, **environ).document
    assert [(each["name"], each["state"]) for each in status["neurons"]] == [("miner_1", "running")]
    pid = status["neurons"][0]["pid"]

    kept = run("fleet", "disable", "small.yaml", "--rehearse", cwd=tmp_path, **environ)
    assert "its file stays while it runs" in kept.err
    assert Path(f"/proc/{pid}").exists()
    systemd.systemctl("stop", unit)
    assert not Path(f"/proc/{pid}").exists()
    assert run("fleet", "list", "--json", cwd=tmp_path, **environ).document[0]["running"] is False


@needs_systemd
@pytest.mark.slow
def test_a_chain_that_does_not_answer_is_tried_again_and_a_broken_profile_is_not(
    tmp_path: Path, systemd: Manager
) -> None:
    profile = tmp_path / "lost.yaml"
    profile.write_text(
        "name: lost\nnetwork: ws://127.0.0.1:1\nnetuid: 2\nneurons: {pack: rehearsal}\n"
        "miners:\n  - {name: m, wallet: w, hotkey: h}\n"
    )
    assert run("fleet", "enable", "lost.yaml", cwd=tmp_path, **systemd.environ).code == 0
    unit = "netctl-lost-local.service"
    systemd.systemctl("start", "--no-block", unit)
    assert _settled(systemd, unit) == ("auto-restart", "6")
    systemd.systemctl("stop", unit)
    profile.write_text("name: lost\n")
    systemd.systemctl("start", "--no-block", unit)
    assert _settled(systemd, unit) == ("failed", "2")


def _settled(systemd: Manager, unit: str) -> tuple[str, str]:
    """How its run ended and with which exit code, waited for."""
    end = time.monotonic() + 60
    while (state := systemd.shown(unit, "SubState")) not in ("auto-restart", "failed"):
        assert time.monotonic() < end, f"{unit} is still {state}"
        time.sleep(0.1)
    return state, systemd.shown(unit, "ExecMainStatus")


def test_without_systemd_a_line_for_cron_is_the_hint(
    trial: Trial, env_file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(trial.place))
    done = call(capsys, "fleet", "enable", "trial.yaml", "--env-file", env_file)
    assert done.code == 4
    assert "there is no systemd" in done.err
    assert "@reboot cd" in done.err
    assert "--no-coldkey --yes" in done.err
    assert call(capsys, "fleet", "disable", "trial.yaml").code == 4


def test_a_dry_run_shows_the_unit_and_needs_no_systemd(
    trial: Trial, env_file: str, own_home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(trial.place))
    done = call(capsys, "fleet", "enable", "trial.yaml", "--env-file", env_file, "--dry-run")
    assert done.code == 0, done.err
    assert f"ExecStart={sys.executable} -P -m netctl fleet up {trial.profile} --no-coldkey --yes\n" in done.out
    assert not (own_home / ".config").exists()


def test_secrets_of_the_profile_need_an_env_file(trial: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    done = call(capsys, "fleet", "enable", "trial.yaml", "--dry-run")
    assert done.code == 2
    assert "$PROBE_KEY" in done.err
    assert "--env-file" in done.err


@pytest.mark.parametrize(
    ("mode", "text", "said"),
    [
        (0o640, f"PROBE_KEY='{SECRET}'\n", "can be read by others"),
        (0o600, "OTHER=1\n", "PROBE_KEY is not in it"),
        (0o600, f"export PROBE_KEY='{SECRET}'\n", "systemd does not know `export`"),
    ],
)
def test_an_env_file_that_will_not_do_is_refused_before_boot(
    trial: Trial, capsys: pytest.CaptureFixture[str], mode: int, text: str, said: str
) -> None:
    path = trial.place / "secrets.env"
    path.write_text(text)
    path.chmod(mode)
    done = call(capsys, "fleet", "enable", "trial.yaml", "--env-file", "secrets.env", "--dry-run")
    assert done.code == 2
    assert said in done.err
    assert SECRET not in done.err


@pytest.mark.parametrize(
    "line",
    ["A=plain", "A='two words'", 'A="it\'s"', "A='C:\\d x'", "A=", "# only a comment", "A='$x'"],
)
def test_a_line_that_all_read_alike_is_taken(line: str) -> None:
    assert faults_of(f"{line}\n", ()) == []


@pytest.mark.parametrize(
    "line",
    ["A=two words", 'A="$HOME"', "A=b # comment", "A='a\\\\b'", 'A="a\\nb"', "A=$x", "A = b", "export A=b", "A"],
)
def test_a_line_that_is_read_differently_is_named(line: str) -> None:
    assert len(faults_of(f"X=1\n{line}\n", ())) == 1


def test_a_path_with_a_space_and_a_percent_survives_unit_and_cron() -> None:
    odd = Path("/srv/my 100% fleet")
    boot = Boot("f", Path("/usr/bin/python3"), odd / "f.yaml", ("--rehearse",), odd, (("NETCTL_HOME", str(odd)),), None)
    text = unit_text(boot)
    assert "WorkingDirectory=/srv/my 100%% fleet\n" in text
    assert 'fleet up "/srv/my 100%% fleet/f.yaml" --rehearse --no-coldkey --yes\n' in text
    assert 'ExecStop=/usr/bin/python3 -P -m netctl fleet down "/srv/my 100%% fleet/f.yaml" --rehearse\n' in text
    line = cron_line(boot)
    assert line.startswith("@reboot cd '/srv/my 100\\% fleet' && ")
    assert "--no-coldkey" in line
