"""dev_fault: faults on demand."""

from __future__ import annotations

from typing import Any

from netctl.devchain.chain import Chain
from netctl.devchain.faults import acts
from netctl.devchain.faults.fault import BadFault
from netctl.devchain.rpc.protocol import INVALID_PARAMS, RpcError, method, natural
from netctl.devchain.seal import seal_if_instant


class FaultMethods:
    """Adding, listing and clearing. No fault ever touches a dev_ method."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    @method("dev_fault")
    def add(self, kind: Any, options: Any = None) -> dict[str, Any]:
        """Let a fault hold: its kind, and its options as an object. Gives its description, with its `id`."""
        if not isinstance(kind, str) or not isinstance(options, dict | None):
            raise RpcError(INVALID_PARAMS, "Invalid params: a kind of fault, and an object of options, wanted")
        try:
            return acts.add(self._chain, kind, **(options or {}))
        except (BadFault, TypeError) as exc:
            raise _invalid(exc, "netctl chain fault kinds") from exc

    @method("dev_faults")
    def listed(self) -> list[dict[str, Any]]:
        """The faults that hold."""
        return acts.listed(self._chain)

    @method("dev_faultKinds")
    def kinds(self) -> dict[str, str]:
        """Every kind, and what it does."""
        return acts.kinds()

    @method("dev_clearFault")
    def clear(self, number: Any = None) -> list[int]:
        """End one fault by its id, or all; gives the ids that ended."""
        try:
            ended = acts.clear(self._chain, None if number is None else natural(number, "id of a fault"))
        except BadFault as exc:
            raise _invalid(exc, "netctl chain fault list") from exc
        seal_if_instant(self._chain)
        return ended


def _invalid(why: Exception, hint: str) -> RpcError:
    return RpcError(INVALID_PARAMS, f"Invalid params: {why}", {"hint": hint})
