"""Every metric that is exposed: its name with the unit, its type, its labels and its meaning; see docs/metrics.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Metric:
    """One family. A counter's name ends in ``_total``, and begins anew when what it counts does."""

    name: str
    kind: Literal["gauge", "counter"]
    labels: tuple[str, ...]
    means: str


NEURON = ("fleet", "neuron", "role")
UID = ("fleet", "uid", "hotkey", "neuron")

METRICS: tuple[Metric, ...] = (
    Metric(
        "netctl_fleet_info",
        "gauge",
        ("fleet", "network", "netuid", "run", "code", "version"),
        "Always 1: the run that the fleet is in or was in last, on which network and subnet, with which subnet's code, "
        "by which netctl.",
    ),
    Metric(
        "netctl_sampled", "gauge", ("fleet",), "1 while the supervisor samples, else 0: then nothing below is told."
    ),
    Metric("netctl_sample_age_seconds", "gauge", ("fleet",), "How long ago anything was last sampled."),
    Metric("netctl_run_start_timestamp_seconds", "gauge", ("fleet",), "When the run began, since the epoch."),
    Metric("netctl_chain_block", "gauge", ("fleet",), "The chain's head."),
    Metric("netctl_chain_last_epoch_block", "gauge", ("fleet",), "The block of the subnet's last epoch."),
    Metric("netctl_registration_price_tao", "gauge", ("fleet",), "What one registration costs, in TAO."),
    Metric("netctl_pool_tao", "gauge", ("fleet",), "TAO in the subnet's pool."),
    Metric("netctl_pool_alpha", "gauge", ("fleet",), "The subnet's alpha in its pool."),
    Metric(
        "netctl_neuron_state", "gauge", (*NEURON, "state"), "1 for the state that a neuron is in, 0 for the others."
    ),
    Metric("netctl_neuron_ready", "gauge", NEURON, "1 where its probes say that it works, else 0."),
    Metric("netctl_neuron_restarts_total", "counter", NEURON, "How often its session was started again."),
    Metric("netctl_neuron_balance_tao", "gauge", NEURON, "What its coldkey can spend, in TAO."),
    Metric("netctl_neuron_start_time_seconds", "gauge", NEURON, "When its process was started, since the epoch."),
    Metric("netctl_neuron_cpu_seconds_total", "counter", NEURON, "Processor time of all its processes."),
    Metric("netctl_neuron_memory_bytes", "gauge", NEURON, "Memory of all its processes."),
    Metric("netctl_neuron_processes", "gauge", NEURON, "How many processes it has."),
    Metric("netctl_neuron_threads", "gauge", NEURON, "How many threads they have."),
    Metric("netctl_neuron_open_descriptors", "gauge", NEURON, "Files, sockets and pipes that they have open."),
    Metric("netctl_neuron_connections", "gauge", NEURON, "Sockets of theirs that are connected."),
    Metric("netctl_neuron_read_bytes_total", "counter", NEURON, "Bytes that they have read from disks."),
    Metric("netctl_neuron_written_bytes_total", "counter", NEURON, "Bytes that they have written to disks."),
    Metric("netctl_events_total", "counter", (*NEURON, "signal"), "Events of a signal in its logs."),
    Metric(
        "netctl_evaluation_score",
        "gauge",
        ("fleet", "validator", "uid", "neuron"),
        "The score that a validator logged last of a uid.",
    ),
    Metric(
        "netctl_evaluation_credibility_ratio",
        "gauge",
        ("fleet", "validator", "uid", "neuron"),
        "The credibility that a validator logged last of a uid, 0 to 1.",
    ),
    Metric("netctl_uid_incentive_ratio", "gauge", UID, "Incentive in the metagraph, 0 to 1."),
    Metric("netctl_uid_dividends_ratio", "gauge", UID, "Dividends, 0 to 1."),
    Metric("netctl_uid_consensus_ratio", "gauge", UID, "Consensus, 0 to 1."),
    Metric("netctl_uid_validator_trust_ratio", "gauge", UID, "A validator's trust, 0 to 1."),
    Metric("netctl_uid_emission_alpha", "gauge", UID, "What it earned in the last epoch, in the subnet's alpha."),
    Metric("netctl_uid_stake_alpha", "gauge", UID, "Its stake S as the metagraph has it, in alpha."),
    Metric("netctl_uid_own_alpha", "gauge", UID, "Alpha on its hotkey."),
    Metric("netctl_uid_validator_permit", "gauge", UID, "1 where it has a validator's permit, else 0."),
    Metric("netctl_uid_last_update_block", "gauge", UID, "The block in which it last set weights."),
    Metric(
        "netctl_weight_ratio",
        "gauge",
        ("fleet", "validator", "uid", "neuron"),
        "Which share of all its weights a validator gives a uid, 0 to 1.",
    ),
)
