"""The names that a pack's templates may use. docs/packs.md lists them; secrets are not among them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from netctl.fleet import Fleet, NeuronSpec
from netctl.layout import files_of, work_of
from netctl.money import tao_short
from netctl.networks import is_loopback
from netctl.render.strategies import Orders

ANY_IP = "0.0.0.0"  # noqa: S104 - says that the neuron finds out its own address


def address(fleet: Fleet, neuron: NeuronSpec) -> str:
    """Where a neuron reaches the chain: the network's endpoint, or the same path of it through the proxy.

    From another machine one on loopback is this machine's address.
    """
    endpoint = fleet.network.endpoint
    parts = urlsplit(endpoint)
    if neuron.proxied is not None:
        return urlunsplit(("ws", f"127.0.0.1:{neuron.proxied.rpc}", parts.path, parts.query, ""))
    if fleet.swarm is None or neuron.placing is None or not is_loopback(parts.hostname or ""):
        return endpoint
    here = f"[{fleet.swarm.here}]" if ":" in fleet.swarm.here else fleet.swarm.here
    return urlunsplit((parts.scheme, f"{here}:{parts.port}" if parts.port else here, parts.path, parts.query, ""))


def context(fleet: Fleet, neuron: NeuronSpec, orders: Orders | None) -> dict[str, Any]:
    """Plain values only, so that a template can do no more than read them."""
    return {
        "fleet": {
            "name": fleet.name,
            "title": fleet.title,
            "netuid": fleet.netuid,
            "rehearsal": fleet.rehearsal,
            "time_scale": fleet.time_scale,
            "seed": fleet.seed,
            "wallet_path": str(fleet.wallet_path),
        },
        "network": {
            "kind": fleet.network.kind,
            "endpoint": address(fleet, neuron),
            "public": not fleet.network.has_dev_accounts,
            "proxied": neuron.proxied is not None,
        },
        "neuron": {
            "name": neuron.name,
            "role": neuron.role,
            "index": neuron.index,
            "wallet": neuron.wallet,
            "hotkey": neuron.hotkey,
            "axon_port": neuron.axon_port,
            "bind_port": neuron.bind_port,
            "axon_ip": "" if neuron.axon_ip == ANY_IP else neuron.axon_ip,
            "stake_tao": tao_short(neuron.stake_rao),
            "trouble": fleet.planted.orders(neuron.name),
            "placed": neuron.placing is not None,
        },
        "code": {"path": str(fleet.code.path or ""), "python": str(fleet.code.python)},
        "paths": {
            "state": str(fleet.state),
            "work": str(work_of(fleet, neuron.name)),
            "files": str(files_of(fleet, neuron.name)),
            "home": str(work_of(fleet, neuron.name) / "home"),
            "cache": str(fleet.state / "cache"),
        },
        "strategy": None
        if orders is None
        else {
            "name": orders.name,
            "target_zipcodes": list(orders.target_zipcodes),
            "scrape_frequency": orders.scrape_frequency_s,
        },
    }
