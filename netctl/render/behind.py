"""Which of its two doors a neuron really has at the fleet's proxy: what its pack makes of the addresses it is given.

Told by labels of its session, since what counts is what a process was started with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from netctl.fleet import NeuronSpec

RPC_LABEL = "proxied_rpc"
AXON_LABEL = "proxied_axon"


def labels_of(neuron: NeuronSpec, texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The labels of a neuron that is started with these words, variables and files; none where it has no proxy.

    A pack that knows nothing of `bind_port` has its axon listen where the chain is told, so no proxy can stand there.
    """
    if neuron.proxied is None:
        return ()
    whole = "\n".join(texts)
    found = []
    if f"ws://127.0.0.1:{neuron.proxied.rpc}" in whole:
        found.append((RPC_LABEL, str(neuron.proxied.rpc)))
    if re.search(rf"(?<![0-9.]){neuron.proxied.bind}(?![0-9.])", whole):
        found.append((AXON_LABEL, str(neuron.proxied.bind)))
    return tuple(found)


def port_behind(labels: Mapping[str, str], label: str) -> int | None:
    """The proxy's port by one of those labels, None where the session has it not."""
    return int(labels[label]) if label in labels else None
