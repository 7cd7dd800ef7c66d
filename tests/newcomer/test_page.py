"""docs/your-subnet.md, followed to the letter on the three layouts: their own programs come up in a rehearsal."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from netctl import packs
from netctl.newcomer.beginning import begun
from netctl.newcomer.reading import read_checkout
from tests.environments import python_of
from tests.newcomer.trees import LAYOUTS, NAMES, copied, uncommented
from tests.ports import free_ports

PAGE = Path(__file__).parents[2] / "docs" / "your-subnet.md"
SDK = "bittensor-9.9.0"
LINES = {
    "subnet-template": ["Miner starting at block: ", "resync_metagraph() step("],
    "listings-universe": ["Miner starting at ", "Successfully scraped "],
    "bare": ["Mining on subnet 77 as 5", "Looked at block "],
}
"""What each layout's miners say when they work."""


def blocks() -> list[str]:
    """The page's command lines, block by block."""
    return re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.fast
def test_the_page_has_the_lines_that_are_followed() -> None:
    making, *following = blocks()
    assert "my-subnet/venv" in making
    lines = "".join(following).splitlines()
    assert all(line.startswith("netctl ") for line in lines)
    assert {"netctl init", "netctl fleet", "netctl status", "netctl signals"} <= {
        " ".join(w.split()[:2]) for w in lines
    }
    assert lines[-1] == "netctl fleet down --purge --yes"


@pytest.mark.fast
def test_what_the_page_shows_of_a_pack_is_what_is_written(tmp_path: Path) -> None:
    (shown,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    pack = begun(read_checkout(LAYOUTS / "listings-universe"), tmp_path).pack[0].content.decode()
    for pair in re.findall(r"(?:^ *#.*\n)+^ *[^# ].*\n", shown, re.MULTILINE):
        assert pair in pack


@dataclass(frozen=True)
class Shell:
    """A shell in a directory of the user's, with netctl on its path."""

    place: Path

    def __call__(self, line: str) -> subprocess.CompletedProcess[str]:
        home = self.place / "home"
        home.mkdir(exist_ok=True)
        done = subprocess.run(
            ["/bin/sh", "-euc", line],
            cwd=self.place,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(home)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr, self.logs())
        return done

    def status(self) -> Any:
        return json.loads(self("netctl status --json").stdout)

    def logs(self) -> str:
        found = sorted(self.place.glob(".netctl/*/logs/[mv]*.log"))
        return "\n".join(f"{path.name}: {path.read_text(errors='replace')[-1500:]}" for path in found)

    def log(self, name: str) -> str:
        paths = self.place.glob(f".netctl/my-subnet-rehearsal/logs/{name}*.log")
        return "".join(re.sub(r"\x1b\[[0-9;]*m", "", path.read_text(errors="replace")) for path in paths)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    found = Shell(tmp_path)
    yield found
    if (tmp_path / ".netctl").exists():
        subprocess.run(
            [sys.executable, "-m", "netctl", "fleet", "down", "profiles/my-subnet.yaml", "--rehearse"],
            cwd=tmp_path,
            check=False,
            capture_output=True,
            timeout=120,
        )


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", NAMES)
def test_the_page_leads_to_ones_own_miners_in_a_rehearsal(shell: Shell, name: str) -> None:
    code = copied(name, shell.place / "my-subnet")
    if name != "bare":  # has its interpreter already: the SDK that its requirements name, as every client here has it
        (code / "venv").symlink_to(python_of(SDK).parent.parent)
    making, *following = blocks()
    for line in (*(making.splitlines() if name == "bare" else ()), *"".join(following).splitlines()):
        if line == "netctl fleet down --purge --yes":
            _is_working(shell, name)
        shell(line)
        if line.startswith("netctl init"):
            _on_ports_of_its_own(shell.place / "profiles" / "my-subnet.yaml")
    assert not (shell.place / ".netctl" / "my-subnet-rehearsal").exists()


def _on_ports_of_its_own(profile: Path) -> None:
    """Other fleets may run on this machine; a user has the ports that the page means."""
    text = profile.read_text()
    port = f"first_port: {free_ports(3)[0]}"
    profile.write_text(
        text.replace("\ndefaults:\n", f"\ndefaults:\n  {port}\n")
        if "\ndefaults:\n" in text
        else f"{text}defaults: {{{port}}}\n"
    )


def _says(shell: Shell, miner: str, lines: Sequence[str]) -> None:
    """Until it has said them all: a step of its loop takes some seconds."""
    give_up = time.monotonic() + 60
    while not all(words in (said := shell.log(miner)) for words in lines):
        assert time.monotonic() < give_up, said
        time.sleep(0.5)


def _is_working(shell: Shell, name: str) -> None:
    status = shell.status()
    assert status["ok"], status
    expected = ["miner_1", "miner_2"] + (["validator_1"] if name != "bare" else [])
    assert [neuron["name"] for neuron in status["neurons"]] == expected
    assert all(neuron["ready"] and neuron["registered"] and neuron["restarts"] == 0 for neuron in status["neurons"])
    for miner in ("miner_1", "miner_2"):
        _says(shell, miner, LINES[name])
        process = Path(f"/proc/{next(n['pid'] for n in status['neurons'] if n['name'] == miner)}/cmdline")
        assert str(shell.place / "my-subnet") in process.read_text()
    _suggestions_take_the_lines(shell, name)


def _suggestions_take_the_lines(shell: Shell, name: str) -> None:
    """Uncommented, the suggested signals count what the running programs say."""
    other = shell.place / "taught" / "my-subnet"
    other.mkdir(parents=True)
    text = (shell.place / "templates" / "my-subnet" / packs.FILE).read_text()
    (other / packs.FILE).write_text(uncommented(text))
    # Python's own logging writes to standard error.
    end, stream = (".err.log", "stderr") if name == "bare" else (".log", "stdout")
    log = f".netctl/my-subnet-rehearsal/logs/miner_1{end} --stream {stream}"
    told = json.loads(shell(f"netctl signals test {log} --pack ./taught/my-subnet --role miner --json").stdout)
    names = {signal["name"] for signal in yaml.safe_load(uncommented(text))["roles"]["miner"]["signals"]}
    assert sum(count > 0 for signal, count in told["counts"].items() if signal in names) >= 2, told
