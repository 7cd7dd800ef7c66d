"""The calls of subnet owners."""

from __future__ import annotations

from typing import Any

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallet import Origin, approximates, call
from netctl.devchain.pallets.subtensor import founding, items, ownership, subnets
from netctl.devchain.storage import Frame

FRIENDLY = (
    "commit-reveal is off, nothing is rate-limited, the pool is deep and at price 1; "
    "a dissolved subnet is cleaned up in one block, whatever its size"
)


class SubnetCalls:
    """Calls of subnet owners."""

    @call()
    @approximates(FRIENDLY)
    def register_network(self, frame: Frame, origin: Origin, *, hotkey: str) -> None:
        """Make a subnet; the hotkey becomes its uid 0. Needs start_call before alpha can be traded."""
        founding.register(frame, origin.signed(), hotkey, None)

    @call()
    @approximates(FRIENDLY)
    def register_network_with_identity(
        self, frame: Frame, origin: Origin, *, hotkey: str, identity: dict[str, Any] | None
    ) -> None:
        """Make a subnet that has a name."""
        founding.register(frame, origin.signed(), hotkey, identity)

    @call()
    def start_call(self, frame: Frame, origin: Origin, *, netuid: int) -> None:
        """Start a subnet, once."""
        ownership.ensure_subnet(frame, netuid)
        subnets.ensure_owner(frame, origin, netuid)
        if items.FIRST_EMISSION_BLOCK.get(frame, netuid) is not None:
            raise DispatchError("FirstEmissionBlockNumberAlreadySet")
        earliest = items.NETWORK_REGISTERED_AT.get(frame, netuid) + items.START_CALL_DELAY.get(frame)
        if frame.block < earliest:
            raise DispatchError("StartCallNotReady")
        subnets.start(frame, netuid)
        frame.emit(items.PALLET, "FirstEmissionBlockNumberSet", (netuid, frame.block + 1))

    @call()
    def set_subnet_identity(self, frame: Frame, origin: Origin, *, netuid: int, **identity: Any) -> None:
        """Give a subnet a name, a repository, a contact and so on."""
        subnets.ensure_owner(frame, origin, netuid)
        ownership.ensure_subnet(frame, netuid)
        items.SUBNET_IDENTITIES.put(frame, identity, netuid)
        frame.emit(items.PALLET, "SubnetIdentitySet", netuid)

    @call()
    def set_identity(self, frame: Frame, origin: Origin, **identity: Any) -> None:
        """Give a coldkey a name; it must have a registered hotkey."""
        coldkey = origin.signed()
        owned = items.OWNED_HOTKEYS.get(frame, coldkey)
        if not any(True for hotkey in owned for _ in items.IS_NETWORK_MEMBER.entries(frame, hotkey)):
            raise DispatchError("HotKeyNotRegisteredInNetwork")
        items.IDENTITIES.put(frame, identity, coldkey)
        frame.emit(items.PALLET, "ChainIdentitySet", coldkey)
