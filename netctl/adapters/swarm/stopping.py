"""Ending what the engine runs of a fleet, and seeing it gone."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from netctl.adapters.swarm import names, services, tasks
from netctl.adapters.swarm.launching import Launching, each
from netctl.adapters.swarm.tasks import Document, Seen
from netctl.ports import STOPPED, SessionFacts

PAUSE_S = 0.05
UNHEARD_S = 5.0
CLEARED_S = 5.0
BEYOND_S = 15.0
"""How long after its own grace a neuron's end is waited for: the engine sends KILL itself."""


@dataclass(slots=True)
class Stopping:
    """Ends sessions of one fleet. What was seen of their ends is kept in `ends`, by name."""

    launching: Launching
    ends: dict[str, Document] = field(default_factory=dict)

    def stop(self, seen: Seen, leave: Mapping[str, str] | None) -> tuple[str, ...]:
        """Stop all services of `seen`; with `leave` they stay with these labels, else they and their secrets go.

        Returns the names that survived: those on a node that does not answer may, and are not forgotten before it does.
        """
        labels = {STOPPED: "netctl"} if leave is None else leave
        # One that a killed netctl has silenced is let be: at an update the engine forgets the task that still ends.
        loud = [service for service in seen.services.values() if tasks.replicas(service) > 0]
        each(lambda service: self._silence(service, labels), loud)
        self._note(seen)
        survivors = self._wait(seen)
        if leave is None:
            gone = {name: service for name, service in seen.services.items() if name not in survivors}
            self._wait_until_cleared(gone)
            self.launching.remove(gone.values())
            self.launching.sweep()
        else:
            stay = [(service, self.ends.get(name)) for name, service in seen.services.items() if name not in survivors]
            each(lambda item: self._keep_end(*item, labels), stay)
        return survivors

    def start_anew(self, service: Document, labels: Mapping[str, str], task: str) -> bool:
        """End the run of that task so that the engine starts the next; whether the old one is gone."""
        name = service["Spec"]["Labels"][names.SESSION]
        seen = self.launching.look()
        restarts = seen.sessions()[name].restarts + 1

        def anew(spec: dict[str, Any]) -> dict[str, Any]:
            spec["TaskTemplate"]["ForceUpdate"] = spec["TaskTemplate"].get("ForceUpdate", 0) + 1
            spec["Labels"][names.RESTARTS] = str(restarts)
            return _labelled(spec, labels)

        self.launching.update(service["ID"], anew)
        give_up = time.monotonic() + _grace_s(service) + BEYOND_S
        while time.monotonic() < give_up:
            found = next((t for t in self.launching.look().tasks.get(name, ()) if t["ID"] == task), None)
            if found is None or tasks.is_over(found):
                if found is not None:
                    self.ends[name] = found
                return True
            time.sleep(PAUSE_S)
        return False

    def _silence(self, service: Document, labels: Mapping[str, str]) -> None:
        def silent(spec: dict[str, Any]) -> dict[str, Any]:
            spec["Mode"]["Replicated"]["Replicas"] = 0
            return _labelled(spec, labels)

        self.launching.update(service["ID"], silent)

    def _wait(self, seen: Seen) -> tuple[str, ...]:
        """Until none of them runs on a node that answers."""
        grace = max((_grace_s(service) for service in seen.services.values()), default=0.0)
        give_up, unheard = time.monotonic() + grace + BEYOND_S, time.monotonic() + UNHEARD_S
        while True:
            now = self.launching.look()
            self._note(now, only=set(seen.services))
            if time.monotonic() > unheard:
                self._tell_again(only(now, list(seen.services)))
                unheard += UNHEARD_S
            live = {name: [t for t in now.tasks.get(name, ()) if tasks.may_run(t, now.nodes)] for name in seen.services}
            near = [name for name, ones in live.items() if any(not tasks.is_lost(t, now.nodes) for t in ones)]
            if not near or time.monotonic() > give_up:
                return tuple(name for name, ones in live.items() if ones)
            time.sleep(PAUSE_S)

    def _tell_again(self, seen: Seen) -> None:
        """Have the engine look again where it goes on with one: told in the middle of a start, it may miss that."""
        silent = {name: service for name, service in seen.services.items() if tasks.replicas(service) == 0}
        unheard = [s for name, s in silent.items() if any(map(tasks.is_wanted, seen.tasks.get(name, ())))]
        each(lambda service: self.launching.update(service["ID"], lambda spec: spec, again=True), unheard)

    def _wait_until_cleared(self, names_: Collection[str]) -> None:
        """Until the engine has put away the tasks of these that are over, or for a few seconds.

        A leader of docker 20.10 that is asked to remove a service in that very moment crashes.
        """
        give_up = time.monotonic() + CLEARED_S
        while time.monotonic() < give_up:
            now = self.launching.look().tasks
            if not any(tasks.is_over(t) and tasks.wanted_state(t) == "remove" for n in names_ for t in now.get(n, ())):
                return
            time.sleep(PAUSE_S)

    def _note(self, seen: Seen, only: set[str] | None = None) -> None:
        for name, ones in seen.tasks.items():
            if ones and tasks.is_over(ones[-1]) and (only is None or name in only):
                self.ends[name] = ones[-1]

    def _keep_end(self, service: Document, end: Document | None, labels: Mapping[str, str]) -> None:
        def kept(spec: dict[str, Any]) -> dict[str, Any]:
            if end is not None:
                spec["Labels"][names.ENDED] = tasks.ended_label(end)
            return _labelled(spec, labels)

        self.launching.update(service["ID"], kept)


def ended(before: SessionFacts, end: Document | None, labels: Mapping[str, str]) -> SessionFacts:
    """A session as it was, now that it has ended so, with these labels on top of its own."""
    if before.is_dead or end is None:
        return before
    code, signal = tasks.end_of(end)
    return SessionFacts(
        name=before.name,
        spec_hash=before.spec_hash,
        pid=None,
        started_at=before.started_at,
        restarts=before.restarts,
        labels={**before.labels, **labels},
        ended_at=tasks.moment(end["Status"]["Timestamp"]),
        node=before.node,
        task=before.task,
        exit_code=code,
        exit_signal=signal,
    )


def only(seen: Seen, wanted: Sequence[str]) -> Seen:
    """The same of these sessions alone."""
    return Seen(
        {name: service for name, service in seen.services.items() if name in wanted},
        {name: ones for name, ones in seen.tasks.items() if name in wanted},
        seen.nodes,
    )


def _labelled(spec: dict[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    own = services.own_labels({"Spec": spec})
    spec["Labels"][names.LABELS] = urlencode({**own, **labels})
    return spec


def _grace_s(service: Document) -> float:
    return float(service["Spec"]["TaskTemplate"]["ContainerSpec"].get("StopGracePeriod", 0)) / services.NANO
