"""An exported ecosystem runs the neurons under the real pm2, with its own daemon in a home of the test's own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import call
from tests.habits.trial import ENDED, NAMES, SECRET, Trial, ended, expected, told

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm to install pm2"),
]

CANARY = "of-the-operators-shell"


@dataclass(frozen=True)
class Pm2:
    """pm2 with a daemon of its own."""

    program: Path
    home: Path

    def __call__(self, *words: str) -> str:
        environ = {"PATH": os.environ["PATH"], "HOME": str(self.home), "PM2_HOME": str(self.home / ".pm2")}
        done = subprocess.run(
            [self.program, *words],
            env={**environ, "SHELL_SECRET": CANARY, "BT_WALLET_NAME": CANARY},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def listed(self) -> dict[str, Any]:
        return {each["name"]: each for each in json.loads(self("jlist"))}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("pm2")
    subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(place), "pm2@7"],
        check=True,
        timeout=240,
        stdin=subprocess.DEVNULL,
    )
    return place / "node_modules" / ".bin" / "pm2"


@pytest.fixture
def pm2(installed: Path, tmp_path: Path) -> Iterator[Pm2]:
    home = tmp_path / "pm2-home"
    home.mkdir()
    found = Pm2(installed, home)
    yield found
    found("kill")


@pytest.fixture
def ecosystem(trial: Trial, capsys: pytest.CaptureFixture[str]) -> Path:
    done = call(capsys, "fleet", "export", "--to", "pm2", "-p", "trial.yaml", "-o", "pm2")
    assert done.code == 0, done.err
    return trial.place / "pm2" / "ecosystem.config.js"


def test_a_fleet_runs_under_pm2_as_it_was_rendered(trial: Trial, ecosystem: Path, pm2: Pm2) -> None:
    pm2("start", str(ecosystem))
    found = {name: told(trial, name) for name in NAMES}
    listed = pm2.listed()
    assert {name: each["pm2_env"]["status"] for name, each in listed.items()} == {
        f"trial-{name}": "online" for name in NAMES
    }
    for name, said in found.items():
        rendered = trial.wanted.of(name)
        assert rendered is not None
        assert tuple(said["argv"]) == rendered.argv[2:]
        assert said["cwd"] == str(trial.work(name))
        assert (said["stdin"], "SIGTERM" in said["deaf"]) == ("/dev/null", False)
        assert "SIGINT" not in said["deaf"] or ENDED.get(name) != "SIGINT"
        assert said["env"] == {**expected(trial, name), "NETCTL_NEURON": f"pm2:trial/{name}"}
    assert "hello from miner" in pm2("logs", "trial-miner_1", "--nostream", "--lines", "50")

    pm2("delete", str(ecosystem))
    for name in NAMES:
        assert not Path(f"/proc/{found[name]['pid']}").exists()
    assert ended(trial) == ENDED


def test_pm2_remembers_no_secret_and_nothing_of_the_shell(trial: Trial, ecosystem: Path, pm2: Pm2) -> None:
    pm2("start", str(ecosystem))
    told(trial, "miner_1")
    pm2("save")
    known = pm2("jlist") + (pm2.home / ".pm2" / "dump.pm2").read_text()
    assert "trial-miner_1" in known
    assert SECRET not in known
    assert CANARY not in known


def test_a_restart_takes_what_the_env_file_says_now(trial: Trial, ecosystem: Path, pm2: Pm2) -> None:
    pm2("start", str(ecosystem))
    told(trial, "miner_1")
    env = trial.env_file("miner_1")
    env.write_text("\n".join(line for line in env.read_text().split("\n") if not line.startswith("SPACES")))
    env.write_text(env.read_text().replace("s3cret", "another"))
    pm2("restart", "trial-miner_1")
    again = told(trial, "miner_1", starts=2)
    assert again["env"]["API_KEY"] == "another with $paces"
    assert "SPACES" not in again["env"]


def test_pm2_starts_a_neuron_again_that_dies(trial: Trial, ecosystem: Path, pm2: Pm2) -> None:
    ecosystem.write_text(ecosystem.read_text().replace('"exp_backoff_restart_delay": 2000', '"restart_delay": 100'))
    pm2("start", str(ecosystem))
    first = told(trial, "miner_1")
    os.kill(first["pid"], signal.SIGKILL)
    assert told(trial, "miner_1", starts=2)["pid"] != first["pid"]
    end = time.monotonic() + 20
    while pm2.listed()["trial-miner_1"]["pm2_env"]["restart_time"] != 1:
        assert time.monotonic() < end
        time.sleep(0.2)
