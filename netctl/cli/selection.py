"""From the words of a command to the Fleet it means."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from netctl import axon_ports, packs, profile, resolve
from netctl.cli.places import is_running as is_running
from netctl.cli.places import state_home as state_home
from netctl.cli.words import Words as Words
from netctl.errors import UsageError
from netctl.fleet import Fleet
from netctl.fleets import Remembered, choose, remember, remembered
from netctl.placement import Swarm
from netctl.supplied import is_supplied


def fleet_meant(words: Words, runs: Callable[[Remembered], bool] | None = None, *, asks: bool = False) -> Fleet:
    """The fleet of the named profile, else the one that runs from here; UsageError and ProfileError.

    `runs` says which do, where tmux is not to be asked. With `asks`, a swarm is asked for the nodes that its profile
    tells by their labels: SessionError where it does not answer.
    """
    path, named = _named(words, runs)
    return load_fleet(path, named, asks=asks)


def spelled_out(words: Words, runs: Callable[[Remembered], bool] | None = None) -> Words:
    """The words that name the fleet that these mean, whatever is brought up or taken down from now on; UsageError."""
    return _named(words, runs)[1]


def _named(words: Words, runs: Callable[[Remembered], bool] | None) -> tuple[Path, Words]:
    if words.profile is not None:
        return words.profile, words
    known = [fleet for fleet in remembered(state_home()) if fleet.rehearse or not words.rehearse]
    found = choose(known, runs or is_running)
    return found.profile, Words(found.profile, found.rehearse, words.network or found.network)


def load_fleet(path: Path, words: Words, *, asks: bool = False) -> Fleet:
    """Read, check and resolve a profile as these words want it; `asks` as in `fleet_meant`."""
    if not path.exists():
        raise UsageError(f"{path}: no such profile", hint=_instead_of(path))
    written = profile.load(path, packs=packs.pack_names())
    fleet = resolve.resolve(
        written,
        profile_path=path,
        state_home=state_home(),
        python=Path(sys.executable),
        network=words.network,
        rehearse=words.rehearse,
        look=_look() if asks else None,
    )
    return axon_ports.as_last_time(fleet)


def _look() -> Callable[[Path, Swarm], Swarm]:
    # Loaded here: commands that ask no swarm need no host either.
    from netctl.cli.onlookers import with_its_nodes

    return with_its_nodes


def _instead_of(path: Path) -> str:
    """What to type where the profile is not there; one that comes with netctl is not used unseen, but copied out."""
    if not is_supplied(path):
        return "write one: netctl profile new my-fleet.yaml"
    if path.parent.name != "profiles":
        return f"netctl comes with one, which netctl init writes to profiles/{path.name}"
    root = path.parent.parent
    return "netctl comes with one: netctl init" + (f" {shlex.quote(str(root))}" if root != Path() else "")


def remember_fleet(fleet: Fleet, words: Words) -> None:
    """Note how this fleet was brought up, for the commands that follow."""
    names = tuple(neuron.name for neuron in fleet.neurons)
    remember(Remembered(fleet.name, fleet.state, fleet.profile_path, fleet.rehearsal, words.network, names))


def only_named(fleet: Fleet, names: list[str] | None) -> Fleet:
    """The names checked against the fleet; UsageError for one that it does not have. Returns the fleet unchanged."""
    for name in names or ():
        if fleet.neuron(name) is None:
            has = ", ".join(neuron.name for neuron in fleet.neurons)
            raise UsageError(f"fleet {fleet.name} has no neuron {name}", hint=f"it has {has}")
    return fleet
