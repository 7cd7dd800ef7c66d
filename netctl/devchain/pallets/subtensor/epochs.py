"""What an epoch reads from the state and writes back; the rules between are Yuma's.

A subnet's mechanisms have an epoch each, with a part of the emission; what the subnet keeps of them is their mean by
those parts (subtensor, subnets/mechanism).
"""

from __future__ import annotations

from dataclasses import dataclass

from netctl.devchain.pallets.subtensor import items, shares, vectors, yuma
from netctl.devchain.pallets.subtensor.tempo import activity_cutoff_blocks
from netctl.devchain.pallets.subtensor.uids import hotkeys, registration_blocks, storage_index
from netctl.devchain.pallets.wire import public_key
from netctl.devchain.storage import Frame, View

U16_MAX = 65_535
WHOLE_Q64 = 1 << 64

Emissions = list[tuple[str, int, int]]
"""(hotkey, emission as a miner, emission as a validator) in rao of alpha, in order of the hotkeys' public keys."""


@dataclass
class _Totals:
    """What a subnet keeps of its mechanisms' epochs; one element per uid."""

    active: list[bool]
    permits: list[bool]
    stake_weight: list[int]
    consensus: list[int]
    validator_trust: list[int]
    dividends: list[int]
    emission_rao: list[int]
    server_emission_rao: list[int]
    validator_emission_rao: list[int]


def is_null(view: View, netuid: int) -> bool:
    """Whether the subnet has chosen to go without consensus."""
    return bool(items.EPOCH_CONSENSUS.get(view, netuid) == "Null")


def split_emission(view: View, netuid: int, emission_rao: int) -> list[int]:
    """Each mechanism's part, by MechanismEmissionSplit or evenly; what rounding leaves is the first one's."""
    count = items.MECHANISM_COUNT.get(view, netuid)
    split = items.MECHANISM_EMISSION_SPLIT.get(view, netuid)
    if split is not None and len(split) == count:
        parts = [emission_rao * part // U16_MAX for part in split]
    else:
        parts = [emission_rao // count] * count
    parts[0] += max(0, emission_rao - sum(parts))
    return parts


def run(frame: Frame, netuid: int, emission_rao: int) -> Emissions:
    """One epoch of all mechanisms of a subnet, which divides this much alpha.

    Call it before LastMechansimStepBlock is moved: bonds with whoever came since that block are dropped.
    """
    keys = hotkeys(frame, netuid)
    stake_q64 = stakes_q64(frame, netuid, keys)
    totals = _nothing(len(keys))
    for mechanism, part_rao in enumerate(split_emission(frame, netuid, emission_rao)):
        index = storage_index(netuid, mechanism)
        result = yuma.run(_gather(frame, netuid, index, keys, stake_q64, part_rao))
        _write_mechanism(frame, index, result)
        part_q64 = (part_rao << 64) // emission_rao if emission_rao else WHOLE_Q64 * (mechanism == 0)
        totals = _added(totals, result, part_q64)
    _write_subnet(frame, netuid, totals)
    told = zip(keys, totals.server_emission_rao, totals.validator_emission_rao, strict=True)
    return sorted(told, key=lambda each: public_key(each[0]))


def stakes_q64(view: View, netuid: int, keys: list[str]) -> list[int]:
    """Stake weights with their fraction: alpha, and TAO on root by a TaoWeight of 32 fractional bits."""
    tao_weight_q32 = (items.TAO_WEIGHT.get(view) << 32) // (WHOLE_Q64 - 1)
    parts = (shares.stake_weight(view, hotkey, netuid) for hotkey in keys)
    return [(alpha << 64) + (tao * tao_weight_q32 << 32) for _, alpha, tao in parts]


def _settings(view: View, netuid: int) -> yuma.Settings:
    low, high = items.ALPHA_VALUES.get(view, netuid)
    return yuma.Settings(
        kappa=items.KAPPA.get(view, netuid),
        max_validators=items.MAX_ALLOWED_VALIDATORS.get(view, netuid),
        bonds_penalty=items.BONDS_PENALTY.get(view, netuid),
        bonds_moving_average=items.BONDS_MOVING_AVERAGE.get(view, netuid),
        yuma3=items.YUMA3_ON.get(view, netuid),
        liquid_alpha=items.LIQUID_ALPHA_ON.get(view, netuid),
        alpha_low=low,
        alpha_high=high,
        alpha_steepness=items.ALPHA_SIGMOID_STEEPNESS.get(view, netuid),
        consensus_mode=items.LIQUID_ALPHA_CONSENSUS_MODE.get(view, netuid),
    )


def bonds_since(view: View, netuid: int) -> int:
    """The block from which on a registration is too young for bonds: that after the last epoch with consensus."""
    last_step = items.LAST_YUMA_STEP_BLOCK.get(view, netuid) or items.LAST_STEP_BLOCK.get(view, netuid)
    return int(last_step) + 1 if last_step else max(0, view.block - items.TEMPO.get(view, netuid))


def _gather(
    view: View, netuid: int, index: int, keys: list[str], stake_q64: list[int], emission_rao: int
) -> yuma.EpochInput:
    uids = range(len(keys))
    permits = vectors.VALIDATOR_PERMIT.read(view, netuid)
    return yuma.EpochInput(
        block=view.block,
        stake_q64=stake_q64,
        stake_threshold=items.STAKE_THRESHOLD.get(view),
        last_update=vectors.LAST_UPDATE.read(view, index),
        activity_cutoff=activity_cutoff_blocks(view, netuid),
        registered_at=registration_blocks(view, netuid),
        bonds_since=bonds_since(view, netuid),
        permits=[uid < len(permits) and bool(permits[uid]) for uid in uids],
        weights=[vectors.WEIGHTS.read(view, index, uid) for uid in uids],
        bonds=[vectors.BONDS.read(view, index, uid) for uid in uids],
        owner_uid=items.UIDS.get(view, netuid, items.SUBNET_OWNER_HOTKEY.get(view, netuid)),
        emission_rao=emission_rao,
        settings=_settings(view, netuid),
        previous_consensus=vectors.CONSENSUS_BY_MECHANISM.read(view, index),
        committed_at=_committed_at(view, netuid, index, keys),
    )


def _committed_at(view: View, netuid: int, index: int, keys: list[str]) -> list[int | None] | None:
    """The block of each one's oldest commitment that can still be revealed."""
    if not items.COMMIT_REVEAL_ENABLED.get(view, netuid):
        return None
    oldest = items.SUBNET_EPOCH_INDEX.get(view, netuid) - items.REVEAL_PERIOD_EPOCHS.get(view, netuid)
    blocks: dict[str, int] = {}
    for (epoch,), entries in items.TIMELOCKED_WEIGHT_COMMITS.entries(view, index):
        if epoch >= oldest:
            for who, block, *_ in entries:
                blocks[who] = min(block, blocks.get(who, block))
    for hotkey in keys:
        by_hash = items.WEIGHT_COMMITS.get(view, index, hotkey) or []
        first = next((block for _, epoch, block, _ in by_hash if epoch >= oldest), None)
        if first is not None:
            blocks[hotkey] = min(first, blocks.get(hotkey, first))
    return [blocks.get(hotkey) for hotkey in keys]


def _nothing(count: int) -> _Totals:
    zeros, no = [0] * count, [False] * count
    return _Totals(no, no, zeros, zeros, zeros, zeros, zeros, zeros, zeros)


def _added(totals: _Totals, result: yuma.EpochOutput, part_q64: int) -> _Totals:
    """Emission adds up, flags are any mechanism's, and the rest is weighted by the parts, floored each time."""

    def weighted(held: list[int], new: list[int]) -> list[int]:
        return [((old << 64) + value * part_q64) >> 64 for old, value in zip(held, new, strict=True)]

    def summed(held: list[int], new: list[int]) -> list[int]:
        return [old + value for old, value in zip(held, new, strict=True)]

    def either(held: list[bool], new: list[bool]) -> list[bool]:
        return [old or value for old, value in zip(held, new, strict=True)]

    return _Totals(
        active=either(totals.active, result.active),
        permits=either(totals.permits, result.permits),
        stake_weight=weighted(totals.stake_weight, result.stake_weight),
        consensus=weighted(totals.consensus, result.consensus),
        validator_trust=weighted(totals.validator_trust, result.validator_trust),
        dividends=weighted(totals.dividends, result.dividends),
        emission_rao=weighted(totals.emission_rao, result.emission_rao),
        server_emission_rao=summed(totals.server_emission_rao, result.server_emission_rao),
        validator_emission_rao=summed(totals.validator_emission_rao, result.validator_emission_rao),
    )


def _write_mechanism(frame: Frame, index: int, result: yuma.EpochOutput) -> None:
    vectors.INCENTIVE.write(frame, index, result.incentive)
    vectors.CONSENSUS_BY_MECHANISM.write(frame, index, result.consensus)
    for uid, row in enumerate(result.bonds):
        vectors.BONDS.write(frame, index, uid, row)
    told = {"netuid": index, "emissions": result.server_emission_rao}
    frame.emit(items.PALLET, "IncentiveAlphaEmittedToMiners", told)


def _write_subnet(frame: Frame, netuid: int, totals: _Totals) -> None:
    vectors.ACTIVE.write(frame, netuid, list(map(int, totals.active)))
    vectors.VALIDATOR_PERMIT.write(frame, netuid, list(map(int, totals.permits)))
    vectors.STAKE_WEIGHT.write(frame, netuid, totals.stake_weight)
    vectors.CONSENSUS.write(frame, netuid, totals.consensus)
    vectors.VALIDATOR_TRUST.write(frame, netuid, totals.validator_trust)
    vectors.DIVIDENDS.write(frame, netuid, totals.dividends)
    vectors.EMISSION.write(frame, netuid, totals.emission_rao)
