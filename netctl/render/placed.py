"""What is rendered of a neuron that runs on another machine, beside what is rendered of any."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import resources
from pathlib import Path

from netctl.fleet import Fleet, NeuronSpec
from netctl.layout import files_of, work_of
from netctl.packs import PACKAGE
from netctl.placement import Placement
from netctl.placing import addresses_of
from netctl.render.environment import Environment
from netctl.render.files import OneFile
from netctl.render.sources import Sources, environment_file

SECRETS = "secrets.json"
START = "start.py"
PROGRAM = resources.files("netctl").joinpath("onnode", START).read_bytes()
COPIES, SEEDS = "copies", "seeds"
_HOME = re.compile(r"^home\s*=\s*(\S.*)$", re.MULTILINE)
_WITH_VALUE = ("-X", "-W")
_NO_PROGRAM = "c"
"""Letters of options after which no program follows: it stands in the command line itself."""


def python_words(argv: Sequence[str], python: Path) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The interpreter with its options, and the program with its arguments; None for what is no Python program."""
    if not argv or argv[0] != str(python):
        return None
    at = 1
    while at < len(argv) and argv[at].startswith("-") and argv[at] != "-m":
        word = argv[at]
        if word == "-" or word.startswith("--") or _NO_PROGRAM in word[1:] or (word[1:2] not in "XW" and "m" in word):
            return None
        at += 2 if word in _WITH_VALUE else 1
    rest = tuple(argv[at:])
    is_whole = len(rest) > (1 if rest[:1] == ("-m",) else 0)
    return (tuple(argv[:at]), rest) if is_whole else None


def with_start(
    fleet: Fleet, neuron: NeuronSpec, argv: tuple[str, ...], env: Environment
) -> tuple[tuple[str, ...], Mapping[str, str], tuple[OneFile, ...], tuple[str, ...]]:
    """The command line and environment that hold no secret, the files that bring it, and what is worth saying."""
    secret = {variable.name: variable.value for variable in env.variables if variable.secret}
    if not secret:
        return argv, env.values(), (), ()
    words = python_words(argv, fleet.code.python)
    if words is None:
        names = ", ".join(secret)
        note = f"its program is no Python program, so that {names} can be read on its node in /proc/PID/environ"
        return argv, env.values(), (), (note,)
    start = files_of(fleet, neuron.name) / START
    files = (
        OneFile(start, PROGRAM),
        OneFile(start.with_name(SECRETS), (json.dumps(secret, indent=2, sort_keys=True) + "\n").encode()),
    )
    plain = {name: value for name, value in env.values().items() if name not in secret}
    return (*words[0], str(start), *words[1]), plain, files, ()


def copied(fleet: Fleet, neuron: NeuronSpec, target: str) -> Path:
    """Where the copy of one of the profile's `files:` lies, which is linked into the working directory."""
    return files_of(fleet, neuron.name) / COPIES / target


def seeded(fleet: Fleet, neuron: NeuronSpec, seeds: Sequence[OneFile]) -> tuple[tuple[OneFile, Path], ...]:
    """The pack's seeds as files that go to the node, each with where it is copied to."""
    work, root = work_of(fleet, neuron.name), files_of(fleet, neuron.name) / SEEDS
    return tuple((OneFile(root / seed.path.relative_to(work), seed.content, seed.mode), seed.path) for seed in seeds)


def interpreter_mounts(fleet: Fleet, sources: Sources) -> tuple[Path, ...]:
    """What a node must have of the interpreter: its environment, and the installation that this was made with."""
    own = fleet.code.python.parent.parent
    said = (sources.read(environment_file(fleet)) or b"").decode(errors="replace")
    home = _HOME.search(said)
    return (own,) if home is None else (own, Path(home[1].strip()).parent)


def placement_of(
    fleet: Fleet,
    neuron: NeuronSpec,
    sources: Sources,
    *,
    files: Sequence[Path],
    seeds: Sequence[tuple[Path, Path]],
    directories: Sequence[Path],
    grace_s: float,
) -> Placement | None:
    """Where and how the engine runs it; None for a neuron of this machine."""
    if fleet.swarm is None or neuron.placing is None:
        return None
    swarm, placing = fleet.swarm, neuron.placing
    code = () if swarm.image is not None else (fleet.code.path or PACKAGE.parent, *interpreter_mounts(fleet, sources))
    wallet = fleet.wallet_path / neuron.wallet
    return Placement(
        node=placing.node,
        failover=placing.failover,
        addresses=addresses_of(fleet, neuron),
        image=swarm.image,
        mounts=tuple(dict.fromkeys(str(path) for path in (*swarm.mounts, *code))),
        files=tuple(files),
        seeds=tuple(seeds),
        links=tuple(
            (work_of(fleet, neuron.name) / target, copied(fleet, neuron, target)) for target, _ in neuron.files
        ),
        directories=tuple(directories),
        cache=fleet.state / "cache",
        hotkey_file=wallet / "hotkeys" / neuron.hotkey,
        coldkeypub_file=wallet / "coldkeypub.txt",
        ports=neuron.ports,
        resources=placing.resources,
        restart=neuron.restart.when,
        delay_s=neuron.restart.backoff_s,
        grace_s=grace_s,
    )


def settings_of(placement: Placement | None) -> Mapping[str, str]:
    """What of a placement makes another session of it, by the names that people know; a node counts by its address."""
    if placement is None:
        return {}
    kept = {name: value for name, value in asdict(placement.resources).items() if value is not None}
    return {
        "image": placement.image or "none, nodes are provisioned alike",
        "mounts": ", ".join(placement.mounts),
        "addresses": ", ".join(address for _, address in placement.addresses),
        "failover": placement.failover,
        "ports": ", ".join(map(str, placement.ports)),
        "resources": json.dumps(kept, sort_keys=True),
        "restart": f"{placement.restart} after {placement.delay_s:g} s",
        "grace on its node": f"{placement.grace_s:g} s",
    }
