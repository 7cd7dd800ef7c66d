"""The networks by name: where they answer, and which genesis block they must have.

Endpoints and finney's hash as the bittensor SDK 11 has them; test's hash as its chain reports it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from netctl.fleet import Network, NetworkKind

FINNEY_GENESIS = "0x2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03"
TEST_GENESIS = "0x8f9cf856bf558a14440e75569c9e58594757048d7b3a84b5d25f6bd978263105"

NETWORKS: Mapping[str, Network] = MappingProxyType(
    {
        "finney": Network("finney", "wss://entrypoint-finney.opentensor.ai:443", FINNEY_GENESIS),
        "test": Network("test", "wss://test.finney.opentensor.ai:443", TEST_GENESIS),
        "local": Network("local", "ws://127.0.0.1:9944"),
    }
)

NAMES: Mapping[str, NetworkKind] = MappingProxyType({FINNEY_GENESIS: "finney", TEST_GENESIS: "test"})
"""The public networks by their genesis block."""

REHEARSAL = Network("rehearsal", "")
"""The embedded chain before it was started: its endpoint is known only then."""


def network_of(word: str) -> Network:
    """The network that a name or a ws(s):// address stands for; ValueError for anything else.

    An address on loopback is `local`, a known endpoint is its network, any other address is `custom`.
    """
    if word in NETWORKS:
        return NETWORKS[word]
    host = _host_of(word)
    known = next((network for network in NETWORKS.values() if _place(network.endpoint) == _place(word)), None)
    if known is not None:
        return known
    return Network("local" if is_loopback(host) else "custom", word)


def recognised(network: Network, genesis: str) -> Network:
    """A `custom` network by the chain that answers there: finney behind one's own node is finney, with its guards."""
    kind = NAMES.get(genesis, network.kind) if network.kind == "custom" else network.kind
    return Network(kind, network.endpoint, genesis)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine and nothing but this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _place(address: str) -> tuple[str | None, int | None]:
    parts = urlsplit(address)
    return parts.hostname, parts.port or {"ws": 80, "wss": 443}.get(parts.scheme)


def _host_of(address: str) -> str:
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("ws", "wss") or any(c.isspace() for c in address):
        raise ValueError(f"{address!r} is neither a network nor a ws:// address")
    if parts.username or parts.password:
        raise ValueError("the address holds a user name or a password")
    return host
