"""Changing what the engine has of a fleet: secrets, then services, a dozen at once, so that a kill does no harm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from netctl.adapters.launches import session_to_be
from netctl.adapters.swarm import image, names, services, tasks
from netctl.adapters.swarm.engine import THREADS, Engine, Refused, post
from netctl.adapters.swarm.entry import placement_of
from netctl.adapters.swarm.secrets import Parcel, Sent, sent_for
from netctl.adapters.swarm.tasks import Document, Seen
from netctl.errors import NetctlError
from netctl.placement import Swarm
from netctl.ports import SessionFacts, SessionSpec

T = TypeVar("T")
R = TypeVar("R")
CONFLICT, NOT_FOUND = 409, 404


@dataclass(slots=True)
class Launching:
    """The fleet's part of a swarm. Only one may change it at a time: callers hold the fleet's turn."""

    engine: Engine
    fleet: str
    fleet_id: str
    swarm: Swarm

    # -- looking ---------------------------------------------------------------------------------------------------

    def look(self) -> Seen:
        """All of this fleet, in three questions."""
        own = {"label": f"{names.FLEET}={self.fleet_id}"}
        return self.engine.look(lambda c: tasks.seen(c.services(filters=own), c.tasks(filters=own), c.nodes()))

    # -- launching -------------------------------------------------------------------------------------------------

    def launch(self, specs: Sequence[SessionSpec], seen: Seen, tell: Callable[[SessionFacts], None]) -> None:
        """Start these, none of which lives; `tell` hears of each before. Nothing is sent if one of them may not be."""
        sent = {spec.name: sent_for(self.fleet_id, spec) for spec in specs}
        where = {spec.name: self._constraints(spec, seen) for spec in specs}
        self._bring_images(specs)
        self._let_run(specs, seen)
        there = self._secret_ids()
        restarts = {name: facts.restarts for name, facts in seen.sessions().items()}

        def start(spec: SessionSpec) -> None:
            session = session_to_be(spec, restarts.get(spec.name))
            tell(session)
            own, to = sent[spec.name], where[spec.name]
            try:
                self._serve(spec, own, self._send(spec.name, own, there), to, session, seen.services.get(spec.name))
            except Refused as error:
                if "not found" not in error.message:
                    raise
                # The engine has only now removed what a netctl that is gone had asked it to.
                ids, now = self._send(spec.name, own, self._secret_ids()), self.look()
                self._serve(spec, own, ids, to, session, now.services.get(spec.name))

        try:
            each(start, specs)
        finally:
            with suppress(NetctlError):
                self.sweep()

    def _constraints(self, spec: SessionSpec, seen: Seen) -> list[str]:
        return services.constraints_of(placement_of(spec), self.swarm, list(seen.nodes.values()))

    def _let_run(self, specs: Sequence[SessionSpec], seen: Seen) -> None:
        """Label the nodes among which the engine may choose, and no others: one that joins later gets no hotkey."""
        for allowed in {services.allowed_nodes(placement_of(spec)) for spec in specs} - {()}:
            label = names.may_run(allowed)
            there = {services.hostname(node) for node in seen.nodes.values()}
            chosen = {services.node_id(list(seen.nodes.values()), name) for name in allowed if name in there}
            for identity, node in seen.nodes.items():
                wanted = identity in chosen
                if wanted != (label in (node["Spec"].get("Labels") or {})):
                    self.engine.change(partial(_relabel, identity=identity, label=label, wanted=wanted))

    def _send(self, session: str, sent: Sent, there: Mapping[str, str]) -> dict[str, str]:
        return {parcel.name: there.get(parcel.name) or self._made(session, parcel) for parcel in sent.parcels}

    def _made(self, session: str, parcel: Parcel) -> str:
        labels = {names.FLEET: self.fleet_id, names.SESSION: session, "netctl.what": parcel.what}
        try:
            made = self.engine.change(lambda c: c.create_secret(parcel.name, parcel.content, labels=labels))
        except Refused as error:
            # An attempt that the engine did not answer may have made it.
            if error.status != CONFLICT or (found := self._secret_ids().get(parcel.name)) is None:
                raise
            return found
        return str(made["ID"])

    def _serve(
        self,
        spec: SessionSpec,
        sent: Sent,
        ids: Mapping[str, str],
        constraints: Sequence[str],
        session: SessionFacts,
        before: Document | None,
    ) -> None:
        labels = services.labels_of(self.fleet, self.fleet_id, spec, sent, session.labels)
        labels[names.RESTARTS] = str(session.restarts)
        use = placement_of(spec).image or image.archive()[0]
        template = services.task_template(self.fleet_id, spec, sent, ids, use, constraints)
        name = names.service_name(self.fleet, self.fleet_id, spec.name)
        if before is not None:
            self.update(before["ID"], lambda s: _replaced(s, labels, template))
            return
        document = services.service(name, labels, template)
        try:
            self.engine.change(lambda c: post(c, "/services/create", document))
        except Refused as error:
            if error.status != CONFLICT:
                raise
            there = self.engine.look(lambda c: c.inspect_service(name))
            if there["Spec"]["Labels"].get(names.SPEC) != spec.spec_hash:
                self.update(there["ID"], lambda s: _replaced(s, labels, template))

    def _bring_images(self, specs: Sequence[SessionSpec]) -> None:
        """Load netctl's own image where an engine can be asked; elsewhere the node must have it already."""
        wanted = [spec.placement for spec in specs if spec.placement is not None and spec.placement.image is None]
        if not wanted:
            return
        # Where the engine chooses the node, any of them.
        pinned = {placement.node for placement in wanted} | {
            name for p in wanted if not p.node for name, _ in p.addresses
        }
        own = [node.docker for node in self.swarm.nodes if node.docker is not None and node.name in pinned]
        with suppress(NetctlError):
            each(_bring_image, dict.fromkeys([*own, *self.engine.addresses[:1]]))

    # -- changing --------------------------------------------------------------------------------------------------

    def update(self, service: str, change: Callable[[dict[str, Any]], dict[str, Any]], *, again: bool = False) -> None:
        """Change a service's specification; made again on what is there where another was quicker.

        What is so already is not said to the engine, but `again`.
        """

        def changed(client: Any) -> None:
            found = client.inspect_service(service)
            wanted = change(deepcopy(found["Spec"]))
            if again or wanted != found["Spec"]:
                post(client, f"/services/{found['ID']}/update", wanted, version=found["Version"]["Index"])

        self.engine.change(changed)

    def remove(self, services_: Iterable[Document]) -> None:
        """Remove these services; one that is gone is no error."""
        each(lambda service: self._removed("service", service["ID"]), list(services_))

    def sweep(self) -> None:
        """Remove the secrets that no service of the fleet uses: what an interrupted change or a rotation left."""
        there = self._secret_ids()
        seen = self.look()
        used = {
            secret["SecretID"]
            for service in seen.services.values()
            for secret in service["Spec"]["TaskTemplate"]["ContainerSpec"].get("Secrets") or ()
        }
        each(lambda secret: self._removed("secret", secret), [each for each in there.values() if each not in used])

    def _removed(self, kind: str, identity: str) -> None:
        def remove(client: Any) -> None:
            (client.remove_service if kind == "service" else client.remove_secret)(identity)

        try:
            self.engine.change(remove)
        except Refused as error:
            if error.status != NOT_FOUND and "in use" not in error.message:
                raise

    def _secret_ids(self) -> dict[str, str]:
        own = {"label": f"{names.FLEET}={self.fleet_id}"}
        found = self.engine.look(lambda c: c.secrets(filters=own))
        return {secret["Spec"]["Name"]: secret["ID"] for secret in found}


def _replaced(spec: dict[str, Any], labels: Mapping[str, str], template: Mapping[str, Any]) -> dict[str, Any]:
    again = spec["TaskTemplate"].get("ForceUpdate", 0) + 1
    return services.service(spec["Name"], labels, {**template, "ForceUpdate": again})


def _bring_image(address: str) -> None:
    identity, content = image.archive()
    engine = Engine([address])
    try:
        with suppress(Refused):
            engine.look(lambda client: client.inspect_image(identity))
            return
        engine.look(lambda client: list(client.load_image(content)))
    finally:
        engine.close()


def each(act: Callable[[T], R], over: Iterable[T]) -> list[R]:
    """All of them, a dozen at once; the first error is raised when all have had their turn."""
    found = list(over)
    if len(found) <= 1:
        return [act(one) for one in found]
    with ThreadPoolExecutor(min(THREADS, len(found))) as pool:
        futures = [pool.submit(act, one) for one in found]
    return [future.result() for future in futures]


def _relabel(client: Any, *, identity: str, label: str, wanted: bool) -> None:
    found = client.inspect_node(identity)
    labels = {key: value for key, value in (found["Spec"].get("Labels") or {}).items() if key != label}
    if wanted:
        labels[label] = names.YES
    client.update_node(identity, found["Version"]["Index"], {**found["Spec"], "Labels": labels})
