"""The machines that are to be a swarm: each one's own engine, over the SDK, and what only a shell there can tell."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from docker.errors import NotFound

from netctl.adapters import ssh
from netctl.adapters.swarm import image as tiny
from netctl.adapters.swarm.engine import Engine
from netctl.adapters.swarm.members import member_of
from netctl.adapters.unlock_keys import mark_of
from netctl.errors import NetctlError, SessionError
from netctl.ports.engines import EngineFacts, MemberFacts, SwarmFacts

T = TypeVar("T")
PORT = 2377
"""Where managers listen."""
PENDING_S = 25.0
JOINING_S = 60.0
INSTALLING_S = 600.0
PAUSE_S = 0.2
_OPEN = re.compile(r"API is accessible on (\S+)(.*)")

_PROBE = """
df -Pk /var/lib/docker 2>/dev/null || df -Pk /var/lib
command -v docker >/dev/null && echo docker
command -v apt-get >/dev/null && echo apt
[ "$(id -u)" = 0 ] && echo root
sudo -n true 2>/dev/null && echo sudo
true
"""
_INSTALL = """
set -e
as=
[ "$(id -u)" = 0 ] || as='sudo -n'
export DEBIAN_FRONTEND=noninteractive
$as apt-get -q update >&2
$as env DEBIAN_FRONTEND=noninteractive apt-get -q install -y docker.io >&2
"""


@dataclass(slots=True)
class DockerEngines:
    """Connections are kept until `close`; threads may share it."""

    _engines: dict[str, Engine] = field(default_factory=dict)

    def close(self) -> None:
        """Give up all connections."""
        for engine in self._engines.values():
            engine.close()
        self._engines.clear()

    def _ask(self, address: str, ask: Callable[[Any], T]) -> T:
        return self._engines.setdefault(address, Engine([address])).look(ask)

    # -- looking ---------------------------------------------------------------------------------------------------

    def look(self, addresses: Sequence[str], image: str | None) -> Mapping[str, EngineFacts]:
        """Each engine by its address; `image` is "" for netctl's own, None for none."""
        wanted = list(dict.fromkeys(addresses))
        if not wanted:
            return {}
        with ThreadPoolExecutor(len(wanted)) as pool:
            return dict(zip(wanted, pool.map(lambda address: self._one(address, image), wanted), strict=True))

    def _one(self, address: str, image: str | None) -> EngineFacts:
        try:
            if not address.startswith("ssh://"):
                return self._facts(address, image, None)
            lines = ssh.run(address, _PROBE).splitlines()
            said = set(lines)
            if "docker" not in said:
                return EngineFacts(missing=True, can_install="apt" in said and bool(said & {"root", "sudo"}))
            return self._facts(address, image, _free(lines))
        except NetctlError as error:
            return EngineFacts(trouble=error.message)

    def _facts(self, address: str, image: str | None, free_bytes: int | None) -> EngineFacts:
        give_up = time.monotonic() + PENDING_S
        api = self._ask(address, lambda client: client.api_version)
        while True:
            began = time.time()
            info = self._ask(address, lambda client: client.info())
            ended = time.time()
            own = info.get("Swarm") or {}
            if own.get("LocalNodeState") != "pending" or time.monotonic() > give_up:
                break
            time.sleep(PAUSE_S)
        if free_bytes is None:
            with suppress(OSError):
                free_bytes = shutil.disk_usage(str(info.get("DockerRootDir") or "/")).free
        skew = _instant(info["SystemTime"]) - (began + ended) / 2 if info.get("SystemTime") else None
        return EngineFacts(
            name=str(info.get("Name", "")),
            version=str(info.get("ServerVersion", "")),
            api=tuple(int(part) for part in str(api).split(".")),
            membership=own.get("LocalNodeState") or "inactive",
            node_id=str(own.get("NodeID") or ""),
            is_manager=bool(own.get("ControlAvailable")),
            open_tcp=next((" ".join(found) for line in info.get("Warnings") or () if (found := _open(line))), ""),
            skew_s=skew,
            skew_error_s=(ended - began) / 2,
            free_bytes=free_bytes,
            has_image=None if image is None else self._has(address, image or tiny.archive()[0]),
        )

    def identity(self, address: str) -> tuple[str, str]:
        """Its host name, and its id in its swarm; SessionError."""
        info = self._ask(address, lambda client: client.info())
        return str(info.get("Name", "")), str((info.get("Swarm") or {}).get("NodeID") or "")

    def _has(self, address: str, image: str) -> bool:
        def ask(client: Any) -> bool:
            try:
                client.inspect_image(image)
            except NotFound:
                return False
            return True

        return self._ask(address, ask)

    def swarm(self, manager: str) -> SwarmFacts:
        """The swarm that this engine manages; SessionError, PrerequisiteError where it manages none."""
        found = self._ask(manager, lambda client: client.inspect_swarm())
        spec = found["Spec"]
        autolock = bool((spec.get("EncryptionConfig") or {}).get("AutoLockManagers"))
        history = (spec.get("Orchestration") or {}).get("TaskHistoryRetentionLimit")
        members = self._members(manager)
        mark = mark_of(self.unlock_key(manager)) if autolock else ""
        return SwarmFacts(str(found["ID"]), autolock, 5 if history is None else int(history), members, mark)

    def _members(self, manager: str) -> tuple[MemberFacts, ...]:
        nodes = self._ask(manager, lambda client: client.nodes())
        return tuple(sorted(map(member_of, nodes), key=lambda member: member.name))

    def unlock_key(self, manager: str) -> str:
        """The key itself: a secret."""
        return str(self._ask(manager, lambda client: client.get_unlock_key())["UnlockKey"])

    # -- changing --------------------------------------------------------------------------------------------------

    def install(self, address: str) -> None:
        """Debian's docker.io, by apt-get as root or with sudo that asks nothing; SessionError."""
        ssh.run(address, _INSTALL, deadline_s=INSTALLING_S)
        _wait(lambda: self._one(address, None).answers, f"the engine at {address} answers", JOINING_S)

    def init(self, address: str, *, advertise: str, history: int) -> None:
        """A swarm of this one engine, locked from its first moment."""

        def ask(client: Any) -> None:
            if _is_out(client):
                spec = client.create_swarm_spec(autolock_managers=True, task_history_retention_limit=history)
                client.init_swarm(advertise_addr=advertise, listen_addr=f"0.0.0.0:{PORT}", swarm_spec=spec)

        self._ask(address, ask)

    def join(self, address: str, *, manager: str, as_manager: bool, advertise: str) -> None:
        """Join through every reachable manager, and wait until the manager says that it is well; SessionError."""

        members: tuple[MemberFacts, ...] = ()

        def all_well() -> bool:
            nonlocal members
            members = self._members(manager)
            return all(member.is_well for member in members if member.is_manager)

        _wait(all_well, "every manager is reachable", JOINING_S)
        remotes = [_at(member.address) for member in members if member.is_manager]
        tokens = self._ask(manager, lambda client: client.inspect_swarm())["JoinTokens"]

        def ask(client: Any) -> None:
            if _is_out(client):
                client.join_swarm(
                    remote_addrs=remotes,
                    join_token=tokens["Manager" if as_manager else "Worker"],
                    advertise_addr=advertise,
                    listen_addr=f"0.0.0.0:{PORT}",
                )

        self._ask(address, ask)

        _, node_id = self.identity(address)

        def is_well() -> bool:
            member = next((one for one in self._members(manager) if one.id == node_id), None)
            return member is not None and member.is_well and member.is_manager == as_manager

        _wait(is_well, f"the engine at {address} is a node of the swarm", JOINING_S)

    def configure(self, manager: str, *, history: int) -> None:
        """Autolock on; the history only where it is out of range for the caller to have asked."""

        def ask(client: Any) -> None:
            found = client.inspect_swarm()
            spec = found["Spec"]
            spec["EncryptionConfig"] = {**(spec.get("EncryptionConfig") or {}), "AutoLockManagers": True}
            spec["Orchestration"] = {**(spec.get("Orchestration") or {}), "TaskHistoryRetentionLimit": history}
            client.update_swarm(found["Version"]["Index"], swarm_spec=spec)

        self._ask(manager, ask)

    def label(self, manager: str, node_id: str, labels: Mapping[str, str]) -> None:
        """These labels beside the node's others."""
        self._node(manager, node_id, lambda spec: spec | {"Labels": {**(spec.get("Labels") or {}), **labels}})

    def drain(self, manager: str, node_id: str) -> None:
        """Nothing runs there from now on."""
        self._node(manager, node_id, lambda spec: spec | {"Availability": "drain"})

    def _node(self, manager: str, node_id: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        def ask(client: Any) -> None:
            found = client.inspect_node(node_id)
            client.update_node(node_id, found["Version"]["Index"], change(found["Spec"]))

        self._ask(manager, ask)

    def load(self, address: str, image: str | None, source: str | None) -> None:
        """The image as `docker load` or `docker pull` brings it, and is there afterwards; SessionError."""
        if self._has(address, image or tiny.archive()[0]):
            return
        if image is None:
            self._ask(address, lambda client: list(client.load_image(tiny.archive()[1]) or ()))
        elif source is not None:
            self._ask(
                source, lambda one: self._ask(address, lambda to: list(to.load_image(one.get_image(image)) or ()))
            )
        else:
            self._ask(address, lambda client: list(client.pull(image, stream=True)))
        if not self._has(address, image or tiny.archive()[0]):
            message = f"docker at {address} has no image {image or 'of netctl'} after it was brought there"
            raise SessionError(message, hint=f"is its disk full? docker -H {address} system df")


def _is_out(client: Any) -> bool:
    return bool(client.info()["Swarm"]["LocalNodeState"] == "inactive")


def _free(lines: Sequence[str]) -> int | None:
    """What the table of `df -Pk` at the beginning says, in bytes."""
    with suppress(ValueError, IndexError):
        return int(lines[1].split()[3]) * 1024
    return None


def _at(address: str) -> str:
    return f"[{address}]:{PORT}" if ":" in address else f"{address}:{PORT}"


def _open(line: str) -> tuple[str, ...]:
    found = _OPEN.search(line)
    return () if found is None else (found[1], found[2].strip(" ."))


def _instant(text: str) -> float:
    """RFC 3339 with nanoseconds, which datetime does not read."""
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d*", r"\1", text)).timestamp()


def _wait(condition: Callable[[], bool], what: str, deadline_s: float) -> None:
    give_up = time.monotonic() + deadline_s
    while True:
        with suppress(SessionError):
            if condition():
                return
        if time.monotonic() > give_up:
            raise SessionError(f"not within {deadline_s:g} s: {what}", hint="docker node ls on a manager")
        time.sleep(PAUSE_S)
