"""Exported units run the neurons under a real systemd of a user, as netctl's own sessions would."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from netctl.cli.world import host_of
from netctl.identity.rivals import rivals
from tests.cli.program import call
from tests.habits.manager import Manager, can_start, manager
from tests.habits.trial import ENDED, NAMES, Trial, ended, expected, told

pytestmark = pytest.mark.skipif(not can_start(), reason="needs systemd, and a mount namespace for it")

# What systemd itself adds to every service of a user.
ITS_OWN = {"INVOCATION_ID", "SYSTEMD_EXEC_PID", "USER", "LOGNAME", "SHELL", "XDG_RUNTIME_DIR", "MANAGERPID", "_"}
ITS_OWN |= {"DBUS_SESSION_BUS_ADDRESS", "QT_ACCESSIBILITY", "JOURNAL_STREAM", "MEMORY_PRESSURE_WATCH"}


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Manager]:
    """A user's manager whose own environment has what a neuron must not take for its own."""
    place = tmp_path / "m"
    place.mkdir()
    with manager(place, BT_WALLET_NAME="the-operators", PYTHONPATH="/nowhere") as found:
        yield found


@pytest.fixture
def exported(trial: Trial, capsys: pytest.CaptureFixture[str]) -> Path:
    done = call(capsys, "fleet", "export", "--to", "systemd", "-p", "trial.yaml", "-o", "units")
    assert done.code == 0, done.err
    return trial.place / "units"


def test_systemd_itself_finds_nothing_wrong_in_the_units(exported: Path, tmp_path: Path) -> None:
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", *map(str, sorted(exported.iterdir()))],
        env={"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(runtime), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    # Units of the machine's own may be at odds with the test's long paths.
    assert (done.returncode, [line for line in done.stderr.splitlines() if "netctl" in line]) == (0, [])


def test_a_fleet_runs_under_systemd_as_it_was_rendered(trial: Trial, exported: Path, systemd: Manager) -> None:
    for path in exported.iterdir():
        shutil.copy(path, systemd.units)
    systemd.systemctl("daemon-reload")
    systemd.systemctl("start", "netctl-trial.target")
    found = {name: told(trial, name) for name in NAMES}
    for name, said in found.items():
        rendered = trial.wanted.of(name)
        assert rendered is not None
        assert tuple(said["argv"]) == rendered.argv[2:]
        assert said["cwd"] == str(trial.work(name))
        assert (said["stdin"], said["deaf"]) == ("/dev/null", [])
        assert {k: v for k, v in said["env"].items() if k not in ITS_OWN} == expected(trial, name)
        assert "hello from" in (trial.fleet.state / "logs" / f"{name}.log").read_text()
        assert "complaint" in (trial.fleet.state / "logs" / f"{name}.err.log").read_text()
        assert (trial.fleet.state / "logs" / f"{name}.log").stat().st_mode & 0o077 == 0
    assert max(found["miner_1"]["at"], found["miner_2"]["at"]) <= found["validator_1"]["at"] + 0.5

    systemd.systemctl("stop", "netctl-trial.target")
    for name in NAMES:
        _await_end(systemd, f"netctl-trial-{name}.service")
        assert not Path(f"/proc/{found[name]['pid']}").exists()
    assert ended(trial) == ENDED


def test_a_neuron_that_dies_is_started_again_with_what_its_env_file_says_now(
    trial: Trial, exported: Path, systemd: Manager
) -> None:
    unit = "netctl-trial-miner_1.service"
    text = (exported / unit).read_text()
    (systemd.units / unit).write_text(text.replace("RestartSec=2", "RestartSec=0"))
    systemd.systemctl("daemon-reload")
    systemd.systemctl("start", unit)
    first = told(trial, "miner_1")
    env = trial.env_file("miner_1")
    env.write_text(env.read_text().replace("s3cret", "another"))
    os.kill(first["pid"], signal.SIGKILL)
    again = told(trial, "miner_1", starts=2)
    assert again["pid"] != first["pid"]
    assert again["env"]["API_KEY"] == "another with $paces"


def _await_end(systemd: Manager, unit: str) -> None:
    end = time.monotonic() + 20
    while (state := systemd.shown(unit, "ActiveState")) not in ("inactive", "failed"):
        assert time.monotonic() < end, f"{unit} is still {state}"
        time.sleep(0.05)


def test_netctl_takes_exported_neurons_for_rivals_and_leaves_them_alone(
    trial: Trial, exported: Path, systemd: Manager, capsys: pytest.CaptureFixture[str]
) -> None:
    # This systemd lives in a mount namespace of its own, across which a key is known by its file.
    keyfile = trial.fleet.wallet_path / "w1" / "hotkeys" / "h"
    keyfile.parent.mkdir(parents=True)
    keyfile.write_text("{}")
    shutil.copy(exported / "netctl-trial-miner_1.service", systemd.units)
    systemd.systemctl("daemon-reload")
    systemd.systemctl("start", "netctl-trial-miner_1.service")
    said = told(trial, "miner_1")
    rendered = trial.wanted.of("miner_1")
    assert rendered is not None
    claims = rendered.claims
    holders = host_of(trial.fleet).holders(trial.wanted.exclusives, paths=set(claims.paths()))
    found = [each.why for each in rivals(claims, {}, holders)]
    assert [why for why in found if "hotkey" in why and f"pid {said['pid']} " in why]
    assert call(capsys, "fleet", "down", "trial.yaml").code == 0
    assert Path(f"/proc/{said['pid']}").exists()
    assert ended(trial) == {}
