"""The SDK's own Policy as a second wall: what would be signed, as the SDK reads it, held against what was agreed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netctl.errors import PolicyError
from netctl.money import Rao
from netctl.ports import Bounds, Call

if TYPE_CHECKING:
    from bittensor.intents import Intent


@dataclass(frozen=True, slots=True)
class Wall:
    """What a connection may sign at all. `netuids`: subnets, None for any. `raw`: calls that the SDK cannot price too.

    A dev chain's connection signs anything: sudo calls, networks, a registration without a limit. Its TAO is nobody's.
    """

    netuids: tuple[int, ...] | None = None
    raw: bool = True

    def check(self, call: Call, bounds: Bounds | None, fee_rao: Rao) -> None:
        """PolicyError when the SDK's Policy objects to the call at this fee; nothing has been signed then."""
        from bittensor import Balance, Policy

        intent = intent_of(call)
        policy = Policy(
            max_fee_tao=None if bounds is None else Balance.from_rao(bounds.fee_rao),
            max_spend_tao=None if bounds is None or self.raw else Balance.from_rao(bounds.amount_rao),
            allowed_netuids=None if self.netuids is None else list(self.netuids),
            allow_raw_calls=self.raw,
        )
        found = _of_raw(policy, fee_rao) if intent is None else policy.check(intent, Balance.from_rao(fee_rao))
        if found:
            message = f"{call.pallet}.{call.function}: the SDK's policy refuses it: {'; '.join(found)}"
            raise PolicyError(message, hint="nothing was signed; is it what the profile means? see netctl fleet plan")


def _of_raw(policy: Any, fee_rao: Rao) -> list[str]:
    """Objections to a call that is no intent of the SDK: its fee is bounded all the same."""
    found: list[str] = list(policy.check_raw_call())
    if policy.max_fee_tao is not None and fee_rao > policy.max_fee_tao.rao:
        found.append(f"fee {fee_rao} rao exceeds max_fee_tao {policy.max_fee_tao}")
    return found


def intent_of(call: Call) -> Intent | None:
    """The SDK's intent that stands for the call, built from the call's own arguments; None where it has none."""
    from bittensor import Balance
    from bittensor.intents import AddStake, AddStakeLimit, Batch, BurnedRegister, Transfer

    arguments: dict[str, Any] = dict(call.args)
    match f"{call.pallet}.{call.function}":
        case "Balances.transfer_keep_alive" | "Balances.transfer_allow_death":
            return Transfer(arguments["dest"], Balance.from_rao(arguments["value"]))
        case "Utility.batch_all":
            return _batch(Batch, [intent_of(each) for each in arguments["calls"]])
        case "SubtensorModule.add_stake":
            return AddStake(arguments["hotkey"], arguments["netuid"], Balance.from_rao(arguments["amount_staked"]))
        case "SubtensorModule.add_stake_limit":
            amount = Balance.from_rao(arguments["amount_staked"])
            return AddStakeLimit(arguments["hotkey"], arguments["netuid"], amount, arguments["limit_price"])
        case "SubtensorModule.burned_register":
            return BurnedRegister(arguments["netuid"], arguments["hotkey"])
        case "SubtensorModule.register_limit":
            return _limited(arguments["netuid"], arguments["hotkey"], arguments["limit_price"])
    return None


def _batch(kind: Any, children: Sequence[Intent | None]) -> Intent | None:
    return None if not children or None in children else kind(list(children))


def _limited(netuid: int, hotkey: str, limit_rao: Rao) -> Intent:
    """register_limit, for which bittensor 11 has no intent: burned_register, but its spend is bounded by the chain."""
    from bittensor import Balance
    from bittensor.intents import BurnedRegister

    class RegisterLimit(BurnedRegister):
        op = "register_limit"

        def spend(self) -> Balance:
            return Balance.from_rao(limit_rao)

    return RegisterLimit(netuid, hotkey)
