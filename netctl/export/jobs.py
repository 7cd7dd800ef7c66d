"""What each neuron is run with, whoever runs it: taken from what netctl rendered for its own sessions."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from netctl.fleet import Fleet, RestartPolicy, Role
from netctl.layout import env_of
from netctl.render.environment import MARKER, plain_quoted
from netctl.render.fleet import RenderedFleet
from netctl.render.neuron import Rendered

MARK = "Exported by netctl"
"""In the first line of every file that is ours to replace."""


@dataclass(frozen=True, slots=True)
class Job:
    """One neuron, ready to be run by another host of processes. Holds no secret: those stay in `env_file`.

    `env_file` sets `variables`, and the marker of netctl's own sessions, which the process must not have: else netctl
    would take it for its own. PWD, which is `cwd`, comes on top. `after` are the neurons that are
    started before it, `pause_s` is how long the next one waits after it. `reads` are files and directories that it
    must find, `writes` those that it changes.
    """

    name: str
    role: Role
    argv: tuple[str, ...]
    cwd: Path
    env_file: Path
    variables: tuple[str, ...]
    launcher: Path
    stdout: Path
    stderr: Path
    stop_signal: str
    grace_s: float
    restart: RestartPolicy
    after: tuple[str, ...]
    pause_s: float
    reads: tuple[Path, ...]
    writes: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """A fleet to be exported: its jobs in the order of their launch."""

    fleet: str
    netuid: int
    jobs: tuple[Job, ...]

    @property
    def heading(self) -> str:
        """The first line of each file, without the sign of a comment; `is_ours` knows it again."""
        return f"{MARK} from fleet {self.fleet}; changes are lost with the next `netctl fleet export`."


@dataclass(frozen=True, slots=True)
class Exported:
    """A file to be, by its name in the directory of the export."""

    name: str
    text: str


def is_ours(content: bytes, fleet: str) -> bool:
    """Whether an earlier export of this fleet wrote that file."""
    return f"{MARK} from fleet {fleet};".encode() in content.split(b"\n", 1)[0]


def export_of(fleet: Fleet, wanted: RenderedFleet, *, code: Sequence[Path]) -> Export:
    """The jobs of all neurons that were rendered; `code` are the directories that interpreter and checkout need."""
    order = wanted.pack.spec.launch.order
    rank = {neuron.name: order.index(neuron.role) for neuron in fleet.neurons}
    ranked = sorted(wanted.rendered, key=lambda one: rank[one.neuron])
    pause_s = wanted.pack.spec.launch.stagger
    jobs = []
    for number, one in enumerate(ranked):
        before = tuple(other.neuron for other in ranked if rank[other.neuron] < rank[one.neuron])
        if pause_s and number:
            before = (ranked[number - 1].neuron,)
        jobs.append(_job(fleet, wanted, one, before, pause_s if one is not ranked[-1] else 0.0, code))
    return Export(fleet.name, fleet.netuid, tuple(jobs))


def _job(
    fleet: Fleet, wanted: RenderedFleet, one: Rendered, after: tuple[str, ...], pause_s: float, code: Sequence[Path]
) -> Job:
    neuron = next(each for each in fleet.neurons if each.name == one.neuron)
    stop = wanted.pack.role(neuron.role).stop
    session = one.session
    wallet = fleet.wallet_path / neuron.wallet
    return Job(
        name=one.neuron,
        role=neuron.role,
        argv=one.argv,
        cwd=session.cwd,
        env_file=env_of(fleet, one.neuron),
        variables=tuple(name for name in _values(fleet, one) if name != MARKER),
        launcher=session.launcher,
        stdout=session.stdout,
        stderr=session.stderr,
        stop_signal=stop.signal,
        grace_s=float(stop.grace),
        restart=neuron.restart,
        after=after,
        pause_s=pause_s,
        reads=(*code, session.launcher.parent, wallet / "hotkeys" / neuron.hotkey, wallet / "coldkeypub.txt"),
        writes=(session.cwd, session.stdout.parent, fleet.state / "cache"),
    )


def unreadable(fleet: Fleet, wanted: RenderedFleet) -> list[str]:
    """Variables whose value other programs read differently from an env file, one line for each."""
    return [
        f"{one.neuron}: {name} holds quotes or backslashes in a way that an env file cannot carry to every program"
        for one in wanted.rendered
        for name, value in _values(fleet, one).items()
        if plain_quoted(value) is None
    ]


def _values(fleet: Fleet, one: Rendered) -> Mapping[str, str]:
    path = env_of(fleet, one.neuron)
    text = next(file.content for file in one.files if file.path == path).decode()
    found = dotenv_values(stream=io.StringIO(text), interpolate=False)
    return {name: value for name, value in found.items() if value is not None}
