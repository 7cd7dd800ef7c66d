"""scripts/_setup on machines that lack something: it installs what it may, else says the one line to type."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

SETUP = Path(__file__).parent.parent / "scripts" / "_setup"
TOOLS = ("cat", "chmod", "cksum", "mkdir", "rm", "sed", "sh")

pytestmark = pytest.mark.fast


@dataclass(frozen=True)
class Machine:
    """A PATH with nothing on it but a few tools and what a test puts there."""

    path: Path

    def has(self, name: str, script: str) -> None:
        """Put a program on the PATH."""
        program = self.path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def installs(self, script: str) -> None:
        """Debian, as root, whose apt-get runs this for `install`; `$calls` is where its calls are noted."""
        self.has("id", "echo 0")
        self.has("apt-get", f'echo "$*" >> "{self.path}/calls"; [ "$1" != install ] || {{ {script}; }}')

    def calls(self) -> list[str]:
        """What apt-get was asked for."""
        return (self.path / "calls").read_text().splitlines()

    def run(self, function: str) -> subprocess.CompletedProcess[str]:
        """A function of scripts/_setup, in an empty directory."""
        return subprocess.run(
            [str(self.path / "sh"), "-euc", f'. "{SETUP}"; {function}'],
            cwd=self.path.parent,
            env={"PATH": str(self.path), "HOME": os.environ["HOME"]},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A Linux machine of somebody who is not root, without tmux, Python or uv."""
    bare = Machine(tmp_path / "bin")
    bare.path.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (bare.path / tool).symlink_to(found)
    bare.has("id", "echo 1000")
    bare.has("uname", "echo Linux")
    return bare


@pytest.mark.parametrize(
    ("version", "good"),
    [
        ("tmux 3.2", True),
        ("tmux 3.3a", True),
        ("tmux next-3.5", True),
        ("tmux 4.0", True),
        ("tmux 3.10", True),
        ("tmux 3.1c", False),
        ("tmux 2.9", False),
        ("tmux master", False),
        ("", False),
    ],
)
def test_a_tmux_is_good_from_3_2_on(version: str, good: bool, machine: Machine) -> None:
    machine.has("tmux", f'echo "{version}"')
    assert (machine.run("has_good_tmux").returncode == 0) is good


@pytest.mark.parametrize(("system", "hint"), [("Linux", "sudo apt-get install tmux"), ("Darwin", "brew install tmux")])
def test_a_missing_tmux_is_said_with_the_line_to_type(system: str, hint: str, machine: Machine) -> None:
    machine.has("uname", f"echo {system}")
    ended = machine.run("need_tmux")
    assert (ended.returncode, ended.stdout) == (4, "")
    assert ended.stderr == f"error: tmux 3.2 or newer is missing\nhint: {hint}\n"


def test_root_on_debian_gets_tmux_installed(machine: Machine) -> None:
    machine.installs(
        f"echo '#!/bin/sh' > {machine.path}/tmux; echo 'echo tmux 3.4' >> {machine.path}/tmux;"
        f" chmod 755 {machine.path}/tmux"
    )
    assert machine.run("need_tmux").returncode == 0
    assert [call.split()[0] for call in machine.calls()] == ["update", "install"]
    assert machine.calls()[1].endswith(" tmux")
    assert machine.run("need_tmux").returncode == 0
    assert len(machine.calls()) == 2


def test_an_installation_that_fails_is_said(machine: Machine) -> None:
    machine.installs("exit 100")
    ended = machine.run("need_tmux")
    assert ended.returncode == 4
    assert ended.stderr.endswith("error: apt-get could not install tmux\nhint: apt-get install tmux\n")


def test_a_missing_chromium_is_said_and_stops_nothing(machine: Machine) -> None:
    ended = machine.run("want_chromium")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert ended.stderr.startswith("no Chromium: tests of the dashboard in it are skipped")
    machine.installs("exit 100")
    again = machine.run("want_chromium")
    assert (again.returncode, again.stderr.splitlines()[-1]) == (0, ended.stderr.rstrip("\n"))


def test_root_on_debian_gets_chromium_installed_by_the_name_that_it_has_there(machine: Machine) -> None:
    program = f"{machine.path}/chromium"
    machine.installs(
        f'case "$*" in *headless*) exit 100 ;; *) echo "#!/bin/sh" > {program}; chmod 755 {program} ;; esac'
    )
    assert machine.run("want_chromium").returncode == 0
    installed = [call.split()[-1] for call in machine.calls() if call.startswith("install")]
    assert installed == ["chromium-headless-shell", "chromium"]
    assert machine.run("want_chromium").returncode == 0
    assert len(machine.calls()) == 4


def test_missing_shells_are_said_and_stop_nothing(machine: Machine) -> None:
    machine.has("fish", "exit 0")
    ended = machine.run("want_shells")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert ended.stderr == "no zsh: tests of completion in it are skipped (apt-get install zsh)\n"


def test_a_missing_docker_is_said_and_stops_nothing(machine: Machine) -> None:
    machine.has("iptables", "exit 0")
    ended = machine.run("want_docker")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert ended.stderr.splitlines()[-1] == (
        "no tini: tests of fleets on many machines are skipped (apt-get install tini)"
    )
    assert "iptables" not in ended.stderr


def test_a_python_that_does_not_run_is_passed_over(machine: Machine) -> None:
    """A version switcher leaves names on the PATH behind which there is nothing."""
    machine.has("python3.13", "echo 'command not found' >&2; exit 127")
    machine.has("python3.12", "exit 1")
    machine.has("python3", f'exec {sys.executable} "$@"')
    ended = machine.run("find_python")
    assert (ended.returncode, ended.stdout) == (0, f"{machine.path}/python3\n")


def test_no_python_is_said(machine: Machine) -> None:
    ended = machine.run("make_venv")
    assert ended.returncode == 4
    assert ended.stderr.startswith("error: no Python 3.11, 3.12 or 3.13 on the PATH\n")


WITHOUT_VENV = """\
case "$*" in
    *venv*) [ -e "{path}/ensurepip" ] || { echo 'ensurepip is not available'; exit 1; }; mkdir .venv ;;
    *) exec {python} "$@" ;;
esac"""


def _lacks_venv(machine: Machine) -> None:
    script = WITHOUT_VENV.replace("{path}", str(machine.path)).replace("{python}", sys.executable)
    machine.has("python3.11", script)


def test_a_python_without_venv_is_said_with_the_line_to_type(machine: Machine) -> None:
    _lacks_venv(machine)
    ended = machine.run("make_venv")
    assert (ended.returncode, ended.stdout) == (4, "")
    assert ended.stderr.endswith("hint: sudo apt-get install python3-venv\n")


def test_root_on_debian_gets_venv_installed(machine: Machine) -> None:
    _lacks_venv(machine)
    machine.installs(f": > {machine.path}/ensurepip")
    ended = machine.run("make_venv")
    assert ended.returncode == 0, ended.stderr
    assert machine.calls()[1].endswith(" python3-venv")
    assert (machine.path.parent / ".venv").is_dir()


def test_pip_goes_on_where_uv_cannot_install(machine: Machine) -> None:
    """uv knows only certificates of its own; behind a proxy pip still gets through."""
    machine.has("uv", "echo 'invalid peer certificate' >&2; exit 2")
    venv = machine.path.parent / ".venv" / "bin"
    venv.mkdir(parents=True)
    (venv / "python").write_text(f'#!/bin/sh\necho "$*" >> "{machine.path}/calls"\n')
    (venv / "python").chmod(0o755)
    assert machine.run('install_netctl "[test]"').returncode == 0
    assert machine.calls()[-1].startswith("-m pip install ")
    assert machine.calls()[-1].endswith("--editable .[test]")
