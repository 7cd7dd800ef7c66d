"""What is exposed of a fleet now, by the catalogue; and as Prometheus' text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from netctl.metrics.catalogue import METRICS
from netctl.money import RAO_PER_TAO
from netctl.runs.record import Member, Run
from netctl.status import State
from netctl.store.latest import Now, UidNow

if TYPE_CHECKING:
    from prometheus_client.registry import Collector, CollectorRegistry

STALE_S = 120.0
"""The supervisor samples every 30 s at the least; what is older is no longer now."""

STATES = get_args(State)


@dataclass(frozen=True, slots=True)
class Sample:
    """One value with its labels in the order of the catalogue."""

    metric: str
    labels: tuple[str, ...]
    value: float


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose samples they are: the fleet's name, the run that it is in or was in last, None without one."""

    fleet: str
    run: Run | None
    version: str
    now: float


def samples(subject: Subject, seen: Now) -> Iterator[Sample]:
    """Every sample of now. What was not sampled of late, or is not known, is left out: it is not nothing."""
    fleet, run = subject.fleet, subject.run
    is_fresh = _is_fresh(subject, seen)
    if run is not None:
        code = "stand-ins" if run.code is None else run.code.mark or "unknown"
        about = (fleet, run.chain.kind, str(run.chain.netuid), run.id, code, subject.version)
        yield Sample("netctl_fleet_info", about, 1)
    yield Sample("netctl_sampled", (fleet,), is_fresh)
    if seen.sampled is not None:
        yield Sample("netctl_sample_age_seconds", (fleet,), max(0.0, subject.now - seen.sampled))
    if not is_fresh:
        return
    if run is not None:
        yield Sample("netctl_run_start_timestamp_seconds", (fleet,), run.began)
    members = {} if run is None else {each.name: each for each in run.neurons}
    yield from _chain(fleet, seen)
    yield from _neurons(fleet, members, seen)
    yield from _uids(fleet, members, seen)


def _is_fresh(subject: Subject, seen: Now) -> bool:
    """Whether what was sampled last is of late, and of a run that goes on."""
    if seen.sampled is None or subject.now - seen.sampled > STALE_S:
        return False
    run = subject.run
    return run is None or (run.end is None and seen.sampled >= run.began)


def _known(metric: str, labels: tuple[str, ...], value: float | None, scale: int = 1) -> Iterator[Sample]:
    if value is not None:
        yield Sample(metric, labels, value / scale if scale != 1 else value)


def _chain(fleet: str, seen: Now) -> Iterator[Sample]:
    chain = seen.chain
    if chain is None:
        return
    yield Sample("netctl_chain_block", (fleet,), chain.block)
    yield from _known("netctl_chain_last_epoch_block", (fleet,), chain.last_epoch or None)
    yield from _known("netctl_registration_price_tao", (fleet,), chain.burn_rao, RAO_PER_TAO)
    yield from _known("netctl_pool_tao", (fleet,), chain.tao_in_rao, RAO_PER_TAO)
    yield from _known("netctl_pool_alpha", (fleet,), chain.alpha_in_rao, RAO_PER_TAO)


def _neurons(fleet: str, members: Mapping[str, Member], seen: Now) -> Iterator[Sample]:
    def labels(name: str) -> tuple[str, ...]:
        return fleet, name, members[name].role if name in members else ""

    for state in seen.states:
        if members and state.neuron not in members:
            continue
        about = labels(state.neuron)
        for word in STATES:
            yield Sample("netctl_neuron_state", (*about, word), word == state.state)
        yield from _known("netctl_neuron_ready", about, state.ready)
        yield Sample("netctl_neuron_restarts_total", about, state.restarts)
    for member in members.values():
        balance = seen.balances_rao.get(member.coldkey_ss58 or "")
        yield from _known("netctl_neuron_balance_tao", labels(member.name), balance, RAO_PER_TAO)
    for process in seen.processes:
        # A process that was sampled long before the others is gone.
        if seen.sampled is None or seen.sampled - process.time > STALE_S:
            continue
        about = labels(process.neuron)
        yield Sample("netctl_neuron_start_time_seconds", about, process.started)
        yield Sample("netctl_neuron_cpu_seconds_total", about, process.cpu_s)
        yield Sample("netctl_neuron_memory_bytes", about, process.memory_bytes)
        yield Sample("netctl_neuron_processes", about, process.processes)
        yield Sample("netctl_neuron_threads", about, process.threads)
        yield from _known("netctl_neuron_open_descriptors", about, process.descriptors)
        yield from _known("netctl_neuron_connections", about, process.connections)
        yield from _known("netctl_neuron_read_bytes_total", about, process.read_bytes)
        yield from _known("netctl_neuron_written_bytes_total", about, process.written_bytes)
    for event in seen.events:
        yield Sample("netctl_events_total", (fleet, event.neuron, event.role, event.signal), event.count)


_OF_UID: Mapping[str, tuple[Callable[[UidNow], float | None], int]] = {
    "netctl_uid_incentive_ratio": (lambda uid: uid.incentive, 1),
    "netctl_uid_dividends_ratio": (lambda uid: uid.dividends, 1),
    "netctl_uid_consensus_ratio": (lambda uid: uid.consensus, 1),
    "netctl_uid_validator_trust_ratio": (lambda uid: uid.trust, 1),
    "netctl_uid_emission_alpha": (lambda uid: uid.emission_rao, RAO_PER_TAO),
    "netctl_uid_stake_alpha": (lambda uid: uid.stake_rao, RAO_PER_TAO),
    "netctl_uid_own_alpha": (lambda uid: uid.alpha_rao, RAO_PER_TAO),
    "netctl_uid_validator_permit": (lambda uid: uid.permit, 1),
    "netctl_uid_last_update_block": (lambda uid: uid.last_update, 1),
}


def _uids(fleet: str, members: Mapping[str, Member], seen: Now) -> Iterator[Sample]:
    by_hotkey = {each.hotkey_ss58: each.name for each in members.values() if each.hotkey_ss58 is not None}
    names = {uid.uid: by_hotkey.get(uid.hotkey, "") for uid in seen.uids}
    for uid in seen.uids:
        for metric, (value, scale) in _OF_UID.items():
            yield from _known(metric, (fleet, str(uid.uid), uid.hotkey, names[uid.uid]), value(uid), scale)
    for score in seen.scores:
        about = (fleet, score.validator, str(score.uid), names.get(score.uid, ""))
        yield from _known("netctl_evaluation_score", about, score.score)
        yield from _known("netctl_evaluation_credibility_ratio", about, score.credibility)
    for giver, given in seen.weights.items():
        for target, share in given.items():
            about = (fleet, names.get(giver) or f"uid {giver}", str(target), names.get(target, ""))
            yield Sample("netctl_weight_ratio", about, share)


def registry_of(read: Callable[[], tuple[Subject, Now]]) -> CollectorRegistry:
    """A registry that reads anew for each scrape, and has nothing else in it."""
    from prometheus_client import CollectorRegistry

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_collector(read))
    return registry


def text(read: Callable[[], tuple[Subject, Now]]) -> str:
    """Prometheus' text exposition of now."""
    from prometheus_client import generate_latest

    return generate_latest(registry_of(read)).decode()


def _collector(read: Callable[[], tuple[Subject, Now]]) -> Collector:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
    from prometheus_client.registry import Collector

    class OfFleet(Collector):
        def collect(self) -> Iterator[Metric]:
            found: dict[str, list[Sample]] = {}
            for sample in samples(*read()):
                found.setdefault(sample.metric, []).append(sample)
            for metric in METRICS:
                of_metric = found.get(metric.name, [])
                if not of_metric:
                    continue
                kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
                family = kind(metric.name, metric.means, labels=metric.labels)
                for sample in of_metric:
                    family.add_metric(sample.labels, sample.value)
                yield family

    return OfFleet()
