"""Setting weights in the clear."""

from __future__ import annotations

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallet import Origin, call
from netctl.devchain.pallets.subtensor import epochs, items, ownership, vectors
from netctl.devchain.pallets.subtensor.shares import stake_weight
from netctl.devchain.pallets.subtensor.uids import storage_index
from netctl.devchain.storage import Frame, View

U16_MAX = 65_535
HALF_OF_U16 = 32_768


def ensure_mechanism(view: View, netuid: int, mechanism: int) -> None:
    """Refuse subnets and mechanisms that are not there."""
    if not items.NETWORKS_ADDED.get(view, netuid) or mechanism >= items.MECHANISM_COUNT.get(view, netuid):
        raise DispatchError("MechanismDoesNotExist")


def ensure_stake(view: View, netuid: int, hotkey: str) -> None:
    """NotEnoughStakeToSetWeights below StakeThreshold."""
    if stake_weight(view, hotkey, netuid)[0] < items.STAKE_THRESHOLD.get(view):
        raise DispatchError("NotEnoughStakeToSetWeights")


def passes_rate_limit(view: View, netuid: int, index: int, uid: int) -> bool:
    """Whether WeightsSetRateLimit blocks went by since the uid's last update."""
    last = vectors.LAST_UPDATE.get(view, index, uid)
    return last == 0 or view.block - last >= items.WEIGHTS_SET_RATE_LIMIT.get(view, netuid)


def upscaled(values: list[int]) -> list[int]:
    """Weights scaled so that the greatest is 65535, rounded in the runtime's arithmetic of 32 fractional bits."""
    greatest = max(values, default=0)
    if greatest in (0, U16_MAX):
        return list(values)
    if greatest > HALF_OF_U16:
        factor_q32 = (U16_MAX << 32) // greatest
        return [_rounded(value * factor_q32) for value in values]
    return [_rounded((value * U16_MAX << 32) // greatest) for value in values]


def _rounded(value_q32: int) -> int:
    return value_q32 + (1 << 31) >> 32


def _check_permit(view: View, netuid: int, hotkey: str, uid: int, *, only_self: bool) -> None:
    is_owner = items.SUBNET_OWNER_HOTKEY.get(view, netuid) == hotkey
    if not (only_self or is_owner or vectors.VALIDATOR_PERMIT.get(view, netuid, uid)):
        raise DispatchError("NeuronNoValidatorPermit")


def ensure_sole_permit(view: View, netuid: int, uid: int) -> None:
    """Without consensus neither owners nor weights for oneself are exempt from the permit."""
    if epochs.is_null(view, netuid) and not vectors.VALIDATOR_PERMIT.get(view, netuid, uid):
        raise DispatchError("NeuronNoValidatorPermit")


def set_weights(
    frame: Frame,
    hotkey: str,
    netuid: int,
    mechanism: int,
    dests: list[int],
    weights: list[int],
    version_key: int,
    *,
    revealed: bool = False,
) -> None:
    """Write a validator's row, in the runtime's order of checks; a revealed one is not limited in its rate."""
    if netuid == ownership.ROOT_NETUID:
        raise DispatchError("CanNotSetRootNetworkWeights")
    if len(dests) != len(weights):
        raise DispatchError("WeightVecNotEqualSize")
    ensure_mechanism(frame, netuid, mechanism)
    count = items.SUBNETWORK_N.get(frame, netuid)
    if len(dests) > count:
        raise DispatchError("UidsLengthExceedUidsInSubNet")
    uid, index = ownership.uid_of(frame, netuid, hotkey), storage_index(netuid, mechanism)
    ensure_stake(frame, netuid, hotkey)
    if version_key < items.WEIGHTS_VERSION_KEY.get(frame, netuid):
        raise DispatchError("IncorrectWeightVersionKey")
    if not revealed and not passes_rate_limit(frame, netuid, index, uid):
        raise DispatchError("SettingWeightsTooFast")
    only_self, is_null = dests == [uid], epochs.is_null(frame, netuid)
    ensure_sole_permit(frame, netuid, uid)
    if not is_null:
        _check_permit(frame, netuid, hotkey, uid, only_self=only_self)
    if len(set(dests)) != len(dests):
        raise DispatchError("DuplicateUids")
    if any(dest >= count for dest in dests):
        raise DispatchError("UidVecContainInvalidOne")
    if not only_self and len(dests) < min(count, items.MIN_ALLOWED_WEIGHTS.get(frame, netuid)):
        raise DispatchError("WeightVecLengthIsLow")
    items.WEIGHTS.put(frame, list(zip(dests, weights if is_null else upscaled(weights), strict=True)), index, uid)
    if not revealed:
        vectors.LAST_UPDATE.set(frame, index, uid, frame.block)
    frame.emit(items.PALLET, "WeightsSet", (index, uid))


class WeightCalls:
    """Calls of a validator's hotkey, paid by its coldkey."""

    @call(fee="owner_coldkey")
    def set_weights(
        self,
        frame: Frame,
        origin: Origin,
        *,
        netuid: int,
        dests: list[int],
        weights: list[int],
        version_key: int,
    ) -> None:
        """Weights of the first mechanism."""
        self.set_mechanism_weights(
            frame, origin, netuid=netuid, mecid=0, dests=dests, weights=weights, version_key=version_key
        )

    @call(fee="owner_coldkey")
    def set_mechanism_weights(
        self,
        frame: Frame,
        origin: Origin,
        *,
        netuid: int,
        mecid: int,
        dests: list[int],
        weights: list[int],
        version_key: int,
    ) -> None:
        """Weights of any mechanism; refused while the subnet wants commitments."""
        hotkey = origin.signed()
        if items.COMMIT_REVEAL_ENABLED.get(frame, netuid):
            raise DispatchError("CommitRevealEnabled")
        set_weights(frame, hotkey, netuid, mecid, dests, weights, version_key)
