"""Cases of `diff` as data: YAML to a fleet and facts, and a Diff to the lines that a case expects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netctl.fleet import Fleet
from netctl.heard import Miners
from netctl.money import rao_from_tao, tao_short
from netctl.paying import positions
from netctl.paying.dues import NEW_SUBNET_RULE, Dues
from netctl.paying.positions import Position
from netctl.phases import funding, registration, stake, subnet, wallets
from netctl.phases.funding import FundingFacts
from netctl.phases.stake import StakeFacts
from netctl.phases.subnet import SubnetFacts
from netctl.phases.wallets import WalletFacts
from netctl.plan import served_by
from netctl.ports import BlockRef, BurnRule, KeyFacts, MetagraphRow, Subnet
from netctl.step import Diff
from tests.phases import fleets

MODULES = {"wallets": wallets, "funding": funding, "subnet": subnet, "registration": registration, "stake": stake}
AMOUNTS = ("stake_rao", "max_burn_rao", "reserve_rao")


def fleet_of(case: Mapping[str, Any]) -> Fleet:
    """The case's fleet: `neurons` maps names to changes, the rest are fields of the fleet."""
    written = dict(case["fleet"])
    members = [fleets.neuron(name, **_rao(changes or {})) for name, changes in written.pop("neurons").items()]
    if isinstance(written.get("stagger"), list):
        written["stagger"] = tuple(written["stagger"])
    return fleets.fleet(*members, **_rao(written))


def diff_of(phase: str, case: Mapping[str, Any]) -> Diff:
    """The phase's diff of the case's fleet and facts."""
    fleet, facts = fleet_of(case), case.get("facts") or {}
    keys = {neuron.name: _key(neuron.name, facts.get("keys", {}).get(neuron.name, {})) for neuron in fleet.neurons}
    if phase == "wallets":
        return wallets.diff(fleet, WalletFacts(keys))
    net = _subnet(fleet, facts["subnet"]) if facts.get("subnet") is not None else None
    if phase == "subnet":
        dev = "5Alice" if fleet.network.has_dev_accounts else None
        return subnet.diff(fleet, SubnetFacts(net, rao_from_tao(1000), dev))
    dues = Dues(
        head=BlockRef(100, "0x64"),
        now=1000.0,
        block_time_s=0.25,
        keys=keys,
        subnet=net,
        rule=_rule(fleet, facts),
        registered={name: _row(keys[name], row) for name, row in facts.get("registered", {}).items()},
        positions={name: _position(fleet, name, p) for name, p in facts.get("positions", {}).items()},
        lost=facts.get("lost", {}),
    )
    if phase == "funding":
        free = {wallet: rao_from_tao(amount) for wallet, amount in facts.get("free", {}).items()}
        payer = facts.get("payer")
        return funding.diff(fleet, FundingFacts(dues, free, payer, rao_from_tao(facts.get("payer_free", 0))))
    if phase == "stake":
        return stake.diff(fleet, StakeFacts(dues, Miners(rao_from_tao(facts.get("limit", 0))), facts.get("epoch")))
    return MODULES[phase].diff(fleet, dues)  # type: ignore[attr-defined, no-any-return]


def lines_of(found: Diff) -> dict[str, list[str]]:
    """What a case writes down: who, what, the cost; and the reasons of those who are blocked."""
    steps = []
    for step in found.steps:
        cost = f" [{tao_short(step.spend())}]" if step.spend() else ""
        steps.append(f"{', '.join(served_by(step)) or 'fleet'}: {step.action}: {step.summary()}{cost}")
    blocked = [f"{item.neuron or 'fleet'}: {item.why}" for item in found.blocked]
    return {"steps": steps, "blocked": blocked, "notes": list(found.notes)}


def _rao(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: rao_from_tao(value) if name in AMOUNTS else value for name, value in fields.items()}


def _key(name: str, written: Mapping[str, Any]) -> KeyFacts:
    """Whole unless the case says otherwise: cold and hot are addresses or null."""
    cold, hot = written.get("cold", f"5Cold_{name}"), written.get("hot", f"5Hot_{name}")
    missing = tuple(written.get("missing", ()))
    secret, unfinished = written.get("secret", cold is not None), written.get("unfinished", False)
    return KeyFacts(cold, hot, secret, False, missing, unfinished)


def _row(key: KeyFacts, written: Mapping[str, Any]) -> MetagraphRow:
    cold = written.get("cold", key.coldkey_ss58)
    stake_rao, has_permit = rao_from_tao(written.get("stake", 0)), written.get("permit", False)
    hot = key.hotkey_ss58 or ""
    return MetagraphRow(written["uid"], hot, cold, stake_rao, has_permit, True, None, 0, 0.0, 0.0, 0, 0.0, stake_rao)


def _position(fleet: Fleet, name: str, written: Mapping[str, Any]) -> Position:
    """`have` is S, `cost` what is missing costs, `impact` what that does to the price, `short` what the pool has."""
    neuron = fleet.neuron(name)
    assert neuron is not None
    have = rao_from_tao(written["have"])
    short = rao_from_tao(written["short"]) if "short" in written else None
    alpha = positions.alpha_due(fleet, neuron, have) if written.get("buys", True) else 0
    return Position(have, alpha, rao_from_tao(written.get("cost", 0)), written.get("impact", 0.0), short)


def _rule(fleet: Fleet, facts: Mapping[str, Any]) -> BurnRule | None:
    written = facts.get("rule")
    if written is None:
        return NEW_SUBNET_RULE if fleet.network.has_dev_accounts else None
    floor, ceiling = rao_from_tao(written.get("floor", "0.0005")), rao_from_tao(written.get("ceiling", 100))
    return BurnRule(
        rao_from_tao(written["burn"]), floor, ceiling, written.get("mult", 1.26), written.get("half_life", 360)
    )


def _subnet(fleet: Fleet, written: Mapping[str, Any]) -> Subnet:
    return Subnet(
        netuid=fleet.netuid,
        owner_hotkey="5Owner",
        owner_coldkey=written.get("owner", "5Alice"),
        burn_rao=0,
        registration_allowed=written.get("open", True),
        started=written.get("started", True),
        neurons=1,
        max_neurons=256,
        tempo=360,
        hyperparameters=written.get("hyperparameters", {}),
    )
