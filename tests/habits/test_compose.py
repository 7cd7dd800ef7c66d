"""An exported Compose file: what the published schema, a real docker-compose and a real root file system say of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values

from tests.cli.program import call
from tests.habits.trial import NAMES, Trial, expected, told

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def exported(trial: Trial, capsys: pytest.CaptureFixture[str]) -> Path:
    for name in ("w1", "w2", "wv"):
        wallet = trial.fleet.wallet_path / name
        (wallet / "hotkeys").mkdir(parents=True)
        for file in ("hotkeys/h", "coldkeypub.txt", "coldkey"):
            (wallet / file).write_text("{}")
    done = call(capsys, "fleet", "export", "--to", "compose", "-p", "trial.yaml", "-o", "out")
    assert done.code == 0, done.err
    return trial.place / "out" / "compose.yaml"


def test_the_published_schema_of_compose_takes_it(exported: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "check-jsonschema>=0.30"], check=True, timeout=240)
    check = [python, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    assert subprocess.run([*check, exported], check=False).returncode == 0
    exported.write_text(exported.read_text().replace("network_mode", "network_mood"))
    assert subprocess.run([*check, exported], check=False, capture_output=True).returncode != 0


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="needs docker-compose")
def test_docker_compose_gives_each_neuron_its_argv_and_environment(trial: Trial, exported: Path) -> None:
    document = yaml.safe_load(exported.read_text())
    document.pop("name")  # Debian's docker-compose is older than these two
    for service in document["services"].values():
        for mount in service["volumes"]:
            mount.pop("bind")
    exported.write_text(yaml.safe_dump(document))
    done = subprocess.run(
        ["docker-compose", "-f", str(exported), "config"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert set(services) == set(NAMES)
    for name, service in services.items():
        rendered = trial.wanted.of(name)
        assert rendered is not None
        plain = [word.replace("$$", "$") for word in service["command"]]
        assert tuple(plain[3:]) == rendered.argv
        seen = {key: value.replace("$$", "$") for key, value in service["environment"].items()}
        assert seen == {**expected(trial, name), "NETCTL_NEURON": f"compose:trial/{name}"}
    assert set(services["validator_1"]["depends_on"]) == {"miner_1", "miner_2"}


def _as_root_can_chroot() -> bool:
    return os.getuid() == 0 and shutil.which("unshare") is not None


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """What an image without a Python has for us: an empty root, merged /usr, devices."""
    place = tmp_path / "image"
    place.mkdir()
    for name in ("bin", "sbin", "lib", "lib64"):
        (place / name).symlink_to(f"usr/{name}")
    for name in ("usr", "dev", "proc", "etc", "tmp"):
        (place / name).mkdir()
    return place


@pytest.mark.skipif(not _as_root_can_chroot(), reason="needs root, to lay out a container by hand")
def test_what_is_mounted_is_enough_for_a_neuron_to_run(trial: Trial, exported: Path, root: Path) -> None:
    service: Any = yaml.safe_load(exported.read_text())["services"]["miner_1"]
    script = ["set -e", f"mount --bind /dev {root}/dev"]
    for mount in service["volumes"]:
        inside = f"{root}{mount['target']}"
        is_file = Path(mount["source"]).is_file()
        script.append(f"mkdir -p {Path(inside).parent if is_file else inside}")
        script += [f"touch {inside}"] * is_file
        script.append(f"mount --bind {mount['source']} {inside}")
        script += [f"mount -o remount,bind,ro {inside}"] * bool(mount.get("read_only"))
    script.append(f"mount -t proc proc {root}/proc")
    script.append('root="$1"; cwd="$2"; shift 2; exec chroot "$root" /bin/sh -c \'cd "$0" && exec "$@"\' "$cwd" "$@"')
    plain = [word.replace("$$", "$") for word in service["command"]]
    environ = {**dotenv_values(service["env_file"][0], interpolate=False), **service["environment"]}
    process = subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", "\n".join(script), "sh", str(root), service["working_dir"], *plain],
        env={key: str(value) for key, value in environ.items()},
        stdin=subprocess.DEVNULL,
    )
    try:
        said = told(trial, "miner_1")
        rendered = trial.wanted.of("miner_1")
        assert rendered is not None
        assert tuple(said["argv"]) == rendered.argv[2:]
        assert said["cwd"] == str(trial.work("miner_1"))
        assert {k: v for k, v in said["env"].items() if k not in ("OLDPWD", "SHLVL", "_")} == {
            **expected(trial, "miner_1"),
            "NETCTL_NEURON": "compose:trial/miner_1",
        }
        assert "hello from miner" in (trial.fleet.state / "logs" / "miner_1.log").read_text()
        assert not (root / str(trial.fleet.wallet_path / "w1" / "coldkey").lstrip("/")).exists()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    assert (trial.work("miner_1") / "ended").read_text() == "SIGTERM"
