"""Sudo: one key that may act as root."""

from __future__ import annotations

from typing import Any

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallet import ROOT, Origin, Pallet, call
from netctl.devchain.pallets.wire import lookup
from netctl.devchain.storage import Frame, Item

KEY = Item("Sudo", "Key")


def _outcome(frame: Frame, inner: dict[str, Any], origin: Origin) -> dict[str, Any]:
    try:
        with frame.checkpoint():
            frame.dispatch(inner, origin)
    except DispatchError as error:
        return {"Err": frame.codec.dispatch_error(error)}
    return {"Ok": ()}


def _require_sudo(frame: Frame, origin: Origin) -> None:
    if origin.signed() != KEY.get(frame):
        raise DispatchError("RequireSudo", "Sudo")


class Sudo(Pallet):
    """pallet-sudo: the inner call's failure does not fail the outer one, it is told in Sudid."""

    name = "Sudo"

    @call()
    def sudo(self, frame: Frame, origin: Origin, *, call: dict[str, Any]) -> None:
        """Run a call as root."""
        _require_sudo(frame, origin)
        frame.emit("Sudo", "Sudid", {"sudo_result": _outcome(frame, call, ROOT)})

    @call()
    def sudo_unchecked_weight(self, frame: Frame, origin: Origin, *, call: dict[str, Any], **_weight: object) -> None:
        """The same; weights are not modelled."""
        self.sudo(frame, origin, call=call)

    @call()
    def sudo_as(self, frame: Frame, origin: Origin, *, who: Any, call: dict[str, Any]) -> None:
        """Run a call as another account."""
        _require_sudo(frame, origin)
        outcome = _outcome(frame, call, Origin.of(lookup(who)))
        frame.emit("Sudo", "SudoAsDone", {"sudo_result": outcome})

    @call()
    def set_key(self, frame: Frame, origin: Origin, *, new: Any) -> None:
        """Hand the sudo key on."""
        _require_sudo(frame, origin)
        old, heir = KEY.get(frame), lookup(new)
        KEY.put(frame, heir)
        frame.emit("Sudo", "KeyChanged", {"old": old, "new": heir})
