"""MevShield: encrypted extrinsics, opened by the block's author and put right behind their carrier."""

from __future__ import annotations

from netctl.devchain.pallet import Origin, Pallet, call
from netctl.devchain.pallets.wire import bytes_of, hashed, hexed, public_key
from netctl.devchain.scale import prefixed
from netctl.devchain.storage import Frame, Item

CURRENT_KEY = Item("MevShield", "CurrentKey")
PENDING_KEY = Item("MevShield", "PendingKey")
NEXT_KEY = Item("MevShield", "NextKey")


class MevShield(Pallet):
    """The encryption key never rotates here: one author makes every block."""

    name = "MevShield"

    @call()
    def submit_encrypted(self, frame: Frame, origin: Origin, *, ciphertext: object) -> None:
        """Carry an encrypted extrinsic. One that cannot be opened is lost; its carrier succeeds all the same."""
        who, envelope = origin.signed(), bytes_of(ciphertext)
        identity = hashed(public_key(who) + prefixed(envelope))
        frame.emit("MevShield", "EncryptedSubmitted", {"id": identity, "who": who})
        inner = frame.unshield(envelope)
        if inner is not None:
            frame.include_next(inner)


def publish_keys(frame: Frame) -> None:
    """At genesis: the key that clients encrypt to, as current, pending and next."""
    key = hexed(frame.shield_key)
    for item in (CURRENT_KEY, PENDING_KEY, NEXT_KEY):
        item.put(frame, key)
