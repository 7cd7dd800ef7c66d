"""What the engine's services, tasks and nodes say of the fleet's sessions. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from netctl.adapters.swarm import names
from netctl.adapters.swarm.services import hostname, own_labels
from netctl.ports import SessionFacts

Document = Mapping[str, Any]

OVER = frozenset({"complete", "failed", "shutdown", "rejected", "orphaned", "remove"})
UNPLACED = frozenset({"new", "pending"})
MAY_RUN = frozenset({"assigned", "accepted", "preparing", "ready", "starting", "running"})
KILLED = 137
NEVER_RAN = 125
"""The exit code of what the engine could not even start; docker's own word for it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The swarm at one moment, as far as a fleet is concerned: each service with its tasks, oldest first."""

    services: Mapping[str, Document]
    tasks: Mapping[str, Sequence[Document]]
    nodes: Mapping[str, Document]

    def sessions(self) -> dict[str, SessionFacts]:
        """The fleet's sessions by name."""
        return {
            name: facts_of(service, self.tasks.get(name, ()), self.nodes) for name, service in self.services.items()
        }


def seen(services: Sequence[Document], tasks: Sequence[Document], nodes: Sequence[Document]) -> Seen:
    """Sorted by session. Tasks of services that are gone meanwhile are left out."""
    by_id = {service["ID"]: service["Spec"]["Labels"].get(names.SESSION, "") for service in services}
    grouped: dict[str, list[Document]] = {}
    for task in oldest_first(tasks):
        if name := by_id.get(task.get("ServiceID", "")):
            grouped.setdefault(name, []).append(task)
    return Seen(
        {by_id[service["ID"]]: service for service in services if by_id[service["ID"]]},
        grouped,
        {node["ID"]: node for node in nodes},
    )


def oldest_first(tasks: Iterable[Document]) -> list[Document]:
    """In the order in which the engine made them, which is not the one in which it tells them."""
    return sorted(tasks, key=lambda task: (moment(task["CreatedAt"]), task["ID"]))


def facts_of(service: Document, tasks: Sequence[Document], nodes: Mapping[str, Document]) -> SessionFacts:
    """One session; `tasks` are the service's, oldest first."""
    labels = service["Spec"]["Labels"]
    restarts = int(labels.get(names.RESTARTS) or 0) + len([task for task in tasks[:-1] if _is_of_launch(task, service)])
    known = {
        "name": labels[names.SESSION],
        "spec_hash": labels.get(names.SPEC, ""),
        "labels": own_labels(service),
        "restarts": restarts,
        "node": labels.get(names.NODE, ""),
        "pid": None,
        "started_at": None,
        "exit_code": None,
        "exit_signal": None,
    }
    lost = [task for task in tasks if may_run(task, nodes) and not _is_ready(task, nodes)]
    wanted = replicas(service) > 0
    current = tasks[-1] if tasks else None
    if current is None or (not wanted and state_of(current) in UNPLACED):
        return _ended(known, labels) if not wanted else SessionFacts(**known, unknown="", waits="")
    if lost and (current in lost or state_of(current) in UNPLACED or not wanted):
        node = node_of(lost[-1], nodes)
        state = nodes.get(lost[-1].get("NodeID", ""), {}).get("Status", {}).get("State", "gone")
        known |= {"node": node}
        return SessionFacts(**known, unknown=f"node {node} is {state}; it may still run there")
    known |= {"node": node_of(current, nodes) or known["node"], "task": current["ID"]}
    state, status = state_of(current), current["Status"]
    if state == "running":
        known |= {
            "pid": status.get("ContainerStatus", {}).get("PID") or None,
            "started_at": moment(status["Timestamp"]),
        }
        return SessionFacts(**known)
    if state in OVER:
        known["exit_code"], known["exit_signal"] = end_of(current)
        waits = _refusal(status) if state == "rejected" else ""
        return SessionFacts(**known, ended_at=moment(status["Timestamp"]), waits=waits)
    return SessionFacts(**known, waits=_why_it_waits(current, tasks))


def _refusal(status: Mapping[str, Any]) -> str:
    """Why a node could not even start it, and what helps where that is known."""
    why = str(status.get("Err", ""))
    return f"{why}; netctl host setup brings it there" if "No such image" in why else why


def past_of(service: Document, tasks: Sequence[Document], nodes: Mapping[str, Document]) -> list[SessionFacts]:
    """The runs of one session that have ended and were followed by another, oldest first."""
    labels = service["Spec"]["Labels"]
    return [
        SessionFacts(
            name=labels[names.SESSION],
            spec_hash=labels.get(names.SPEC, ""),
            pid=None,
            started_at=None,
            restarts=int(labels.get(names.RESTARTS) or 0) + number,
            labels=own_labels(service),
            ended_at=moment(task["Status"]["Timestamp"]),
            node=node_of(task, nodes),
            task=task["ID"],
            exit_code=end_of(task)[0],
            exit_signal=end_of(task)[1],
        )
        for number, task in enumerate([task for task in tasks[:-1] if _is_of_launch(task, service)])
        if state_of(task) in OVER
    ]


def _is_of_launch(task: Document, service: Document) -> bool:
    """Whether the engine made it by the service's present specification, not by one before."""
    made, now = (each.get("ForceUpdate", 0) for each in (task["Spec"], service["Spec"]["TaskTemplate"]))
    return bool(made == now)


def _why_it_waits(current: Document, tasks: Sequence[Document]) -> str:
    """The engine's words; what kept the task before from starting keeps the next one."""
    status = current["Status"]
    if state_of(current) in UNPLACED:
        return str(status.get("Err") or status.get("Message", ""))
    before = tasks[-2] if len(tasks) > 1 else None
    if before is not None and state_of(before) == "rejected":
        return str(before["Status"].get("Err", ""))
    return str(status.get("Err", ""))


def _ended(known: Mapping[str, Any], labels: Mapping[str, str]) -> SessionFacts:
    """A session at no replicas, whose tasks the engine has forgotten: as was noted when it was stopped."""
    how, _, at = labels.get(names.ENDED, "").partition("@")
    kind, _, number = how.partition(":")
    if not number.isdigit():
        return SessionFacts(**(dict(known) | {"exit_signal": 15}))
    ends = {"exit_code": int(number)} if kind == "code" else {"exit_signal": int(number)}
    return SessionFacts(**(dict(known) | ends), ended_at=float(at) if at else None)


def end_of(task: Document) -> tuple[int | None, int | None]:
    """How a task ended: by code, or where that is 128 and a signal, by that signal."""
    code = task["Status"].get("ContainerStatus", {}).get("ExitCode")
    if state_of(task) == "rejected":
        code = NEVER_RAN
    elif code is None or code < 0:
        code = KILLED
    return (None, code - 128) if 128 < code < 193 else (code, None)


def ended_label(task: Document) -> str:
    """The same as a label, with the moment."""
    code, signal = end_of(task)
    how = f"code:{code}" if code is not None else f"signal:{signal}"
    return f"{how}@{moment(task['Status']['Timestamp']):.3f}"


def where(tasks: Sequence[Document], nodes: Mapping[str, Document]) -> tuple[str, ...]:
    """The nodes where a session runs, or may run since they do not answer; each once, the earliest first."""
    live = (task for task in oldest_first(tasks) if may_run(task, nodes) and task.get("NodeID"))
    return tuple(
        dict.fromkeys(
            node_of(task, nodes) for task in live if state_of(task) == "running" or not _is_ready(task, nodes)
        )
    )


def may_run(task: Document, nodes: Mapping[str, Document]) -> bool:
    """Whether it runs, or nobody knows: the engine calls it orphaned when its node has been silent for a day."""
    is_given_up = state_of(task) == "orphaned" and task.get("NodeID") in nodes and not _is_ready(task, nodes)
    return state_of(task) in MAY_RUN or is_given_up


def state_of(task: Document) -> str:
    return str(task["Status"]["State"])


def wanted_state(task: Document) -> str:
    """What the engine wants of it: running, or one of those before or beyond."""
    return str(task.get("DesiredState", ""))


def is_wanted(task: Document) -> bool:
    """Whether it runs, or shall, by the engine's will."""
    return not is_over(task) and wanted_state(task) not in OVER


def node_of(task: Document, nodes: Mapping[str, Document]) -> str:
    """The name of a task's node, "" where it has none."""
    identity = task.get("NodeID", "")
    return hostname(nodes.get(identity, {})) or str(identity)


def is_over(task: Document) -> bool:
    return state_of(task) in OVER


def has_begun(task: Document) -> bool:
    """Whether it has a container, and so a log."""
    return bool(task["Status"].get("ContainerStatus", {}).get("ContainerID"))


def is_lost(task: Document, nodes: Mapping[str, Document]) -> bool:
    """Whether its node does not answer."""
    return bool(task.get("NodeID")) and not _is_ready(task, nodes)


def replicas(service: Document) -> int:
    """How many of it shall run: one, or none where it was stopped."""
    return int(service["Spec"]["Mode"]["Replicated"]["Replicas"])


def _is_ready(task: Document, nodes: Mapping[str, Document]) -> bool:
    return bool(nodes.get(task.get("NodeID", ""), {}).get("Status", {}).get("State") == "ready")


def moment(text: str) -> float:
    """Seconds since the epoch, of the engine's time with its nanoseconds."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp() + float(f"0.{fraction or 0}")
