"""The fleet's proxy as a session of its tmux: what it is started with, and the step of `up` that starts it.

It is started before the neurons and ends with the fleet. Its routes may change while it runs: it reads them again.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from netctl.chaos import wire
from netctl.chaos.wire import Route
from netctl.errors import SessionError
from netctl.fleet import Fleet, NeuronSpec
from netctl.layout import error_log_of, files_of, log_of
from netctl.logs import last_lines
from netctl.money import Rao
from netctl.networks import is_loopback
from netctl.ports import SessionFacts, SessionSpec, World
from netctl.render import session as session_file
from netctl.render.behind import AXON_LABEL, RPC_LABEL, port_behind
from netctl.render.context import ANY_IP
from netctl.render.environment import MARKER
from netctl.render.fleet import RenderedFleet
from netctl.render.launcher import Launcher, script
from netctl.render.neuron import SYSTEM_PATH
from netctl.step import PhaseName

SESSION = "proxy"
DEADLINE_S = 15.0
GRACE_S = 2.0
PAUSE_S = 0.05
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class StartProxy:
    """Start the fleet's proxy, or have the one that runs lead where the neurons now are."""

    spec: SessionSpec
    launcher: bytes = field(repr=False)
    routes: bytes = field(repr=False)
    ours: tuple[str, ...] = ()
    running: bool = False

    @property
    def phase(self) -> PhaseName:
        return "sessions"

    @property
    def neuron(self) -> str | None:
        """It serves them all."""
        return None

    @property
    def action(self) -> str:
        return "reroute_proxy" if self.running else "start_proxy"

    @property
    def lane(self) -> str:
        return "sessions"

    def summary(self) -> str:
        """Whether it is there already."""
        return "lead the proxy to where the neurons are" if self.running else "start the proxy before the neurons"

    def spend(self) -> Rao:
        """Nothing."""
        return 0

    async def apply(self, world: World) -> None:
        """Write its files, launch it where it does not run, and wait until its doors are open; SessionError."""
        place = self.spec.launcher.parent
        for directory in (place, self.spec.cwd, self.spec.stdout.parent):
            world.host.make_directory(directory)
        world.host.replace(place / wire.ROUTES, self.routes, 0o600)
        world.host.replace(self.spec.launcher, self.launcher, 0o600)
        world.host.replace(place / session_file.FILE, session_file.encoded(self.spec), 0o600)
        if not self.running:
            # Of an older netctl, or of another interpreter: launching leaves alone only what was started alike.
            if SESSION in await asyncio.to_thread(world.host.sessions):
                await asyncio.to_thread(world.host.stop, (SESSION,), grace_s=GRACE_S)
            await asyncio.to_thread(world.host.launch, [self.spec])
        await _until_open(self, world)


async def _until_open(step: StartProxy, world: World) -> None:
    """Doors of ports that this fleet's neurons still hold may open later: those are restarted after this step."""
    place, wanted = step.spec.launcher.parent, wire.digest_of(step.routes)
    deadline = world.clock.now() + DEADLINE_S
    while True:
        report = wire.report_at(place)
        session = (await asyncio.to_thread(world.host.sessions)).get(SESSION)
        if session is None or session.is_dead:
            words = " / ".join(last_lines(step.spec.stderr, 2)) or "it said nothing"
            raise SessionError(f"the proxy ended at once: {words}", hint=f"netctl logs {SESSION} --err")
        closed: Mapping[str, str] = {"": "it does not answer"}
        if report is not None and report.pid == session.pid and report.routes == wanted:
            ports = [int(door.rpartition(" ")[2]) for door in report.closed]
            holders = await asyncio.to_thread(world.host.listeners, ports) if ports else {}
            own = {port for port, holder in holders.items() if holder.marker in step.ours}
            closed = {door: why for door, why in report.closed.items() if int(door.rpartition(" ")[2]) not in own}
        if not closed:
            return
        if world.clock.now() >= deadline:
            told = "; ".join(f"{door}: {why}" if door else why for door, why in closed.items())
            hint = "free the port, or set another chaos: {first_port: ...} in the profile"
            raise SessionError(f"the proxy is not ready within {DEADLINE_S:g} s: {told}", hint=hint)
        await world.clock.sleep(PAUSE_S)


def step_for(
    fleet: Fleet, wanted: RenderedFleet, sessions: Mapping[str, SessionFacts], python: Path = Path(sys.executable)
) -> StartProxy | None:
    """What is to be done about the proxy before the neurons start; None for nothing, also where no proxy is wanted.

    `python` is netctl's own interpreter.
    """
    if not fleet.has_proxy:
        return None
    spec, launcher = session_spec(fleet, python)
    routes = wire.routes_text([route for neuron in fleet.neurons for route in _route(fleet, neuron, wanted, sessions)])
    found = sessions.get(SESSION)
    running = found is not None and found.pid is not None and found.spec_hash == spec.spec_hash
    if running and wire.content_of(spec.launcher.parent / wire.ROUTES) == routes:
        return None
    ours = tuple(f"{fleet.state}/{neuron.name}" for neuron in fleet.neurons)
    return StartProxy(spec, launcher, routes, ours, running)


def session_spec(fleet: Fleet, python: Path = Path(sys.executable)) -> tuple[SessionSpec, bytes]:
    """The proxy's session and the content of its launcher."""
    place = files_of(fleet, SESSION)
    home = fleet.state / "home"
    launcher = Launcher(
        name=SESSION,
        argv=(str(python), "-P", "-m", "netctl.chaos.proxy", str(place)),
        environ={
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PATH": f"{python.parent}:{SYSTEM_PATH}",
            "PYTHONUNBUFFERED": "1",
            "TERM": "dumb",
            MARKER: f"{fleet.state}/{SESSION}",
        },
        cwd=place,
        stdout=log_of(fleet, SESSION),
        stderr=error_log_of(fleet, SESSION),
        grace_s=GRACE_S,
    )
    content = script(launcher)
    digest = sha256(content).hexdigest()[:32]
    start = place / "launch.sh"
    return SessionSpec(SESSION, start, launcher.cwd, launcher.stdout, launcher.stderr, digest), content


def _route(
    fleet: Fleet, neuron: NeuronSpec, wanted: RenderedFleet, sessions: Mapping[str, SessionFacts]
) -> tuple[Route, ...]:
    """As the neuron will be started; one that cannot be rendered now as it was."""
    if neuron.proxied is None:
        return ()
    rendered, session = wanted.of(neuron.name), sessions.get(neuron.name)
    labels = dict(rendered.session.labels) if rendered is not None else session.labels if session is not None else {}
    bind = port_behind(labels, AXON_LABEL)
    if bind is None and port_behind(labels, RPC_LABEL) is None:
        return ()
    loopback = neuron.axon_ip != ANY_IP and is_loopback(neuron.axon_ip)
    return (
        Route(
            neuron=neuron.name,
            rpc_port=neuron.proxied.rpc,
            upstream=fleet.network.endpoint,
            axon_host=LOOPBACK if loopback else ANY_IP,
            axon_port=None if bind is None else neuron.axon_port,
            bind_port=bind,
        ),
    )
