"""The checks of a fleet's running neurons: edges around what is pure, for `status`, `doctor` and the supervisor."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from netctl import packs
from netctl.fleet import Fleet
from netctl.identity.claims import Claims, claims_of, exclusives_of, of_profile
from netctl.identity.clashes import Clash, find_clashes
from netctl.identity.rivals import rivals
from netctl.packs import Pack
from netctl.ports import Exclusive, Holder, Host, SessionFacts
from netctl.render.fleet import RenderedFleet
from netctl.truth.drift import Drift, drift_of
from netctl.truth.launched import Desk, Standard, dotenvs_of, in_memory, on_disk, standard_of


@dataclass(frozen=True, slots=True)
class Checks:
    """Both checks of a fleet by its launchers on disk. Who looks again and again keeps one, and it costs a third."""

    desk: Desk = field(default_factory=Desk)

    def look(
        self, fleet: Fleet, host: Host, pack: Pack, pids: Mapping[str, int | None] | None
    ) -> tuple[Mapping[str, tuple[Clash, ...]], Mapping[str, tuple[Drift, ...]]]:
        """By neuron, who else has what it claims, and how its process differs. `pids` None: sessions are not known."""
        self.desk.clear()
        claims, exclusives = claims_on_disk(fleet, pack, self.desk)
        standards = [standard_of(fleet, neuron, pack) for neuron in fleet.neurons]
        return clashes_now(host, claims, exclusives, pids), drift_from_disk(host, standards, pids or {}, self.desk)

    def refused(self, fleet: Fleet, host: Host, names: Collection[str]) -> Mapping[str, str]:
        """Who of these must not be started now, and why: another process has what it claims. ProfileError."""
        pack = packs.load(fleet.code.pack, fleet.profile_path.parent)
        self.desk.clear()
        every, exclusives = claims_on_disk(fleet, pack, self.desk)
        claims = [one for one in every if one.neuron in names]
        found = _holders(host, claims, exclusives)
        whys = {one.neuron: "; ".join(each.why for each in rivals(one, {}, found)) for one in claims}
        return {name: why for name, why in whys.items() if why}


def drift_from_disk(
    host: Host, standards: Sequence[Standard], pids: Mapping[str, int | None], desk: Desk
) -> Mapping[str, tuple[Drift, ...]]:
    """By neuron, how its process differs from its launcher on disk; those that do not run are left out."""
    found = {}
    for standard in standards:
        pid = pids.get(standard.neuron)
        running = host.running(pid) if pid is not None else None
        launched = on_disk(standard, desk) if running is not None else None
        if running is not None and launched is not None:
            found[standard.neuron] = drift_of(launched, running)
    return found


def drift_from_profile(
    fleet: Fleet, host: Host, wanted: RenderedFleet, sessions: Mapping[str, SessionFacts]
) -> Mapping[str, tuple[Drift, ...]]:
    """The same against what would be rendered now; a neuron that cannot be is held against its launcher on disk."""
    found: dict[str, tuple[Drift, ...]] = {}
    for neuron in fleet.neurons:
        session, rendered = sessions.get(neuron.name), wanted.of(neuron.name)
        if session is not None and session.node:
            # What it was started with there only the engine can say, and does by this hash.
            if rendered is not None and session.pid is not None and session.spec_hash != rendered.session.spec_hash:
                found[neuron.name] = (Drift("files", None, session.spec_hash, rendered.session.spec_hash),)
            continue
        running = host.running(session.pid) if session is not None and session.pid is not None else None
        if session is None or running is None:
            continue
        if rendered is None:
            found |= drift_from_disk(
                host, [standard_of(fleet, neuron, wanted.pack)], {neuron.name: session.pid}, Desk()
            )
            continue
        drift = drift_of(in_memory(rendered, dotenvs_of(fleet, neuron, wanted.pack)), running)
        if not drift and session.spec_hash != rendered.session.spec_hash:
            drift = (Drift("files", None, session.spec_hash, rendered.session.spec_hash),)
        found[neuron.name] = drift
    return found


def claims_on_disk(fleet: Fleet, pack: Pack, desk: Desk) -> tuple[tuple[Claims, ...], tuple[Exclusive, ...]]:
    """What the neurons claim as they were last rendered, and what there is to claim; no rendering is needed for it."""
    claims, known = [], dict[Exclusive, None]()
    for neuron in fleet.neurons:
        launched = desk.launcher(standard_of(fleet, neuron, pack).launcher)
        argv = () if launched is None else launched.argv
        exclusives = exclusives_of(pack.role(neuron.role), argv, str(fleet.code.path or ""))
        known |= dict.fromkeys(exclusives)
        if launched is None:
            claims.append(of_profile(fleet, neuron))
        else:
            claims.append(claims_of(fleet, neuron, launched.argv, launched.cwd, launched.environ, exclusives))
    return tuple(claims), tuple(known)


def clashes_now(
    host: Host, claims: Sequence[Claims], exclusives: Sequence[Exclusive], pids: Mapping[str, int | None] | None
) -> Mapping[str, tuple[Clash, ...]]:
    """By neuron, who else on this machine has what it claims; one pass over the process table."""
    return find_clashes(claims, _holders(host, claims, exclusives), pids=pids)


def _holders(host: Host, claims: Sequence[Claims], exclusives: Sequence[Exclusive]) -> Sequence[Holder]:
    paths = {path for one in claims for path in one.paths()}
    ports = {port for one in claims for port in one.ports()}
    return host.holders(exclusives, paths=paths, ports=ports)
