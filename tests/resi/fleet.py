"""A fleet of the checkout's neurons in a directory of the test: profile, copies of the checkout and of the pack."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from netctl import packs
from tests.cli.program import Ended, run
from tests.environments import python_of
from tests.ports import free_ports

HERE = Path(__file__).parent
SDK = "bittensor-9.9.0"
KEY = "a-key-of-the-tests"
NO_WAY_OUT = "http://127.0.0.1:9"
"""Nobody listens there: whoever asks beyond the machine is refused, also where there is internet."""
OFFLINE = {"HTTPS_PROXY": NO_WAY_OUT, "HTTP_PROXY": NO_WAY_OUT, "NO_PROXY": "127.0.0.1,localhost"}
PERIOD = "3"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def sdk_python() -> Path:
    """The interpreter of the environment that the checkout runs in: not netctl's."""
    return python_of(SDK)


def copied_checkout(to: Path) -> Path:
    """The checkout, to be written into."""
    shutil.copytree(HERE / "checkout", to, ignore=shutil.ignore_patterns("__pycache__"))
    return to


def copied_pack(to: Path, change: Callable[[dict[str, Any]], None] | None = None) -> Path:
    """The pack `resi` in a directory of that name below `to`, with a change to what pack.yaml says."""
    pack = to / "resi"
    shutil.copytree(packs.find("resi"), pack)
    if change is not None:
        path = pack / "pack.yaml"
        content = json.loads(json.dumps(yaml.safe_load(path.read_text())))  # what anchors share becomes each one's own
        change(content)
        path.write_text(json.dumps(content, indent=2))  # JSON is YAML, and quotes every zipcode
    return pack


def profile_of(checkout: Path, python: Path, pack: Path, **changes: Any) -> dict[str, Any]:
    """Two miners and a validator; the same programs in a rehearsal as anywhere else."""
    code = {"pack": str(pack), "path": str(checkout), "python": str(python)}
    env = {"MINER_EVAL_PERIOD_MINUTES": PERIOD, "RAPIDAPI_KEY": "$RAPIDAPI_KEY", **OFFLINE}
    return {
        "name": "real",
        "network": "test",
        "netuid": 428,
        "neurons": code,
        "rehearsal": {"neurons": code},
        "defaults": {"first_port": free_ports(3)[0], "env": env},
        "miners": [
            {"name": "miner_1", "hotkey": "h1", "strategy": {"strategy": "two", "target_zipcodes": ["77494", "08701"]}},
            {"name": "miner_2", "hotkey": "h2", "strategy": "premium"},
        ],
        "validators": [{"name": "validator_1", "hotkey": "h3", "stake": 310}],
        **changes,
    }


@dataclass(frozen=True)
class Real:
    """A profile on disk, and netctl on it in a rehearsal."""

    place: Path
    environ: Mapping[str, str]

    @classmethod
    def of(cls, place: Path, profile: Mapping[str, Any]) -> Real:
        """Write the profile."""
        (place / "home").mkdir(exist_ok=True)
        (place / "real.yaml").write_text(json.dumps(profile, indent=2))
        return cls(place, {"RAPIDAPI_KEY": KEY, "HOME": str(place / "home")})

    @property
    def state(self) -> Path:
        return self.place / ".netctl" / "real-rehearsal"

    def netctl(self, *argv: str, timeout_s: float = 150) -> Ended:
        """netctl as a program, where the profile lies."""
        return run(*argv, "-p", "real.yaml", "--rehearse", cwd=self.place, timeout_s=timeout_s, **self.environ)

    def log(self, name: str) -> str:
        """What a neuron has written on both streams, without colours."""
        found = [self.state / "logs" / f"{name}{end}" for end in (".log", ".err.log")]
        return "".join(map(plain, found))

    def port(self, name: str) -> int:
        """Where a rehearsal put a neuron's axon; it may lie elsewhere than in the profile."""
        text = (self.state / "files" / name / "launch.sh").read_text()
        return int(text.split("--axon.port ", 1)[1].split()[0])

    def neuron(self, name: str) -> Mapping[str, Any]:
        """Its part of the status."""
        document = self.netctl("status", "--json").document
        return next(neuron for neuron in document["neurons"] if neuron["name"] == name)


def plain(path: Path) -> str:
    """A log without its colours; empty where there is none yet."""
    return _COLOUR.sub("", path.read_text(errors="replace")) if path.exists() else ""


def until(seen: Callable[[], Any], *, deadline_s: float, of: Callable[[], str] = str) -> Any:
    """The first true answer; AssertionError with `of()` where there is none in time."""
    end = time.monotonic() + deadline_s
    while not (found := seen()):
        assert time.monotonic() < end, of()
        time.sleep(0.2)
    return found
