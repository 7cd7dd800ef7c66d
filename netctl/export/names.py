"""Names of a fleet and its neurons as Kubernetes takes them: RFC 1123 labels, and never one for two."""

from __future__ import annotations

import re
from hashlib import sha256

FLEET_LONGEST = 20
NEURON_LONGEST = 31
"""In characters. A StatefulSet's name has 52: the label of its revision, 11 longer, must be a label too."""
LABEL_LONGEST = 63
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_WORDS = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")


def is_label(name: str) -> bool:
    """Whether it is an RFC 1123 label."""
    return len(name) <= LABEL_LONGEST and _LABEL.fullmatch(name) is not None


def fleet_label(fleet: str, longest: int = LABEL_LONGEST) -> str:
    """The fleet's own name where that is a label of `longest` characters, else one like it with a hash."""
    return fleet if is_label(fleet) and len(fleet) <= longest else _hashed(fleet, longest)


def neuron_label(neuron: str) -> str:
    """``miner_1`` is ``miner-1``, ``miner-1`` is ``miner--1``; what is neither gets a hash.

    It depends on nothing but the name: a neuron that is added renames no other, which would start a hotkey twice.
    """
    if _WORDS.fullmatch(neuron):
        label = neuron.replace("-", "--").replace("_", "-")
        if len(label) <= NEURON_LONGEST:
            return label
    return _hashed(neuron, NEURON_LONGEST)


def workload_name(fleet: str, neuron: str) -> str:
    """What a neuron's objects are called: at most 52 characters."""
    return f"{fleet_label(fleet, FLEET_LONGEST)}-{neuron_label(neuron)}"


def _hashed(name: str, longest: int) -> str:
    digest = sha256(name.encode()).hexdigest()[:8]
    core = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[: longest - 9].rstrip("-")
    return f"{core}-{digest}" if core else f"x-{digest}"
