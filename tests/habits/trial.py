"""A fleet of neurons that say what they were started with, its files written as `netctl render` writes them."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netctl import packs
from netctl.adapters import disk
from netctl.cli.selection import Words, load_fleet
from netctl.fleet import Fleet
from netctl.render.fleet import RenderedFleet, render_fleet

NAMES = ("miner_1", "miner_2", "validator_1")
ENDED = {"miner_1": "SIGTERM", "validator_1": "SIGINT"}
"""What the neurons note when they are told to end; miner_2 does not listen."""
HERE = Path(__file__).parent
SECRET = "s3cret with $paces"
PATIENCE_S = 30.0
PROFILE = """\
name: trial
network: test
netuid: 2
wallet_path: wallets
neurons: {pack: ./probe, path: code, python: /usr/bin/python3}
defaults: {env: {API_KEY: $PROBE_KEY}}
miners:
  - {name: miner_1, wallet: w1, hotkey: h}
  - {name: miner_2, wallet: w2, hotkey: h, env: {BEHAVIOUR: stubborn}}
validators:
  - {name: validator_1, wallet: wv, hotkey: h, stake: 1}
"""


@dataclass(frozen=True)
class Trial:
    """The fleet, what was rendered of it, and the directory of its profile."""

    place: Path
    fleet: Fleet
    wanted: RenderedFleet

    @property
    def profile(self) -> Path:
        return self.fleet.profile_path

    def work(self, name: str) -> Path:
        return self.fleet.state / "work" / name

    def env_file(self, name: str) -> Path:
        return self.fleet.state / "env" / f"{name}.env"


def laid_out(place: Path, text: str = PROFILE) -> Path:
    """The profile, the pack and the code; returns the profile."""
    shutil.copytree(HERE / "probe", place / "probe")
    (place / "code").mkdir()
    shutil.copy(HERE / "neuron.py", place / "code")
    (place / "trial.yaml").write_text(text)
    return place / "trial.yaml"


def written(profile: Path, environ: Mapping[str, str] | None = None) -> Trial:
    """The fleet's files, on disk; the state home is the current directory's, or $NETCTL_HOME's."""
    fleet = load_fleet(profile, Words(profile))
    operator = {"PROBE_KEY": SECRET} if environ is None else environ
    wanted = render_fleet(fleet, packs.load(fleet.code.pack, profile.parent), operator)
    assert wanted.blocked == ()
    for one in wanted.rendered:
        for directory in one.directories:
            disk.make_directory(directory)
        for file in one.files:
            disk.replace(file.path, file.content, file.mode)
        for seed in one.seeds:
            disk.replace(seed.path, seed.content, seed.mode)
    return Trial(profile.parent, fleet, wanted)


def told(trial: Trial, name: str, *, starts: int = 1) -> Any:
    """What a neuron said of itself at that start, waited for."""
    path = trial.work(name) / "told.json"
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if path.exists() and (found := json.loads(path.read_text()))["starts"] >= starts:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{name} did not start {starts} times within {PATIENCE_S} s")


def expected(trial: Trial, name: str) -> Mapping[str, str]:
    """The environment that the neuron must see, but for netctl's own marker."""
    from netctl.export.jobs import export_of

    job = next(job for job in export_of(trial.fleet, trial.wanted, code=()).jobs if job.name == name)
    from dotenv import dotenv_values

    values = dotenv_values(job.env_file, interpolate=False)
    return {**{n: str(values[n]) for n in job.variables}, "PWD": str(job.cwd)}


def ended(trial: Trial) -> dict[str, str]:
    """Which neurons noted which signal."""
    return {name: path.read_text() for name in NAMES if (path := trial.work(name) / "ended").exists()}
