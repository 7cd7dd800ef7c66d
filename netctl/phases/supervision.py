"""Every fleet that runs has its supervisor: one more session, started last."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from netctl import __version__, packs
from netctl.errors import PrerequisiteError, ProfileError, SessionError
from netctl.fleet import Fleet, NeuronSpec
from netctl.layout import error_log_of, files_of, log_of
from netctl.money import Rao
from netctl.ports import SessionFacts, SessionSpec, World
from netctl.render import session as session_file
from netctl.render.environment import MARKER
from netctl.render.fleet import render_fleet
from netctl.render.launcher import Launcher, script
from netctl.render.neuron import SYSTEM_PATH
from netctl.step import Diff, PhaseName
from netctl.supervisor import orders
from netctl.supervisor.restarts import SESSION

NAME: PhaseName = "sessions"
GRACE_S = 10.0
PASSED_ON = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""What the supervisor gets of the operator's environment: where files lie, and nothing that could be a secret."""

SHARED = ("network", "netuid", "wallet_path", "code", "title", "time_scale")
"""What neurons run with and are judged by together; the rest of a fleet is the supervisor's own, or a command's."""


@dataclass(frozen=True, slots=True)
class SupervisionFacts:
    """The supervisor's session, None where there is none, and what it would be started with."""

    session: SessionFacts | None
    wanted: SessionSpec
    files: tuple[tuple[Path, bytes], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class LaunchSupervisor:
    """Start the supervisor, in place of the one that runs with other orders. No neuron is touched."""

    spec: SessionSpec
    files: tuple[tuple[Path, bytes], ...] = field(repr=False)
    running: bool

    @property
    def phase(self) -> PhaseName:
        return NAME

    @property
    def neuron(self) -> str | None:
        return None

    @property
    def action(self) -> str:
        return "restart_supervisor" if self.running else "launch_supervisor"

    @property
    def lane(self) -> str:
        return SESSION

    def summary(self) -> str:
        """What is started, and why again."""
        return "restart the supervisor: its orders have changed" if self.running else "launch the supervisor"

    def spend(self) -> Rao:
        """It pays nothing."""
        return 0

    async def apply(self, world: World) -> None:
        """Write its orders and start it; SessionError where the one that runs cannot be ended."""
        for directory in (self.spec.cwd, self.spec.stdout.parent):
            world.host.make_directory(directory)
        for path, content in self.files:
            world.host.replace(path, content, 0o600)
        if self.running:
            await _end(world)
        await asyncio.to_thread(world.host.launch, (self.spec,))


@dataclass(frozen=True, slots=True)
class StopSupervisor:
    """End a supervisor that the profile no longer wants."""

    @property
    def phase(self) -> PhaseName:
        return NAME

    @property
    def neuron(self) -> str | None:
        return None

    @property
    def action(self) -> str:
        return "stop_supervisor"

    @property
    def lane(self) -> str:
        return SESSION

    def summary(self) -> str:
        """Whose wish it is."""
        return "stop the supervisor, which the profile switches off"

    def spend(self) -> Rao:
        """Nothing."""
        return 0

    async def apply(self, world: World) -> None:
        """End it and remove its session; SessionError where it survives."""
        await _end(world)


async def observe(fleet: Fleet, world: World) -> SupervisionFacts:
    """See whether it runs, and render what it would be started with."""
    sessions = await asyncio.to_thread(world.host.sessions)
    fleet = await asyncio.to_thread(_as_it_runs, fleet, world, sessions)
    spec, files = _rendered(fleet, {name: world.environ[name] for name in PASSED_ON if name in world.environ})
    return SupervisionFacts(sessions.get(SESSION), spec, files)


def diff(fleet: Fleet, facts: SupervisionFacts) -> Diff:
    """Launch it, restart it where its orders have changed, stop it where it is not wanted."""
    session = facts.session
    lives = session is not None and not session.is_dead
    if not fleet.supervision.enabled:
        return Diff((StopSupervisor(),) if session is not None else ())
    if session is not None and lives and session.spec_hash == facts.wanted.spec_hash:
        return Diff()
    return Diff((LaunchSupervisor(facts.wanted, facts.files, running=lives),))


def _as_it_runs(fleet: Fleet, world: World, sessions: Mapping[str, SessionFacts]) -> Fleet:
    """The fleet with those that this run leaves out as the last orders have them, where they run as those say.

    While one does, what neurons share is as it was too: by the new chain or pack one that is well may look sick.
    """
    left_out = fleet.rolling.left_out & sessions.keys()
    before = orders.lately(orders.path_in(fleet.state)) if left_out else None
    if before is None:
        return fleet
    wanted = render_fleet(fleet, packs.load(fleet.code.pack, fleet.profile_path.parent), world.environ)

    def as_it_was(name: str) -> NeuronSpec | None:
        new = wanted.of(name)
        is_new = new is not None and sessions[name].spec_hash == new.session.spec_hash
        return None if is_new else before.neuron(name)

    behind = {name: old for name in left_out if (old := as_it_was(name)) is not None}
    if not behind:
        return fleet
    neurons = tuple(behind.get(neuron.name, neuron) for neuron in fleet.neurons)
    shared = {name: getattr(before, name) for name in SHARED} if _can_judge(before, neurons) else {}
    return replace(fleet, neurons=neurons, **shared)


def _can_judge(before: Fleet, neurons: Iterable[NeuronSpec]) -> bool:
    """Whether the pack of the last orders is still there, and knows the roles of all."""
    try:
        pack = packs.load(before.code.pack, before.profile_path.parent)
    except (PrerequisiteError, ProfileError):
        return False
    return all(neuron.role in pack.spec.roles for neuron in neurons)


async def _end(world: World) -> None:
    survivors = await asyncio.to_thread(world.host.stop, (SESSION,), grace_s=GRACE_S)
    if survivors:
        raise SessionError("the supervisor cannot be ended", hint="look at it with ps")


def _rendered(fleet: Fleet, passed_on: dict[str, str]) -> tuple[SessionSpec, tuple[tuple[Path, bytes], ...]]:
    """Its session, and the files that it is started with: orders, launcher, and the session's own."""
    python, folder = Path(sys.executable), files_of(fleet, SESSION)
    told = orders.encoded(fleet)
    launcher = Launcher(
        name=SESSION,
        argv=(str(python), "-m", "netctl", "fleet", "supervise", str(orders.path_in(fleet.state))),
        environ={
            **passed_on,
            "LANG": "C.UTF-8",
            "PATH": f"{python.parent}:{SYSTEM_PATH}",
            "PYTHONUNBUFFERED": "1",
            "TERM": "dumb",
            MARKER: f"{fleet.state}/{SESSION}",
        },
        cwd=fleet.state,
        stdout=log_of(fleet, SESSION),
        stderr=error_log_of(fleet, SESSION),
        grace_s=GRACE_S,
    )
    start = script(launcher)
    spec = SessionSpec(
        name=SESSION,
        launcher=folder / "launch.sh",
        cwd=launcher.cwd,
        stdout=launcher.stdout,
        stderr=launcher.stderr,
        spec_hash=sha256(start + told + __version__.encode()).hexdigest()[:32],
    )
    files = (
        (orders.path_in(fleet.state), told),
        (spec.launcher, start),
        (folder / session_file.FILE, session_file.encoded(spec)),
    )
    return spec, files
