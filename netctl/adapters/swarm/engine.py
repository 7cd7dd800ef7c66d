"""The engine's API: one manager that answers, asked again while the swarm chooses a leader; its errors in our words."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import docker
import requests
from docker.errors import APIError, DockerException

from netctl.errors import PrerequisiteError, SessionError, UsageError

T = TypeVar("T")
DEADLINE_S = 60.0
CHANGING_S = 30.0
"""How long a change is tried: three managers choose a new leader within twelve seconds."""
LOOKING_S = 6.0
PAUSE_S = 0.25
THREADS = 12
"""So many connections an engine is asked over at once."""

_PASSING = (
    *("does not have a leader", "no leader", "no elected cluster leader", "lost leader", "node is stopped"),
    *("deadline", "unavailable", "out of sequence"),
)
"""What the engine says of things that are over in a moment: an election, or a change that another was quicker with."""
_NO_MANAGER = ("not a swarm manager", "not part of a swarm")


class Refused(SessionError):
    """The engine answered and said no: `status` is HTTP's."""

    def __init__(self, message: str, *, status: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


@dataclass(slots=True)
class Engine:
    """The engines at these addresses (unix:///path, ssh://user@host), the first that can answer is asked.

    Errors are SessionError where none answers, Refused where one says no, PrerequisiteError where none manages a swarm.
    Threads may share it.
    """

    addresses: Sequence[str]
    _clients: dict[str, Any] = field(default_factory=dict)
    _last: str = ""

    def __post_init__(self) -> None:
        for address in self.addresses:
            if not address.startswith(("unix://", "ssh://")):
                raise UsageError(
                    f"docker at {address}: only unix:// and ssh:// are used, whatever else can be listened in on",
                    hint="ssh://USER@HOST, where that user may use docker",
                )

    def look(self, ask: Callable[[Any], T]) -> T:
        """The answer to a question."""
        return self._asked(ask, LOOKING_S)

    def change(self, ask: Callable[[Any], T]) -> T:
        """The same for what changes something: it may be asked twice, and must be the same then."""
        return self._asked(ask, CHANGING_S)

    def _asked(self, ask: Callable[[Any], T], patience_s: float) -> T:
        give_up = time.monotonic() + patience_s
        while True:
            worst: SessionError | PrerequisiteError | None = None
            for address in sorted(self.addresses, key=lambda one: one != self._last):
                try:
                    with _told(address):
                        answer = ask(self._client(address))
                except (SessionError, PrerequisiteError) as error:
                    if isinstance(error, Refused) and not _passes(error):
                        raise
                    # That a worker manages nothing is no news while a manager does not answer.
                    if worst is None or isinstance(worst, PrerequisiteError):
                        worst = error
                    continue
                self._last = address
                return answer
            if worst is None:
                raise SessionError("no engine is named", hint="name a manager")
            if time.monotonic() > give_up or isinstance(worst, PrerequisiteError):
                raise worst
            time.sleep(PAUSE_S)

    def _client(self, address: str) -> Any:
        _reach(address)
        if (client := self._clients.get(address)) is None:
            client = docker.APIClient(
                base_url=address,
                version="auto",
                timeout=int(DEADLINE_S),
                use_ssh_client=True,
                num_pools=THREADS,
                max_pool_size=THREADS,
            )
            self._clients[address] = client
        return client

    def close(self) -> None:
        """Give up its connections."""
        for client in self._clients.values():
            with suppress(Exception):
                client.close()
        self._clients.clear()


def post(client: Any, path: str, body: Mapping[str, Any], **params: Any) -> Any:
    """Send a document as it is, where the library's own call would change it; the answer's document, or APIError."""
    response = client.post(_url(client, path), json=body, params=params)
    _raise(response)
    return response.json() if response.content else None


def stream(client: Any, path: str, **params: Any) -> requests.Response:
    """An answer that comes piece by piece, for as long as it may take; APIError."""
    response: requests.Response = client.get(_url(client, path), params=params, stream=True, timeout=(DEADLINE_S, None))
    _raise(response)
    return response


def _url(client: Any, path: str) -> str:
    return f"{client.base_url}/v{client.api_version}{path}"


def _raise(response: requests.Response) -> None:
    if not response.ok:
        try:
            explanation = response.json()["message"]
        except (ValueError, KeyError):
            explanation = response.text
        raise APIError(f"{response.status_code}", response=response, explanation=explanation)


def _reach(address: str) -> None:
    """Fail here where nobody listens: the library would leave the socket open."""
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(DEADLINE_S)
            probe.connect(address.removeprefix("unix://"))


@contextmanager
def _told(address: str) -> Iterator[None]:
    try:
        yield
    except APIError as error:
        said = str(error.explanation or error).strip()
        if any(words in said for words in _NO_MANAGER):
            message = f"docker at {address} manages no swarm"
            raise PrerequisiteError(message, hint="docker swarm init there, or name a manager") from error
        status = error.response.status_code if error.response is not None else 0
        raise Refused(
            f"docker at {address}: {said}", status=status, hint="docker service ls; docker node ls"
        ) from error
    except (DockerException, requests.RequestException, OSError) as error:
        hint = f"does its engine run? docker -H {address} info"
        raise SessionError(f"docker at {address} does not answer: {error}", hint=hint) from error


def _passes(error: Refused) -> bool:
    said = error.message.lower()
    return any(words in said for words in _PASSING)
