"""dev_fault: faults on demand."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from netctl.devchain.chain import Chain
from netctl.devchain.faults import acts
from netctl.devchain.faults.active import EXEMPT
from netctl.devchain.faults.fault import BadFault
from netctl.devchain.rpc.protocol import INVALID_PARAMS, RpcError, method, natural
from netctl.devchain.seal import seal_if_instant

PUSHES = (
    *("author_extrinsicUpdate", "chain_newHead", "chain_allHead", "chain_finalizedHead"),
    *("state_runtimeVersion", "state_storage"),
)
"""Names of what is sent without being asked for."""


class FaultMethods:
    """Adding, listing and clearing. No fault ever touches a dev_ method."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self.methods: Collection[str] = ()
        """All that the chain answers: what a fault's pattern can mean."""

    @method("dev_fault")
    def add(self, kind: Any, options: Any = None) -> dict[str, Any]:
        """Let a fault hold: its kind, and its options as an object. Gives its description, with its `id`."""
        if not isinstance(kind, str) or not isinstance(options, dict | None):
            raise RpcError(INVALID_PARAMS, "Invalid params: a kind of fault, and an object of options, wanted")
        try:
            self._check_pattern(kind, (options or {}).get("method"))
            return acts.add(self._chain, kind, **(options or {}))
        except (BadFault, TypeError) as exc:
            raise _invalid(exc, "netctl chain fault kinds") from exc

    def _check_pattern(self, kind: str, pattern: Any) -> None:
        """BadFault for a pattern that nothing is called by: such a fault would hold and never strike."""
        known = [name for name in (*self.methods, *PUSHES) if not name.startswith(EXEMPT)]
        if not isinstance(pattern, str) or any(fnmatchcase(name, pattern) for name in known):
            return
        near = get_close_matches(pattern.strip("*"), known, n=1)
        meant = f" (did you mean {near[0]}?)" if near else ""
        raise BadFault(kind, wrong={"method": f"no method or push is called so{meant}"}, values={"method": pattern})

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
    """`wrong`, beside the hint, tells the reasons by option to who calls options by other names."""
    told: dict[str, Any] = {"hint": getattr(why, "hint", "") or hint}
    if wrong := getattr(why, "wrong", None):
        told["wrong"] = wrong
    return RpcError(INVALID_PARAMS, f"Invalid params: {why}", told)
