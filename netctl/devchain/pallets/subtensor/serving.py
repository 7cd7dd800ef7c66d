"""Where a neuron can be reached: axons and prometheus endpoints. The hotkey signs, its coldkey pays."""

from __future__ import annotations

from typing import Any

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallet import Origin, approximates, call
from netctl.devchain.pallets.subtensor import items, ownership
from netctl.devchain.pallets.wire import bytes_of, hexed
from netctl.devchain.storage import Frame, Item, View

_IPV4_LOOPBACK = 0x7F000001
_IPV4_BROADCAST = 0xFFFFFFFF
_IPV6_LOOPBACK = 1
_IPV6_ALL_ONES = (1 << 128) - 1
_CERTIFICATE_BYTES = range(2, 66)
"""One byte of algorithm and a key of up to 64."""


def _ensure_member(view: View, netuid: int, hotkey: str) -> None:
    if not ownership.is_registered(view, netuid, hotkey):
        raise DispatchError("HotKeyNotRegisteredInNetwork")


def _check_address(view: View, ip: int, ip_type: int, *, zero_allowed: bool) -> None:
    if ip_type not in (4, 6):
        raise DispatchError("InvalidIpType")
    loopback = _IPV4_LOOPBACK if ip_type == 4 else _IPV6_LOOPBACK
    if ip == loopback and view.options.allow_loopback_axons:
        return
    highest = _IPV4_BROADCAST if ip_type == 4 else _IPV6_ALL_ONES
    if ip == loopback or ip >= highest or (ip == 0 and not zero_allowed):
        raise DispatchError("InvalidIpAddress")


def _check_endpoint(view: View, item: Item, netuid: int, hotkey: str, endpoint: dict[str, int]) -> None:
    """In the runtime's order: membership before the address for an axon, after it for prometheus."""
    ownership.ensure_subnet(view, netuid)
    is_axon = item is items.AXONS
    if is_axon:
        _ensure_member(view, netuid, hotkey)
    _check_address(view, endpoint["ip"], endpoint["ip_type"], zero_allowed=is_axon)
    if not is_axon:
        _ensure_member(view, netuid, hotkey)


def _serve(frame: Frame, item: Item, event: str, netuid: int, hotkey: str, endpoint: dict[str, int]) -> None:
    _check_endpoint(frame, item, netuid, hotkey, endpoint)
    previous = item.get(frame, netuid, hotkey)
    if previous is not None and previous["block"]:
        since = frame.block - previous["block"]
        if since < items.SERVING_RATE_LIMIT.get(frame, netuid):
            raise DispatchError("ServingRateLimitExceeded")
    if endpoint["port"] == 0:
        raise DispatchError("InvalidPort")
    item.put(frame, {"block": frame.block, **endpoint}, netuid, hotkey)
    frame.emit(items.PALLET, event, (netuid, hotkey))


LOOPBACK = "an address on loopback is accepted, which the runtime refuses"


class ServingCalls:
    """Calls of a neuron's hotkey."""

    @call(fee="owner_coldkey")
    @approximates(LOOPBACK)
    def serve_axon(self, frame: Frame, origin: Origin, *, netuid: int, **axon: int) -> None:
        """Publish an axon: version, ip, port, ip_type, protocol and two placeholders."""
        _serve(frame, items.AXONS, "AxonServed", netuid, origin.signed(), axon)

    @call(fee="owner_coldkey")
    @approximates(LOOPBACK)
    def serve_axon_tls(self, frame: Frame, origin: Origin, *, netuid: int, certificate: Any, **axon: int) -> None:
        """Publish an axon with its TLS key; a malformed certificate is dropped, as the runtime does."""
        hotkey, raw = origin.signed(), bytes_of(certificate)
        _serve(frame, items.AXONS, "AxonServed", netuid, hotkey, axon)
        if len(raw) in _CERTIFICATE_BYTES:
            kept = {"public_key": hexed(raw[1:]), "algorithm": raw[0]}
            items.NEURON_CERTIFICATES.put(frame, kept, netuid, hotkey)

    @call(fee="owner_coldkey")
    @approximates(LOOPBACK)
    def serve_prometheus(self, frame: Frame, origin: Origin, *, netuid: int, **endpoint: int) -> None:
        """Publish a prometheus endpoint: version, ip, port, ip_type."""
        _serve(frame, items.PROMETHEUS, "PrometheusServed", netuid, origin.signed(), endpoint)
