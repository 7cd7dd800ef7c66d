"""The embedded chain, as a session of the fleet's tmux: started where it does not run, asked over its websocket.

The chain is a program of its own (`python -m netctl.devchain`); netctl treats it as any chain.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from netctl.errors import ChainError, PrerequisiteError, SessionError
from netctl.fleet import Fleet
from netctl.layout import error_log_of, files_of, log_of
from netctl.logs import last_lines
from netctl.ports import Host, SessionFacts, SessionSpec
from netctl.render import session as session_file
from netctl.render.environment import MARKER
from netctl.render.launcher import Launcher, script
from netctl.render.neuron import SYSTEM_PATH

SESSION = "chain"
HERE = "here"
"""The label of a chain that listens at another address beside loopback: at which."""
LOOPBACK = "127.0.0.1"
FIRST_PORT = 9944
LAST_PORT = 9999
BLOCK_TIME_S = 0.25
DEADLINE_S = 30.0
STOP_GRACE_S = 10.0
PAUSE_S = 0.05
ATTEMPTS = 5


def ensure_chain(fleet: Fleet, host: Host, python: Path = Path(sys.executable)) -> str:
    """The endpoint of the fleet's own chain, started if it does not run. `python` is netctl's own interpreter.

    Idempotent. The port is 9944 or the next free one, and stays what it was; where another process is quicker to take
    it, the next one is tried. SessionError with the chain's last words when it does not answer within the deadline.
    """
    running = running_endpoint(host)
    if running is not None:
        _check_reach(fleet, host)
        _wait_until_it_answers(fleet, host, running)
        return running
    for attempt in range(ATTEMPTS):
        _leave_no_half_start(host)
        port = port_for(fleet, host)
        host.launch([_prepared(fleet, host, python, port)])
        try:
            _wait_until_it_answers(fleet, host, _endpoint(port))
        except SessionError:
            if attempt + 1 == ATTEMPTS or not _is_lost(fleet, host, port):
                raise
        else:
            return _endpoint(port)
    raise AssertionError("BUG: the last attempt returns or raises")


def _check_reach(fleet: Fleet, host: Host) -> None:
    """PrerequisiteError where the chain that runs cannot be reached by the nodes that shall talk to it."""
    here = fleet.swarm.here if fleet.swarm is not None else None
    session = host.sessions().get(SESSION)
    if here is not None and session is not None and session.labels.get(HERE) != here:
        raise PrerequisiteError(
            f"the embedded chain runs, and does not listen at {here}, where nodes would reach it",
            hint=f"netctl chain down -p {fleet.profile_path}, then again",
        )


def _is_lost(fleet: Fleet, host: Host, port: int) -> bool:
    """Whether another process has the port, and so kept our chain from it."""
    holder = host.listeners([port]).get(port)
    return holder is not None and holder.marker != _marker(fleet)


def _is_ours(fleet: Fleet, host: Host, port: int) -> bool:
    """Whether our chain is what answers there; where nobody can tell, a chain that lives counts."""
    holder = host.listeners([port]).get(port)
    return holder is not None and (holder.marker == _marker(fleet) or (not holder.pid and _lives(host)))


def _lives(host: Host) -> bool:
    session = host.sessions().get(SESSION)
    return session is not None and not _is_dead(session)


def _marker(fleet: Fleet) -> str:
    return f"{fleet.state}/{SESSION}"


def port_of(endpoint: str) -> int:
    """The port of an embedded chain's endpoint."""
    return int(endpoint.rpartition(":")[2])


def running_endpoint(host: Host) -> str | None:
    """Where the fleet's own chain listens, None where it does not run; whether it answers is not asked."""
    session = host.sessions().get(SESSION)
    return session.labels.get("endpoint") if session is not None and not _is_dead(session) else None


def stop_chain(host: Host) -> bool:
    """End the chain; whether it is gone. What it has finalized stays on disk."""
    return not host.stop((SESSION,), grace_s=STOP_GRACE_S)


def take_down(host: Host) -> bool:
    """End the chain, and the fleet's tmux where nothing else is in it; whether it is gone."""
    return stop_chain(host) if host.sessions().keys() - {SESSION} else not host.shut_down(grace_s=STOP_GRACE_S)


def _is_dead(session: SessionFacts) -> bool:
    return session.exit_code is not None or session.exit_signal is not None


def _leave_no_half_start(host: Host) -> None:
    """A chain that was killed may leave a dead session; launching replaces it, its processes must be gone first."""
    session = host.sessions().get(SESSION)
    if session is not None and _is_dead(session) and not stop_chain(host):
        raise SessionError("the embedded chain's process cannot be ended", hint="look at it with ps, then try again")


def port_for(fleet: Fleet, host: Host) -> int:
    """The port that the chain would be started on: that of last time if it is free, else the first free one.

    What a killed chain of our own still holds is free: launching ends it first.
    """
    candidates: list[int] = [*range(FIRST_PORT, LAST_PORT + 1)]
    with suppress(OSError, ValueError):
        candidates.insert(0, int(_port_file(fleet).read_text(encoding="ascii")))
    taken = {port for port, holder in host.listeners(candidates).items() if holder.marker != _marker(fleet)}
    reserved = {port for neuron in fleet.neurons for port in neuron.ports}
    for port in candidates:
        if port not in taken and port not in reserved:
            return port
    raise PrerequisiteError(
        f"no port between {FIRST_PORT} and {LAST_PORT} is free for the embedded chain", hint="netctl fleet list"
    )


def _port_file(fleet: Fleet) -> Path:
    return files_of(fleet, SESSION) / "port"


def _program(fleet: Fleet, python: Path) -> tuple[str, ...]:
    """The chain's command line but for its port."""
    block_time_s = fleet.block_time_s if fleet.block_time_s is not None else BLOCK_TIME_S
    return (
        *(str(python), "-m", "netctl.devchain"),
        *("--data", str(fleet.state / "chain")),
        *("--block-time", f"{block_time_s:g}"),
        *("--seal", "interval"),
        *("--first-netuid", str(fleet.netuid)),
        *(("--registration", "windows") if fleet.chain_registration == "windows" else ()),
        *(() if fleet.chain_compat else ("--no-compat",)),
        *(("--miner-stake", "owner") if fleet.chain_miner_stake == "owner" else ()),
    )


def import_chain(fleet: Fleet, file: Path, python: Path = Path(sys.executable)) -> str:
    """Make the fleet's chain, which must not run, what an exported file holds; gives the program's word for it.

    ChainError in the program's own two lines if the file is none of a chain with this fleet's options.
    """
    # -P: this runs where the user is, who may be in a checkout of another netctl
    command = [str(python), "-P", *_program(fleet, python)[1:], "--import", str(file), "--log-level", "ERROR"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        told = dict(line.split(": ", 1) for line in ended.stderr.splitlines() if ": " in line)
        what = told.get("error", f"the chain's program ended with {ended.returncode}: {ended.stderr.strip()[-300:]}")
        raise ChainError(what, hint=told.get("hint", "netctl chain export it again"))
    return ended.stdout.strip()


def _prepared(fleet: Fleet, host: Host, python: Path, port: int) -> SessionSpec:
    """Write the chain's launcher and describe its session."""
    home = fleet.state / "home"
    here = fleet.swarm.here if fleet.swarm is not None else None
    hosts = () if here is None else ("--host", LOOPBACK, "--host", here)
    argv = (*_program(fleet, python), "--port", str(port), *hosts)
    launcher = Launcher(
        name=SESSION,
        argv=argv,
        environ={
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PATH": f"{python.parent}:{SYSTEM_PATH}",
            "PYTHONUNBUFFERED": "1",
            "TERM": "dumb",
            MARKER: _marker(fleet),
        },
        cwd=fleet.state / "chain",
        stdout=log_of(fleet, SESSION),
        stderr=error_log_of(fleet, SESSION),
        grace_s=STOP_GRACE_S,
    )
    for directory in (launcher.cwd, home, launcher.stdout.parent):
        host.make_directory(directory)
    content = script(launcher)
    start = files_of(fleet, SESSION) / "launch.sh"
    host.replace(start, content, 0o600)
    host.replace(_port_file(fleet), f"{port}\n".encode(), 0o600)
    spec = SessionSpec(
        name=SESSION,
        launcher=start,
        cwd=launcher.cwd,
        stdout=launcher.stdout,
        stderr=launcher.stderr,
        spec_hash=sha256(content).hexdigest()[:32],
        labels=(("endpoint", _endpoint(port)), *(((HERE, here),) if here is not None else ())),
    )
    host.replace(files_of(fleet, SESSION) / session_file.FILE, session_file.encoded(spec), 0o600)
    return spec


def _endpoint(port: int) -> str:
    return f"ws://{LOOPBACK}:{port}"


def _wait_until_it_answers(fleet: Fleet, host: Host, endpoint: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not (answers(f"{endpoint}/dev", "dev_status") and _is_ours(fleet, host, port_of(endpoint))):
        session = host.sessions().get(SESSION)
        if session is None or _is_dead(session):
            raise _ended(fleet)
        if time.monotonic() > deadline:
            raise SessionError(
                f"the embedded chain does not answer at {endpoint} within {DEADLINE_S:g} s: {_last_words(fleet)}",
                hint="netctl logs chain --err",
            )
        time.sleep(PAUSE_S)


def _ended(fleet: Fleet) -> SessionError:
    """In the chain's own two lines, where it said why."""
    said = last_lines(error_log_of(fleet, SESSION), 2)
    if len(said) == 2 and said[0].startswith("error: ") and said[1].startswith("hint: "):
        what, hint = (line.partition(": ")[2].strip() for line in said)
        return SessionError(f"the embedded chain ended at once: {what}", hint=hint)
    return SessionError(f"the embedded chain ended at once: {_last_words(fleet)}", hint="netctl logs chain --err")


def answers(endpoint: str, method: str = "chain_getHeader") -> bool:
    """Whether a node there has a result for a method without parameters."""
    try:
        with connect(endpoint, open_timeout=2, close_timeout=1, proxy=None) as socket:
            socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": []}))
            return "result" in json.loads(socket.recv(timeout=5))
    except (OSError, WebSocketException, ValueError):
        return False


def _last_words(fleet: Fleet) -> str:
    lines = [*last_lines(log_of(fleet, SESSION), 3), *last_lines(error_log_of(fleet, SESSION), 5)]
    return " / ".join(line.strip() for line in lines if line.strip()) or "it said nothing"
