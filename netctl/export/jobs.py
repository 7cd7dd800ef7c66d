"""What each neuron is run with, whoever runs it: taken from what netctl rendered for its own sessions."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from netctl.fleet import Fleet, RestartPolicy, Role
from netctl.layout import env_of
from netctl.placement import Placing
from netctl.render import session as session_file
from netctl.render.environment import MARKER, plain_quoted
from netctl.render.files import OneFile
from netctl.render.fleet import RenderedFleet
from netctl.render.neuron import Rendered
from netctl.secrecy import SECRET_NAME

MARK = "Exported by netctl"
"""In the first line of every file that is ours to replace."""


_HIDING = 4
_TELLING = 6
_TELLING_UNNAMED = 16
"""In characters: from where a file that holds such a value is hidden, and a value is known by itself: see `telling`."""


@dataclass(frozen=True, slots=True)
class Content:
    """A file that a neuron finds beside its wallet. `public` is what stands in it, None where that is not shown.

    A `seed` is written only where it is missing; it may lie elsewhere by now than what was rendered.
    """

    path: Path
    public: bytes | None
    is_seed: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One neuron, ready to be run by another host of processes. Holds no secret: those stay in `env_file`.

    `env_file` sets `variables`, and the marker of netctl's own sessions, which the process must not have: else netctl
    would take it for its own. PWD, which is `cwd`, comes on top. `after` are the neurons that are
    started before it, `pause_s` is how long the next one waits after it. `reads` are files and directories that it
    must find, `writes` those that it changes.

    For those who carry it to another machine: `public` are the variables that may be shown, with their values,
    `contents` its files, `directories` what it needs below `cwd`, `port` where it listens.
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
    public: tuple[tuple[str, str], ...]
    contents: tuple[Content, ...]
    directories: tuple[Path, ...]
    hotkey_file: Path
    coldkeypub_file: Path
    cache: Path
    port: int
    placing: Placing


@dataclass(frozen=True, slots=True)
class Export:
    """A fleet to be exported: its jobs in the order of their launch."""

    fleet: str
    netuid: int
    pack: str
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
    return Export(fleet.name, fleet.netuid, wanted.pack.name, tuple(jobs))


def _job(
    fleet: Fleet, wanted: RenderedFleet, one: Rendered, after: tuple[str, ...], pause_s: float, code: Sequence[Path]
) -> Job:
    neuron = next(each for each in fleet.neurons if each.name == one.neuron)
    stop = wanted.pack.role(neuron.role).stop
    session = one.session
    wallet = fleet.wallet_path / neuron.wallet
    hotkey, coldkeypub = wallet / "hotkeys" / neuron.hotkey, wallet / "coldkeypub.txt"
    cache = fleet.state / "cache"
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
        reads=(*code, session.launcher.parent, hotkey, coldkeypub),
        writes=(session.cwd, session.stdout.parent, cache),
        public=tuple((name, value) for name, value in one.public.items() if name not in (MARKER, "PWD")),
        contents=_contents(fleet, one),
        directories=tuple(path for path in one.directories if path.is_relative_to(session.cwd)),
        hotkey_file=hotkey,
        coldkeypub_file=coldkeypub,
        cache=cache,
        port=neuron.bind_port,
        placing=neuron.placing or Placing(None),
    )


def _contents(fleet: Fleet, one: Rendered) -> tuple[Content, ...]:
    """The pack's files, the profile's and the seeds. What the profile copies, and what holds a secret, is not shown."""
    own = {env_of(fleet, one.neuron), one.session.launcher, one.session.launcher.parent / session_file.FILE}
    values = [value for value in one.secrets if len(value) >= _HIDING]

    def public(file: OneFile) -> bytes | None:
        copied = file.path.is_relative_to(one.session.cwd)
        return None if copied or any(value.encode() in file.content for value in values) else file.content

    return (
        *(Content(file.path, public(file)) for file in one.files if file.path not in own),
        *(Content(seed.path, seed.content, is_seed=True) for seed in one.seeds),
    )


def telling(one: Rendered) -> Mapping[str, str]:
    """The secret variables whose value, found elsewhere, is that secret: not those like ``1`` or ``finney``."""
    return {
        name: value
        for name, value in one.environ.items()
        if name not in one.public and len(value) >= (_TELLING if SECRET_NAME.search(name) else _TELLING_UNNAMED)
    }


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
