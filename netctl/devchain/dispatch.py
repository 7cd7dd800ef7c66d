"""The runtime's pallets and APIs by name: which method a call or an API request runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallet import UNMARKED, Api, CallRule, Origin, Pallet, run_method
from netctl.devchain.storage import Frame, View


class Runtime:
    """The modelled part of the runtime."""

    def __init__(self, pallets: Iterable[Pallet], apis: Iterable[Api]) -> None:
        self.pallets = tuple(pallets)
        self._by_name = {pallet.name: pallet for pallet in self.pallets}
        self._apis = {api.name: api for api in apis}

    def rule(self, pallet: str, function: str) -> CallRule:
        """What pool and fees need to know of a call."""
        found = self._by_name.get(pallet)
        return UNMARKED if found is None else found.rule(function)

    def dispatch(self, frame: Frame, call: dict[str, Any], origin: Origin) -> None:
        """Run a decoded call; DispatchError CallFiltered, loudly, for one that is not modelled."""
        name, function = call["call_module"], call["call_function"]
        pallet = self._by_name.get(name)
        args = arguments(call)
        if pallet is not None and function in pallet.rules:
            getattr(pallet, function)(frame, origin, **args)
        elif pallet is None or not pallet.other(frame, origin, function, args):
            frame.unsupported(f"call {name}.{function}")
            raise DispatchError("CallFiltered", "System")

    def models(self, api: str, method: str) -> bool:
        """Whether a runtime API method is modelled."""
        found = self._apis.get(api)
        return found is not None and method in found.methods

    def query(self, view: View, api: str, method: str, args: dict[str, Any]) -> Any:
        """Run a modelled runtime API method."""
        return run_method(self._apis[api], method, view, args)


def arguments(call: dict[str, Any]) -> dict[str, Any]:
    """A decoded call's arguments by name."""
    return {each["name"]: each["value"] for each in call["call_args"]}
