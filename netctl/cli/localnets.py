"""The chain of `netctl chain up --engine docker`: bringing the official localnet up, finding it, taking it down."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from netctl import localnet
from netctl.cli.output import say
from netctl.embedded import FIRST_PORT, LAST_PORT, answers
from netctl.errors import PrerequisiteError, SessionError
from netctl.localnet import Container
from netctl.ports import Host

DEADLINE_S = 180.0
PAUSE_S = 0.5


def running_localnet(state: Path) -> Container | None:
    """The localnet that runs for this state directory; None without docker or its daemon too."""
    if shutil.which("docker") is None:
        return None
    try:
        found = _find(state)
    except (PrerequisiteError, SessionError):
        return None
    return found if found is not None and found.state == "running" else None


def _find(state: Path) -> Container | None:
    from netctl.adapters import docker

    return localnet.container_in(docker.output_of(localnet.find(state)))


def ensure_localnet(state: Path, host: Host, *, image: str | None, fast_blocks: bool) -> Container:
    """The localnet, started if it does not run.

    PrerequisiteError without docker, its daemon or an image; SessionError where it ends or does not answer.
    """
    from netctl.adapters import docker

    found = _find(state)
    if found is not None and found.state == "running":
        say(f"the localnet runs already, as container {found.name}: nothing was started")
    else:
        if found is not None:
            docker.output_of(localnet.remove(found))
        chosen = _image(image)
        taken = host.listeners(range(FIRST_PORT, LAST_PORT + 1))
        port = next((port for port in range(FIRST_PORT, LAST_PORT + 1) if port not in taken), None)
        if port is None:
            raise PrerequisiteError(f"no port between {FIRST_PORT} and {LAST_PORT} is free", hint="netctl fleet list")
        docker.output_of(localnet.run(chosen, state=state, port=port, fast_blocks=fast_blocks))
        found = Container(localnet.name_of(state), "running", port, chosen)
    _wait_until_it_answers(state, found)
    return found


def _image(named: str | None) -> str:
    """The option's, upstream's variable's, or the one that the engine has: nothing is pulled."""
    from netctl.adapters import docker

    chosen = named or os.environ.get(localnet.VARIABLE) or localnet.image_in(docker.output_of(localnet.IMAGES))
    if chosen is None:
        raise PrerequisiteError(
            f"docker has no image {localnet.REPOSITORY}",
            hint="pull the localnet image as Bittensor's documentation says, or name one with --image",
        )
    return chosen


def _wait_until_it_answers(state: Path, container: Container) -> None:
    from netctl.adapters import docker

    deadline = time.monotonic() + DEADLINE_S
    said = ""
    while True:
        is_up = answers(container.endpoint)
        now = _find(state)  # afterwards: what answers at the port of a container that ended is somebody else's
        if now is None or now.state != "running":
            raise SessionError(f"the localnet ended at once: {said or 'it said nothing'}", hint="docker ps --all")
        if is_up:
            return
        words = docker.output_of(localnet.logs(container), both=True)
        said = " / ".join(line.strip() for line in words.splitlines() if line.strip())
        if time.monotonic() > deadline:
            message = f"the localnet does not answer at {container.endpoint} within {DEADLINE_S:g} s: {said}"
            raise SessionError(message, hint=f"docker logs {container.name}")
        time.sleep(PAUSE_S)


def stop_localnet(container: Container) -> None:
    """End and remove it; a localnet keeps nothing."""
    from netctl.adapters import docker

    docker.output_of(localnet.remove(container))
