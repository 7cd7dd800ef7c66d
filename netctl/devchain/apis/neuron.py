"""NeuronInfoRuntimeApi: one neuron, or all of a subnet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from netctl.devchain.pallet import Api, method
from netctl.devchain.pallets.subtensor import items, ownership, vectors
from netctl.devchain.pallets.subtensor.shares import hotkey_alpha
from netctl.devchain.pallets.subtensor.uids import hotkeys
from netctl.devchain.storage import View

PRUNING_SCORE = 65_535
"""The runtime keeps pruning scores no longer, and answers the greatest."""

NO_AXON = {
    "block": 0,
    "version": 0,
    "ip": 0,
    "port": 0,
    "ip_type": 0,
    "protocol": 0,
    "placeholder1": 0,
    "placeholder2": 0,
}
NO_PROMETHEUS = {"block": 0, "version": 0, "ip": 0, "port": 0, "ip_type": 0}


@dataclass(frozen=True)
class Columns:
    """The per-uid vectors of a subnet, read once."""

    active: list[int]
    permit: list[int]
    emission: list[int]
    incentive: list[int]
    consensus: list[int]
    validator_trust: list[int]
    dividends: list[int]
    last_update: list[int]


def columns(view: View, netuid: int) -> Columns:
    """Read the vectors of a subnet."""
    return Columns(
        active=vectors.ACTIVE.read(view, netuid),
        permit=vectors.VALIDATOR_PERMIT.read(view, netuid),
        emission=vectors.EMISSION.read(view, netuid),
        incentive=vectors.INCENTIVE.read(view, netuid),
        consensus=vectors.CONSENSUS.read(view, netuid),
        validator_trust=vectors.VALIDATOR_TRUST.read(view, netuid),
        dividends=vectors.DIVIDENDS.read(view, netuid),
        last_update=vectors.LAST_UPDATE.read(view, netuid),
    )


def axon_of(view: View, netuid: int, hotkey: str) -> dict[str, int]:
    """A neuron's axon, or zeros."""
    return items.AXONS.get(view, netuid, hotkey) or dict(NO_AXON)


def neuron(view: View, netuid: int, uid: int, hotkey: str, table: Columns) -> dict[str, Any]:
    """NeuronInfoLite of one uid."""
    coldkey = ownership.owner_of(view, hotkey)
    return {
        "hotkey": hotkey,
        "coldkey": coldkey,
        "uid": uid,
        "netuid": netuid,
        "active": bool(table.active[uid]),
        "axon_info": axon_of(view, netuid, hotkey),
        "prometheus_info": items.PROMETHEUS.get(view, netuid, hotkey) or dict(NO_PROMETHEUS),
        "stake": [(coldkey, hotkey_alpha(view, hotkey, netuid))],
        "rank": 0,
        "emission": table.emission[uid],
        "incentive": table.incentive[uid],
        "consensus": table.consensus[uid],
        "trust": 0,
        "validator_trust": table.validator_trust[uid],
        "dividends": table.dividends[uid],
        "last_update": table.last_update[uid],
        "validator_permit": bool(table.permit[uid]),
        "pruning_score": PRUNING_SCORE,
    }


def with_weights(view: View, netuid: int, info: dict[str, Any]) -> dict[str, Any]:
    """NeuronInfo: the same with rows of weights and bonds."""
    for name, item in (("weights", items.WEIGHTS), ("bonds", items.BONDS)):
        info[name] = [(dest, amount) for dest, amount in item.get(view, netuid, info["uid"]) if amount]
    return info


class NeuronInfo(Api):
    """Lists are in order of uids; a uid that is not taken is none."""

    name = "NeuronInfoRuntimeApi"

    @method
    def get_neurons_lite(self, view: View, *, netuid: int) -> list[dict[str, Any]]:
        """All neurons, without weights and bonds."""
        table = columns(view, netuid)
        return [neuron(view, netuid, uid, hotkey, table) for uid, hotkey in enumerate(hotkeys(view, netuid))]

    @method
    def get_neurons(self, view: View, *, netuid: int) -> list[dict[str, Any]]:
        """All neurons."""
        return [with_weights(view, netuid, info) for info in self.get_neurons_lite(view, netuid=netuid)]

    @method
    def get_neuron_lite(self, view: View, *, netuid: int, uid: int) -> dict[str, Any] | None:
        """One neuron, without weights and bonds."""
        if uid >= items.SUBNETWORK_N.get(view, netuid):
            return None
        return neuron(view, netuid, uid, items.KEYS.get(view, netuid, uid), columns(view, netuid))

    @method
    def get_neuron(self, view: View, *, netuid: int, uid: int) -> dict[str, Any] | None:
        """One neuron."""
        info = self.get_neuron_lite(view, netuid=netuid, uid=uid)
        return None if info is None else with_weights(view, netuid, info)
