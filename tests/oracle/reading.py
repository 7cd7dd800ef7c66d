"""The oracle's inputs, read from a chain's storage as any client would decode it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from netctl.devchain.storage import Item, View
from tests.oracle.coinbase import U64, Holder, Pool, emission_rao
from tests.oracle.market import Claim, Gate, Market, is_root_paid, shares
from tests.oracle.yuma import U16, Subnet

ROOT = 0


def read(view: View, name: str, *keys: Any) -> Any:
    """A value of SubtensorModule's storage."""
    return Item("SubtensorModule", name).get(view, *keys)


def entries(view: View, name: str, *keys: Any) -> dict[Any, Any]:
    """What is stored under these first keys, by the rest."""
    found = Item("SubtensorModule", name).entries(view, *keys)
    return {rest[0] if len(rest) == 1 else rest: value for rest, value in found}


def fixed(value: Any, fraction_bits: int) -> Fraction:
    """A fixed-point number as stored."""
    return Fraction(value["bits"], 1 << fraction_bits)


def hotkeys(view: View, netuid: int) -> list[str]:
    """By uid."""
    return [read(view, "Keys", netuid, uid) for uid in range(read(view, "SubnetworkN", netuid))]


def tao_weight(view: View) -> Fraction:
    return Fraction(read(view, "TaoWeight"), U64)


def stake_weight(view: View, hotkey: str, netuid: int) -> Fraction:
    """Alpha plus root's TAO by its weight; child keys are not modelled."""
    root = read(view, "TotalHotkeyAlpha", hotkey, ROOT)
    return read(view, "TotalHotkeyAlpha", hotkey, netuid) + root * tao_weight(view)


def rows(view: View, name: str, netuid: int, size: int) -> list[dict[int, int]]:
    """A sparse matrix of u16s."""
    return [dict(read(view, name, netuid, uid)) for uid in range(size)]


def padded(values: list[Any], size: int, zero: Any) -> list[Any]:
    return [*values, *[zero] * (size - len(values))]


def owner_uid(view: View, netuid: int) -> int | None:
    """The uid of the owner's hotkey, if it is registered."""
    found = read(view, "Uids", netuid, read(view, "SubnetOwnerHotkey", netuid))
    return None if found is None else int(found)


def subnet(view: View, netuid: int, block: int) -> Subnet:
    """What the epoch at `block` reads, from the state just before it."""
    keys = hotkeys(view, netuid)
    size, tempo = len(keys), read(view, "Tempo", netuid)
    low, high = read(view, "AlphaValues", netuid)
    return Subnet(
        block=block,
        last_step=read(view, "LastMechansimStepBlock", netuid),
        activity_cutoff=max(1, read(view, "ActivityCutoffFactorMilli", netuid) * tempo // 1000),
        stake=[stake_weight(view, key, netuid) for key in keys],
        weights=rows(view, "Weights", netuid, size),
        bonds=rows(view, "Bonds", netuid, size),
        last_update=padded(read(view, "LastUpdate", netuid), size, 0),
        registered_at=[read(view, "BlockAtRegistration", netuid, uid) for uid in range(size)],
        permits=padded(read(view, "ValidatorPermit", netuid), size, False),
        max_validators=read(view, "MaxAllowedValidators", netuid),
        stake_threshold=read(view, "StakeThreshold"),
        owner_uid=owner_uid(view, netuid),
        kappa=Fraction(read(view, "Kappa", netuid), U16),
        bonds_penalty=Fraction(read(view, "BondsPenalty", netuid), U16),
        bonds_moving_average=Fraction(read(view, "BondsMovingAverage", netuid), 1_000_000),
        yuma3=read(view, "Yuma3On", netuid),
        liquid_alpha=read(view, "LiquidAlphaOn", netuid),
        alpha_low=Fraction(low, U16),
        alpha_high=Fraction(high, U16),
        steepness=Fraction(read(view, "AlphaSigmoidSteepness", netuid), 100),
        consensus_mode=read(view, "LiquidAlphaConsensusMode", netuid),
        previous_consensus=[Fraction(value, U16) for value in read(view, "Consensus", netuid)],
        committed_at=commitments(view, netuid, keys),
    )


def commitments(view: View, netuid: int, keys: list[str]) -> dict[int, int]:
    """By uid the block of the oldest commitment that the epoch still waits for; the epoch is the next one's."""
    if not read(view, "CommitRevealWeightsEnabled", netuid):
        return {}
    oldest = read(view, "SubnetEpochIndex", netuid) + 1 - read(view, "RevealPeriodEpochs", netuid)
    timed = entries(view, "TimelockedWeightCommits", netuid).items()
    blocks = [(who, block) for epoch, waiting in timed if epoch >= oldest for who, block, *_ in waiting]
    for who, waiting in entries(view, "WeightCommits", netuid).items():
        blocks += [(who, block) for _, epoch, block, _ in waiting if epoch >= oldest]
    found: dict[int, int] = {}
    for who, block in blocks:
        if who in keys:
            uid = keys.index(who)
            found[uid] = min(block, found.get(uid, block))
    return found


def is_due(view: View, netuid: int) -> bool:
    """Whether the next block has an epoch: a tempo after the last, when it was asked for, or when one was missed."""
    tempo, block = read(view, "Tempo", netuid), view.block + 1
    asked, since = read(view, "PendingEpochAt", netuid), read(view, "BlocksSinceLastStep", netuid) + 1
    is_over = block >= read(view, "LastEpochBlock", netuid) + tempo or since > tempo
    return bool(tempo) and (is_over or 0 < asked <= block)


def price(view: View, netuid: int) -> Fraction:
    """TAO per alpha: reserves weighted by the balancer's quote weight (equal ones by default)."""
    quote = Item("Swap", "SwapBalancer").get(view, netuid)
    while isinstance(quote, dict):
        quote = next(iter(quote.values()))
    weight = Fraction(quote, 10**18)
    return Fraction(read(view, "SubnetTAO", netuid), read(view, "SubnetAlphaIn", netuid)) * (1 - weight) / weight


def market(view: View) -> Market:
    """All subnets that the next block emits to, and the gate between them and its TAO."""
    claims = {}
    for netuid, is_added in sorted(entries(view, "NetworksAdded").items()):
        gates = [read(view, name, netuid) for name in ("SubtokenEnabled", "NetworkRegistrationAllowed")]
        if is_added and netuid != ROOT and read(view, "FirstEmissionBlockNumber", netuid) is not None and all(gates):
            is_dynamic = read(view, "SubnetMechanism", netuid) == 1
            claims[netuid] = Claim(
                average=fixed(read(view, "SubnetMovingPrice", netuid), 32) if is_dynamic else Fraction(1),
                withheld=fixed(read(view, "MinerBurned", netuid), 32),
                has_tao=read(view, "SubnetEmissionEnabled", netuid),
            )
    gate = Gate(
        bar=fixed(read(view, "EmissionGateBar"), 64),
        rank=read(view, "EmissionBarRank"),
        quantile=fixed(read(view, "EmissionBarQuantile"), 64),
        exponent=fixed(read(view, "EmissionGateExponent"), 64),
    )
    return Market(block=view.block + 1, claims=claims, gate=gate)


def pool(view: View, netuid: int) -> Pool:
    """What the next block's emission reads."""
    traded = market(view)
    share = shares(traded).get(netuid)
    is_cut = read(view, "OwnerCutEnabled", netuid)
    reservoir = Item("Swap", "BalancerAlphaReservoir").get(view, netuid)
    return Pool(
        tao=None if share is None else share * emission_rao(Item("Balances", "TotalIssuance").get(view)),
        alpha_in=read(view, "SubnetAlphaIn", netuid) + reservoir,
        alpha_out=read(view, "SubnetAlphaOut", netuid),
        price=price(view, netuid),
        root_tao=read(view, "SubnetTAO", ROOT),
        tao_weight=tao_weight(view),
        owner_cut_share=Fraction(read(view, "SubnetOwnerCut"), U16) if is_cut else Fraction(0),
        is_root_paid=is_root_paid(traded),
        pending_server=read(view, "PendingServerEmission", netuid),
        pending_validator=read(view, "PendingValidatorEmission", netuid),
        pending_root=read(view, "PendingRootAlphaDivs", netuid),
        pending_owner=read(view, "PendingOwnerCut", netuid),
    )


def averaging(view: View, netuid: int) -> dict[str, Any]:
    """How the moving price moves at this block; a subnet's age counts from its start_call."""
    return {
        "pace": fixed(read(view, "SubnetMovingAlpha"), 32),
        "age": view.block - (read(view, "FirstEmissionBlockNumber", netuid) - 1),
        "halving": read(view, "EMAPriceHalvingBlocks", netuid),
    }


def _number(value: dict[str, int]) -> Fraction:
    """The runtime's decimal float: mantissa times ten to the exponent."""
    return value["mantissa"] * Fraction(10) ** value["exponent"]


def coldkey_stakes(view: View, hotkey: str, netuid: int) -> dict[str, Fraction]:
    """What each coldkey holds behind a hotkey, in rao of alpha."""
    held = {key[0]: _number(value) for key, value in entries(view, "AlphaV2", hotkey).items() if key[1] == netuid}
    total = sum(held.values(), Fraction(0))
    alpha = read(view, "TotalHotkeyAlpha", hotkey, netuid)
    return {coldkey: shares / total * alpha for coldkey, shares in held.items()} if total else {}


def holders(view: View, netuid: int) -> list[Holder]:
    """The subnet's neurons with what stands behind them."""
    found = []
    for uid, hotkey in enumerate(hotkeys(view, netuid)):
        coldkey = read(view, "Owner", hotkey)
        found.append(
            Holder(
                uid=uid,
                hotkey=hotkey,
                coldkey=coldkey,
                alpha=read(view, "TotalHotkeyAlpha", hotkey, netuid),
                root_tao=read(view, "TotalHotkeyAlpha", hotkey, ROOT),
                take=Fraction(read(view, "Delegates", hotkey), U16),
                coldkeys=coldkey_stakes(view, hotkey, netuid),
                auto_stake=read(view, "AutoStakeDestination", coldkey, netuid),
                is_on_root=read(view, "Uids", ROOT, hotkey) is not None,
            )
        )
    return found
