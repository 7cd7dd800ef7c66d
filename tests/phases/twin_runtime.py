"""The twin's runtime: what calls do to accounts and subnets, by the rules that the money phases rely on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from netctl.errors import ExtrinsicRejected
from netctl.ports import Call

TAO = 1_000_000_000


def _withdrawn(ss58: str, amount: int) -> tuple[str, str, Any]:
    return ("Balances", "Withdraw", {"who": ss58, "amount": amount})


def address(uri: str) -> str:
    return "5" + blake2b(uri.encode(), digest_size=12).hexdigest()


@dataclass
class TwinSubnet:
    owner_hotkey: str
    owner_coldkey: str
    burn: int = TAO // 10
    started: bool = False
    tao: int = 1_000_000 * TAO
    alpha: int = 1_000_000 * TAO
    keys: list[tuple[str, str]] = field(default_factory=list)
    stakes: dict[tuple[str, str], int] = field(default_factory=dict)
    hyperparameters: dict[str, Any] = field(
        default_factory=lambda: {
            "tempo": 360,
            "min_burn": 500_000,
            "max_burn": 100 * TAO,
            "burn_increase_mult": 1.26,
            "burn_half_life": 360,
            "registration_allowed": True,
            "commit_reveal_weights_enabled": True,
        }
    )

    def alpha_of(self, hotkey: str) -> int:
        """All alpha behind a hotkey."""
        return sum(alpha for (hot, _), alpha in self.stakes.items() if hot == hotkey)


@dataclass
class State:
    """What a block leaves behind; copied for the atomicity of batches and failed calls."""

    free: dict[str, int] = field(default_factory=dict)
    nonces: dict[str, int] = field(default_factory=dict)
    subnets: dict[int, TwinSubnet] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)


class TwinRuntime:
    """State, block number and dispatch; `included` lists every call that ran or failed in a block."""

    def __init__(self, *, first_netuid: int) -> None:
        self.state = State(free={address("//Alice"): 1_000_000 * TAO})
        self.number = 1
        self.first_netuid = first_netuid
        self.events: list[tuple[str, str, Any]] = []
        self.included: list[tuple[int, str, str, str]] = []

    def mine(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self.number += 1
            for net in self.state.subnets.values():
                p = net.hyperparameters
                factor = int(0.5 ** (1 / p["burn_half_life"]) * 2**32) if p["burn_half_life"] else 2**32
                net.burn = min(max(net.burn * factor >> 32, p["min_burn"]), p["max_burn"])

    def calls(self, function: str) -> int:
        """How many extrinsics with that call are in blocks, batched and refused ones included."""
        return sum(1 for _, _, name, _ in self.included if name == function)

    def _take(self, ss58: str, amount: int) -> None:
        if self.state.free.get(ss58, 0) < amount:
            raise ExtrinsicRejected("not enough", code="NotEnoughBalanceToStake")
        self.state.free[ss58] -= amount
        self.events.append(_withdrawn(ss58, amount))

    def _dispatch(self, who: str, call: Call, events: list[tuple[str, str, Any]]) -> None:
        self.included.append((self.number, who, call.function, str(call.args.get("hotkey", ""))))
        if call.pallet == "AdminUtils":
            if who != "root":
                raise ExtrinsicRejected("no", code="BadOrigin")
            self._set(call)
            return
        getattr(self, f"_{call.function}")(who, events, **call.args)

    def _transfer_keep_alive(self, who: str, events: list[Any], *, dest: str, value: int) -> None:
        self._take(who, value)
        self.state.free[dest] = self.state.free.get(dest, 0) + value
        events.append(("Balances", "Transfer", (who, dest, value)))

    def _batch_all(self, who: str, events: list[Any], *, calls: Sequence[Call]) -> None:
        for call in calls:
            self._dispatch(who, call, events)

    def _sudo(self, who: str, events: list[Any], *, call: Call) -> None:
        if who != address("//Alice"):
            raise ExtrinsicRejected("no", code="RequireSudo")
        self._dispatch("root", call, events)

    def _set(self, call: Call) -> None:
        net = self.state.subnets[call.args["netuid"]]
        (value,) = (value for name, value in call.args.items() if name != "netuid")
        name = call.function.removeprefix("sudo_set_").replace("network_registration", "registration")
        net.hyperparameters[name] = value["bits"] / 2**64 if isinstance(value, dict) else value

    def _register_network(self, who: str, events: list[Any], *, hotkey: str) -> None:
        self._take(who, 1000 * TAO)
        netuid = max(self.state.subnets, default=self.first_netuid - 1) + 1
        self.state.subnets[netuid] = TwinSubnet(hotkey, who, keys=[(hotkey, who)])

    def _start_call(self, who: str, events: list[Any], *, netuid: int) -> None:
        self.state.subnets[netuid].started = True

    def _burned_register(self, who: str, events: list[Any], *, netuid: int, hotkey: str) -> None:
        net = self.state.subnets.get(netuid)
        if net is None:
            raise ExtrinsicRejected("none", code="SubnetNotExists")
        if not net.hyperparameters["registration_allowed"]:
            raise ExtrinsicRejected("closed", code="SubNetRegistrationDisabled")
        if any(hot == hotkey for hot, _ in net.keys):
            raise ExtrinsicRejected("there", code="HotKeyAlreadyRegisteredInSubNet")
        self._take(who, net.burn)
        net.keys.append((hotkey, who))
        self.state.owners.setdefault(hotkey, who)
        p = net.hyperparameters
        net.burn = min(max(net.burn * int(p["burn_increase_mult"] * 2**64) >> 64, p["min_burn"]), p["max_burn"])
        events.append(("SubtensorModule", "NeuronRegistered", (netuid, len(net.keys) - 1, hotkey)))

    def _register_limit(self, who: str, events: list[Any], *, netuid: int, hotkey: str, limit_price: int) -> None:
        net = self.state.subnets.get(netuid)
        if net is not None and net.burn > limit_price:
            raise ExtrinsicRejected("dear", code="RegistrationPriceLimitExceeded")
        self._burned_register(who, events, netuid=netuid, hotkey=hotkey)

    def _add_stake(self, who: str, events: list[Any], *, netuid: int, hotkey: str, amount_staked: int) -> None:
        net = self.state.subnets[netuid]
        if (hotkey, who) not in net.keys:
            raise ExtrinsicRejected("no", code="HotKeyAccountNotExists")
        bought = net.alpha * amount_staked // (net.tao + amount_staked)
        self._take(who, amount_staked)
        net.tao, net.alpha = net.tao + amount_staked, net.alpha - bought
        net.stakes[hotkey, who] = net.stakes.get((hotkey, who), 0) + bought
        events.append(("SubtensorModule", "StakeAdded", (who, hotkey, amount_staked, bought, netuid)))

    def _add_stake_limit(
        self, who: str, events: list[Any], *, limit_price: int, allow_partial: bool, **rest: Any
    ) -> None:
        self._add_stake(who, events, **rest)
        net = self.state.subnets[rest["netuid"]]
        if net.tao * TAO // net.alpha > limit_price:
            raise ExtrinsicRejected("slipped", code="SlippageTooHigh")
