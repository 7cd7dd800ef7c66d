"""`ports.Host` of a fleet on many machines: its neurons are the engine's, all else stays in this machine's tmux."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from netctl import spread
from netctl.adapters.launches import to_launch
from netctl.adapters.swarm import logs, names, tasks
from netctl.adapters.swarm.engine import Engine
from netctl.adapters.swarm.here import Here
from netctl.adapters.swarm.launching import Launching
from netctl.adapters.swarm.members import member_of
from netctl.adapters.swarm.stopping import Stopping, ended, only
from netctl.adapters.swarm.tasks import Seen
from netctl.adapters.swarm.usage import usage_of
from netctl.adapters.swarm.volumes import remove_volumes
from netctl.adapters.tmux import TmuxHost
from netctl.adapters.tmux_view import view_argv
from netctl.errors import NetctlError, SessionError
from netctl.placement import Swarm
from netctl.ports import STOPPED, Placed, SessionFacts, SessionSpec, Usage, Witness
from netctl.ports.gathering import Piece, Task


@dataclass(slots=True)
class SwarmHost(Here):
    """`ports.Host` on a swarm and, for sessions without a placement and for files, on `local`.

    `fleet_name` is for people; by `state`, absolute, the fleet's services are found again, whoever looks.
    """

    fleet_name: str
    state: Path
    swarm: Swarm
    local: TmuxHost
    witness: Witness | None = None
    engine: Engine = field(init=False)
    launching: Launching = field(init=False)

    def __post_init__(self) -> None:
        # A node that was only found is trusted with what it runs, not to speak for the swarm.
        others = [node.docker for node in self.swarm.nodes if node.docker is not None and not node.by_label]
        self.engine = Engine(list(dict.fromkeys([self.swarm.manager, *others])))
        self.launching = Launching(self.engine, self.fleet_name, names.fleet_id(self.state), self.swarm)

    # -- looking ---------------------------------------------------------------------------------------------------

    def sessions(self) -> Mapping[str, SessionFacts]:
        return {**self.local.sessions(), **self.launching.look().sessions()}

    def ended(self) -> Mapping[str, SessionFacts]:
        there = {name: facts for name, facts in self.launching.look().sessions().items() if facts.is_dead}
        return {**self.local.ended(), **there}

    def past(self) -> Sequence[SessionFacts]:
        seen = self.launching.look()
        return [
            run
            for name, service in seen.services.items()
            for run in tasks.past_of(service, seen.tasks.get(name, ()), seen.nodes)
        ]

    def started_with(self, names_: Collection[str]) -> Mapping[str, str]:
        seen = self.launching.look()
        there = {name: service["Spec"]["Labels"].get(names.PARTS) for name, service in seen.services.items()}
        here = [name for name in names_ if name not in there]
        found = self.local.started_with(here) if here else {}
        return {**found, **{name: parts for name in names_ if (parts := there.get(name))}}

    def placed(self) -> Sequence[Placed]:
        every = {"label": names.FLEET}
        found, made, nodes = self.engine.look(lambda c: (c.services(filters=every), c.tasks(filters=every), c.nodes()))
        by_id = {node["ID"]: node for node in nodes}
        return [
            _placed(service, [t for t in made if t.get("ServiceID") == service["ID"]], by_id, self.launching.fleet_id)
            for service in found
        ]

    def usage_elsewhere(self, names: Collection[str]) -> Mapping[str, Usage]:
        return usage_of(self.launching.look(), self.swarm, names)

    # -- changing --------------------------------------------------------------------------------------------------

    def launch(self, specs: Sequence[SessionSpec]) -> None:
        here = [spec for spec in specs if spec.placement is None]
        there = [spec for spec in specs if spec.placement is not None]
        if here:
            self.local.launch(here)
        if there:
            with self._alone():
                self._launch(there)

    def _launch(self, specs: Sequence[SessionSpec]) -> None:
        seen = self.launching.look()
        found = seen.sessions()
        alive = {name: facts.spec_hash for name, facts in found.items() if not facts.is_dead}
        wanted = to_launch(specs, alive, {name: facts.unknown for name, facts in found.items()})
        if not wanted:
            self.launching.sweep()  # a netctl that was killed may have had only this left to do
            return

        def tell(session: SessionFacts) -> None:
            if self.witness is not None:
                if (before := found.get(session.name)) is not None:
                    self.witness.ended(before, on_purpose=False)
                self.witness.launching(session)

        self._note_swarm(wanted)
        self.launching.launch(wanted, seen, tell)

    def _note_swarm(self, specs: Sequence[SessionSpec]) -> None:
        """Before anything is started; SessionError where what runs of the fleet runs on another swarm."""
        own, note = self._insist_on_swarm(), spread.read(self.state)
        used = {spec.name: address for spec in specs if (address := dict(spec.labels).get("hotkey"))}
        known = {} if note is None else note.hotkeys
        spread.write(self.state, spread.Note(own, self.swarm.manager, {**known, **used}))

    def _note_end(self, names_: Collection[str]) -> None:
        if (note := spread.read(self.state)) is not None:
            left = {name: hotkey for name, hotkey in note.hotkeys.items() if name not in names_}
            spread.write(self.state, spread.Note(note.swarm, note.manager, left))

    def _insist_on_swarm(self) -> str:
        own = str(self.engine.look(lambda client: client.inspect_swarm())["ID"])
        spread.insist_on(own, self.state, self.fleet_name)
        return own

    def revive(self, specs: Sequence[SessionSpec]) -> Sequence[str]:
        """Start again what died here; the engine starts its own again."""
        here = [spec for spec in specs if spec.placement is None]
        return self.local.revive(here) if here else ()

    def stop(self, names: Sequence[str], *, grace_s: float, leave: Mapping[str, str] | None = None) -> Sequence[str]:
        """As the port says; the grace of a neuron elsewhere is the one that it was launched with."""
        with self._alone():
            there = only(self.launching.look(), names)
            survivors = self._stop(there, leave)
        here = [name for name in names if name not in there.services]
        return (*survivors, *(self.local.stop(here, grace_s=grace_s, leave=leave) if here else ()))

    def _stop(self, seen: Seen, leave: Mapping[str, str] | None) -> tuple[str, ...]:
        if not seen.services:
            return ()
        before = seen.sessions()
        stopping = Stopping(self.launching)
        survivors = stopping.stop(seen, leave)
        self._note_end(seen.services.keys() - set(survivors))
        for name, facts in before.items():
            if name not in survivors:
                self._tell_end(facts, stopping, leave or {})
        return survivors

    def stop_run(self, run: SessionFacts, *, grace_s: float, leave: Mapping[str, str]) -> Sequence[str] | None:
        """As the port says. Where it was not stopped for good, the engine starts it anew."""
        with self._alone():
            there = only(self.launching.look(), (run.name,))
            found = there.sessions().get(run.name)
            if found is not None:
                if found.pid is None or (found.pid, found.started_at) != (run.pid, run.started_at):
                    return None
                if STOPPED in leave:
                    return self._stop(there, leave)
                stopping = Stopping(self.launching)
                if not stopping.start_anew(there.services[run.name], leave, found.task):
                    return (run.name,)
                self._tell_end(found, stopping, leave)
                return ()
        return self.local.stop_run(run, grace_s=grace_s, leave=leave)

    def _tell_end(self, before: SessionFacts, stopping: Stopping, leave: Mapping[str, str]) -> None:
        if self.witness is not None:
            now = ended(before, stopping.ends.get(before.name), leave)
            self.witness.ended(now, on_purpose=not before.is_dead)

    def shut_down(self, *, grace_s: float) -> Sequence[str]:
        with self._alone():
            self._insist_on_swarm()
            survivors = self._stop(self.launching.look(), None)
            self.launching.sweep()
            if not survivors:
                spread.remove(self.state)
        return (*survivors, *self.local.shut_down(grace_s=grace_s))

    def tidy(self) -> None:
        """The secrets that no service uses."""
        with self._alone(), suppress(NetctlError):
            self.launching.sweep()

    def purge(self) -> Sequence[str]:
        """Delete the working directories on the nodes, once all is down; names the nodes that could not be asked."""
        members = map(member_of, self.launching.look().nodes.values())
        return remove_volumes(self.swarm, self.launching.fleet_id, members)

    def abandon(self, name: str) -> None:
        """Forget one that was stopped on a node that does not answer: the caller has made sure that it is off."""
        with self._alone():
            self.launching.remove(only(self.launching.look(), (name,)).services.values())
            self.launching.sweep()
            self._note_end((name,))

    # -- logs ------------------------------------------------------------------------------------------------------

    def tasks(self) -> Sequence[Task]:
        seen = self.launching.look()
        return [
            Task(
                task["ID"],
                name,
                number,
                tasks.node_of(task, seen.nodes),
                is_over=tasks.is_over(task),
                is_lost=tasks.is_lost(task, seen.nodes),
            )
            for name, ones in seen.tasks.items()
            for number, task in enumerate(one for one in ones if tasks.has_begun(one))
        ]

    def read_log(self, task: Task, *, since_ns: int, follow: bool) -> Iterator[Sequence[Piece]]:
        return logs.of_task(self.engine, task.id, since_ns=since_ns, follow=follow)

    def attach_argv(self, name: str, logs: Sequence[Path]) -> Sequence[str]:
        """As the port says; of a neuron elsewhere the logs as they are collected here."""
        if name not in self.sessions():
            where = "here or on the swarm"
            raise SessionError(f"no session {name} runs {where}", hint=f"its last words: netctl logs {name}")
        return view_argv(self.local.server, name, logs)

    def close(self) -> None:
        """Give up the connections to the engine."""
        self.engine.close()


def _placed(
    service: tasks.Document, made: Sequence[tasks.Document], nodes: Mapping[str, tasks.Document], own: str
) -> Placed:
    labels = service["Spec"]["Labels"]
    fleet = labels.get(names.FLEET, "")
    return Placed(
        fleet=labels.get(names.FLEET_NAME) or fleet,
        name=labels.get(names.SESSION, ""),
        is_ours=fleet == own,
        nodes=tasks.where(made, nodes),
        hotkey=labels.get(names.HOTKEY, ""),
        ports=tuple(int(port) for port in labels.get(names.PORTS, "").split(",") if port),
    )
