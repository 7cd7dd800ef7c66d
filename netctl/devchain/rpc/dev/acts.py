"""dev_dispatch, dev_setHyperparameter: any call as anybody, without a key and without a fee."""

from __future__ import annotations

from typing import Any

from netctl.devchain.chain import Chain
from netctl.devchain.errors import DispatchError
from netctl.devchain.frame import BlockFrame
from netctl.devchain.pallet import ROOT, Origin
from netctl.devchain.rpc.lookup import account_of
from netctl.devchain.rpc.protocol import CLIENT_ERROR, INVALID_PARAMS, RpcError, method, natural, to_hex
from netctl.devchain.storage import Frame, Item

EVENTS = Item("System", "Events")
SETTER_NAMES = {
    "bonds_moving_avg": "bonds_moving_average",
    "commit_reveal_period": "commit_reveal_weights_interval",
    "max_regs_per_block": "max_registrations_per_block",
    "max_validators": "max_allowed_validators",
    "min_childkey_take": "min_childkey_take_per_subnet",
    "registration_allowed": "network_registration_allowed",
    "target_regs_per_interval": "target_registrations_per_interval",
    "transfers_enabled": "toggle_transfer",
    "weights_rate_limit": "weights_set_rate_limit",
    "weights_version": "weights_version_key",
}
"""Hyperparameters whose setter in AdminUtils has another name than get_subnet_hyperparams_v3 gives them."""
FIXED_ONE = 1 << 64


class ActMethods:
    """Calls on demand."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    @method("dev_dispatch")
    def dispatch(self, origin: Any, pallet: Any, function: Any, arguments: Any = None) -> dict[str, Any]:
        """Run a call as an account, or as root for null, in a block sealed now; gives the block's hash and the events.

        The error of a call that fails is named in the message, as `SubtensorModule.NotEnoughBalanceToStake`.
        """
        who = ROOT if origin is None else Origin.of(account_of(origin))
        return self._run(who, self._decoded(pallet, function, {} if arguments is None else arguments))

    @method("dev_setHyperparameter")
    def set_hyperparameter(self, netuid: Any, name: Any, value: Any) -> dict[str, Any]:
        """Root sets a subnet's hyperparameter by the name that the chain shows, or that its setter has.

        Units are the setter's: rao, blocks, 65535ths; a multiplier is a number such as 1.26.
        """
        subnet = natural(netuid, "netuid", 1 << 16)
        function = f"sudo_set_{SETTER_NAMES.get(str(name), str(name))}"
        fields = self._fields(function)
        if len(fields) != 2 or "netuid" not in fields:
            raise RpcError(INVALID_PARAMS, f"Invalid params: {name!s:.40} is no hyperparameter of one value")
        (field,) = fields - {"netuid"}
        raw = {"bits": int(value * FIXED_ONE)} if isinstance(value, float) else value
        return self._run(ROOT, self._decoded("AdminUtils", function, {"netuid": subnet, field: raw}))

    def _fields(self, function: str) -> set[str | None]:
        registry = self._chain.world.codec.registry
        calls = registry.variants(registry.pallet("AdminUtils").calls or 0).variants
        return {field.name for each in calls if each.name == function for field in each.fields}

    def _decoded(self, pallet: Any, function: Any, arguments: Any) -> dict[str, Any]:
        codec = self._chain.world.codec
        try:
            return codec.decode_call(bytes(codec.runtime.compose_call(pallet, function, arguments)))
        except (ValueError, TypeError) as exc:
            raise RpcError(INVALID_PARAMS, f"Invalid params: {exc}") from None

    def _run(self, origin: Origin, call: dict[str, Any]) -> dict[str, Any]:
        failures: list[DispatchError] = []
        span = range(0)

        def act(frame: Frame) -> None:
            nonlocal span
            if not isinstance(frame, BlockFrame):
                raise TypeError("calls are made in the block being built")
            before = len(frame.events)
            try:
                with frame.checkpoint():
                    frame.dispatch(call, origin)
            except DispatchError as error:
                failures.append(error)
            span = range(before, len(frame.events))

        sealed = self._chain.seal(act)
        if failures:
            raise RpcError(CLIENT_ERROR, f"{call['call_module']}.{call['call_function']} failed: {failures[0]}")
        told = EVENTS.get(self._chain.view())[span.start : span.stop]
        events = [[f"{each['module_id']}.{each['event_id']}", each["attributes"]] for each in told]
        return {"block": to_hex(sealed.hash), "events": events}
