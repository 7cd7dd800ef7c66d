"""The official localnet image as a container: the commands for docker, and what its answers say.

Nothing here runs anything. What holds is on the container itself, as labels; subtensor's Dockerfile-localnet and
localnet.sh say which port the node serves and that the first word switches fast blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

REPOSITORY = "opentensor/subtensor-localnet"
VARIABLE = "LOCALNET_IMAGE_NAME"
"""Where upstream's own tests read the image's name."""
NODE_PORT = 9944
STATE_LABEL = "netctl.state"
PORT_LABEL = "netctl.port"
LAST_WORDS = 5

IMAGES = ("docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}")
"""Lists the images that the engine has, the newest first."""


@dataclass(frozen=True, slots=True)
class Container:
    """A localnet as the engine shows it. `state` is docker's word: running, exited, created, ..."""

    name: str
    state: str
    port: int
    image: str

    @property
    def endpoint(self) -> str:
        """Where its node answers."""
        return f"ws://127.0.0.1:{self.port}"


def name_of(state: Path) -> str:
    """The container's name: one for each state directory, whatever else runs on the engine."""
    return f"netctl-chain-{sha256(str(state).encode()).hexdigest()[:12]}"


def run(image: str, *, state: Path, port: int, fast_blocks: bool) -> tuple[str, ...]:
    """Start the localnet in the background, served on loopback only, gone with all it kept once it ends."""
    return (
        *("docker", "run", "--detach", "--rm", "--pull", "never", "--name", name_of(state)),
        *("--label", f"{STATE_LABEL}={state}", "--label", f"{PORT_LABEL}={port}"),
        *("--publish", f"127.0.0.1:{port}:{NODE_PORT}"),
        *(image, "True" if fast_blocks else "False"),
    )


def find(state: Path) -> tuple[str, ...]:
    """List this state directory's container, whatever state it is in."""
    shown = f'{{{{.Names}}}}\t{{{{.State}}}}\t{{{{.Label "{PORT_LABEL}"}}}}\t{{{{.Image}}}}'
    return ("docker", "ps", "--all", "--filter", f"label={STATE_LABEL}={state}", "--format", shown)


def remove(container: Container) -> tuple[str, ...]:
    """End the container, and remove it with its volumes."""
    return ("docker", "rm", "--force", "--volumes", container.name)


def logs(container: Container) -> tuple[str, ...]:
    """What the node said last."""
    return ("docker", "logs", "--tail", str(LAST_WORDS), container.name)


def container_in(listing: str) -> Container | None:
    """The container that `find` listed, if any."""
    for line in listing.splitlines():
        name, state, port, image = line.split("\t")
        return Container(name, state, int(port), image)
    return None


def image_in(listing: str) -> str | None:
    """The newest localnet image that `IMAGES` listed, from whichever registry it came."""
    for line in listing.splitlines():
        repository, _, tag = line.strip().rpartition(":")
        if tag != "<none>" and f"/{repository}".endswith(f"/{REPOSITORY}"):
            return line.strip()
    return None
