"""AdminUtils: hyperparameters, set by root or by the subnet's owner."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallet import Origin, Pallet, call
from netctl.devchain.pallets.admin_table import SETTERS, Setter
from netctl.devchain.pallets.subtensor import epochs, items, mechanisms, null_consensus, null_pruning, ownership
from netctl.devchain.pallets.subtensor import tempo as tempos
from netctl.devchain.storage import Frame, Item, View

MIN_BURN_CEILING_RAO = 10**9
MAX_BURN_FLOOR_RAO = 10**8
DEPRECATED = frozenset({"sudo_set_total_issuance"})
LEAST_ALPHA = 65_535 // 40
MAX_OWNERS_BONDS_AVERAGE = 975_000
MECHANISM_LIMIT_BLOCKS = 7_200


def _error(name: str) -> DispatchError:
    return DispatchError(name, "AdminUtils")


def _ensure_subnet(view: View, netuid: int) -> None:
    if not items.NETWORKS_ADDED.get(view, netuid):
        raise _error("SubnetDoesNotExist")


def _ensure_owner_or_root(view: View, origin: Origin, netuid: int) -> None:
    if origin.kind != "root" and origin.signed() != items.SUBNET_OWNER.get(view, netuid):
        raise DispatchError.bad_origin()


def _authorize(frame: Frame, origin: Origin, netuid: int | None, setter: Setter) -> None:
    """Who, then how often, then when, then whether there is such a subnet: the runtime's order."""
    if setter.who == "root" or netuid is None:
        origin.root()
    else:
        _ensure_owner_or_root(frame, origin, netuid)
    if netuid is None:
        return
    if setter.limited is not None and origin.kind != "root":
        tempos.limit_owner(frame, netuid, setter.limited)
    if setter.window:
        tempos.ensure_admin_window(frame, netuid)
    _ensure_subnet(frame, netuid)
    if not setter.on_root and netuid == ownership.ROOT_NETUID:
        raise _error("NotPermittedOnRootSubnet")


def _authorize_owner(frame: Frame, origin: Origin, netuid: int, limited: str | None = None) -> None:
    """The same for a setter of the owner's that is no row of the table."""
    _authorize(frame, origin, netuid, Setter("", "owner", limited=limited))


def _check_bounds(setter: Setter, value: Any) -> None:
    number = value["bits"] if isinstance(value, dict) and "bits" in value else value
    if setter.bounds is not None and not setter.bounds[0] <= number <= setter.bounds[1]:
        raise DispatchError(setter.error, setter.error_pallet)


def _tell(frame: Frame, setter: Setter, keys: tuple[int, ...], value: Any, args: dict[str, Any]) -> None:
    if setter.event is None:
        return
    pallet, _, event = setter.event.rpartition(".")
    if pallet:
        frame.emit(pallet, event, args)
    else:
        frame.emit(items.PALLET, event, (*keys, value) if keys else value)


class AdminUtils(Pallet):
    """Most setters are rows of a table; those with rules of their own are methods."""

    name = "AdminUtils"

    def other(self, frame: Frame, origin: Origin, function: str, args: dict[str, Any]) -> bool:
        """A setter by the table; False for one that is not in it."""
        if function in DEPRECATED:
            raise _error("Deprecated")
        setter = SETTERS.get(function)
        if setter is None:
            return False
        wanted = dict(args)
        netuid = wanted.pop("netuid", None)
        (value,) = wanted.values()
        _authorize(frame, origin, netuid, setter)
        _check_bounds(setter, value)
        keys: tuple[int, ...] = () if netuid is None else (netuid,)
        Item(items.PALLET, setter.item).put(frame, value, *keys)
        if setter.forgets is not None:
            Item(items.PALLET, setter.forgets).remove(frame, *keys)
        _tell(frame, setter, keys, value, args)
        return True

    def others(self) -> Iterable[str]:
        """The rows of the table, and what the runtime itself only refuses."""
        return (*SETTERS, *DEPRECATED)

    @call()
    def sudo_set_tempo(self, frame: Frame, origin: Origin, *, netuid: int, tempo: int) -> None:
        """Root sets any tempo; an owner one within the chain's bounds."""
        tempos.change_tempo(frame, origin, netuid, tempo)

    @call()
    def sudo_set_activity_cutoff_factor(self, frame: Frame, origin: Origin, *, netuid: int, factor_milli: int) -> None:
        """After how many thousandths of a tempo validators become inactive."""
        tempos.change_activity_cutoff_factor(frame, origin, netuid, factor_milli)

    @call()
    def sudo_set_network_registration_allowed(
        self, frame: Frame, origin: Origin, *, netuid: int, registration_allowed: bool
    ) -> None:
        """Open or close the way that is paid for; it cannot be closed while it is the only one."""
        if netuid == ownership.ROOT_NETUID:
            origin.root()
        else:
            _authorize_owner(frame, origin, netuid)
            if not (registration_allowed or items.POW_REGISTRATION_ALLOWED.get(frame, netuid)):
                raise _error("InvalidValue")
        items.REGISTRATION_ALLOWED.put(frame, registration_allowed, netuid)
        frame.emit(items.PALLET, "RegistrationAllowed", (netuid, registration_allowed))

    @call()
    def sudo_set_network_pow_registration_allowed(
        self, frame: Frame, origin: Origin, *, netuid: int, registration_allowed: bool
    ) -> None:
        """Open or close the free way; it cannot be closed while it is the only one."""
        _authorize_owner(frame, origin, netuid, "PowRegistrationAllowed")
        if netuid == ownership.ROOT_NETUID:
            raise _error("NotPermittedOnRootSubnet")
        if not (registration_allowed or items.REGISTRATION_ALLOWED.get(frame, netuid)):
            raise _error("InvalidValue")
        items.POW_REGISTRATION_ALLOWED.put(frame, registration_allowed, netuid)
        frame.emit(items.PALLET, "PowRegistrationAllowed", (netuid, registration_allowed))

    @call()
    def sudo_set_min_burn(self, frame: Frame, origin: Origin, *, netuid: int, min_burn: int) -> None:
        """The floor of the registration price: below 1 TAO, and below the ceiling."""
        _authorize_owner(frame, origin, netuid, "MinBurn")
        if min_burn >= MIN_BURN_CEILING_RAO or min_burn >= items.MAX_BURN.get(frame, netuid):
            raise _error("ValueNotInBounds")
        items.MIN_BURN.put(frame, min_burn, netuid)
        frame.emit(items.PALLET, "MinBurnSet", (netuid, min_burn))

    @call()
    def sudo_set_max_burn(self, frame: Frame, origin: Origin, *, netuid: int, max_burn: int) -> None:
        """The ceiling of the registration price: above 0.1 TAO, and above the floor."""
        _authorize_owner(frame, origin, netuid, "MaxBurn")
        if max_burn <= MAX_BURN_FLOOR_RAO or max_burn <= items.MIN_BURN.get(frame, netuid):
            raise _error("ValueNotInBounds")
        items.MAX_BURN.put(frame, max_burn, netuid)
        frame.emit(items.PALLET, "MaxBurnSet", (netuid, max_burn))

    @call()
    def sudo_set_max_allowed_uids(self, frame: Frame, origin: Origin, *, netuid: int, max_allowed_uids: int) -> None:
        """Slots: not fewer than are taken (owners: MinAllowedUids), nor more than 256, or 2500 without consensus."""
        _authorize_owner(frame, origin, netuid, "MaxAllowedUids")
        least = Item(items.PALLET, "MinAllowedUids").get(frame, netuid)
        if origin.kind != "root" and max_allowed_uids < least:
            raise _error("MaxAllowedUidsLessThanMinAllowedUids")
        if max_allowed_uids < items.SUBNETWORK_N.get(frame, netuid):
            raise _error("MaxAllowedUIdsLessThanCurrentUIds")
        if max_allowed_uids > (null_consensus.MOST_UIDS if epochs.is_null(frame, netuid) else mechanisms.MOST_UIDS):
            raise _error("MaxAllowedUidsGreaterThanDefaultMaxAllowedUids")
        count = items.MECHANISM_COUNT.get(frame, netuid)
        if count > 1:
            mechanisms.ensure_uids(frame, netuid, max_allowed_uids, count)
        items.MAX_ALLOWED_UIDS.put(frame, max_allowed_uids, netuid)
        frame.emit(items.PALLET, "MaxAllowedUidsSet", (netuid, max_allowed_uids))

    @call()
    def sudo_set_min_allowed_uids(self, frame: Frame, origin: Origin, *, netuid: int, min_allowed_uids: int) -> None:
        """The fewest slots that an owner may leave: less than there are, and than are taken."""
        _authorize(frame, origin, netuid, Setter("", "root"))
        if min_allowed_uids >= items.MAX_ALLOWED_UIDS.get(frame, netuid):
            raise _error("MinAllowedUidsGreaterThanMaxAllowedUids")
        if min_allowed_uids >= items.SUBNETWORK_N.get(frame, netuid):
            raise _error("MinAllowedUidsGreaterThanCurrentUids")
        Item(items.PALLET, "MinAllowedUids").put(frame, min_allowed_uids, netuid)
        frame.emit(items.PALLET, "MinAllowedUidsSet", (netuid, min_allowed_uids))

    @call()
    def sudo_set_max_allowed_validators(
        self, frame: Frame, origin: Origin, *, netuid: int, max_allowed_validators: int
    ) -> None:
        """How many permits there are: no more than slots, and one where there is no consensus."""
        _authorize(frame, origin, netuid, Setter("", "root"))
        if epochs.is_null(frame, netuid) and max_allowed_validators != 1:
            raise _error("InvalidValue")
        if max_allowed_validators > items.MAX_ALLOWED_UIDS.get(frame, netuid):
            raise _error("MaxValidatorsLargerThanMaxUIds")
        items.MAX_ALLOWED_VALIDATORS.put(frame, max_allowed_validators, netuid)
        frame.emit(items.PALLET, "MaxAllowedValidatorsSet", (netuid, max_allowed_validators))

    @call()
    def sudo_set_bonds_moving_average(
        self, frame: Frame, origin: Origin, *, netuid: int, bonds_moving_average: int
    ) -> None:
        """In millionths; an owner's has a ceiling."""
        _authorize_owner(frame, origin, netuid, "BondsMovingAverage")
        if origin.kind != "root" and bonds_moving_average > MAX_OWNERS_BONDS_AVERAGE:
            raise _error("BondsMovingAverageMaxReached")
        Item(items.PALLET, "BondsMovingAverage").put(frame, bonds_moving_average, netuid)
        frame.emit(items.PALLET, "BondsMovingAverageSet", (netuid, bonds_moving_average))

    @call()
    def sudo_set_commit_reveal_weights_interval(
        self, frame: Frame, origin: Origin, *, netuid: int, interval: int
    ) -> None:
        """After how many epochs commitments are revealed: 1 to 100."""
        _authorize_owner(frame, origin, netuid, "WeightCommitInterval")
        if not 1 <= interval <= 100:
            raise DispatchError("RevealPeriodTooSmall" if interval < 1 else "RevealPeriodTooLarge")
        items.REVEAL_PERIOD_EPOCHS.put(frame, interval, netuid)
        frame.emit(items.PALLET, "CommitRevealPeriodsSet", (netuid, interval))

    @call()
    def sudo_set_alpha_values(
        self, frame: Frame, origin: Origin, *, netuid: int, alpha_low: int, alpha_high: int
    ) -> None:
        """Liquid alpha's bounds, in 65535ths."""
        _authorize_owner(frame, origin, netuid, "AlphaValues")
        if not Item(items.PALLET, "LiquidAlphaOn").get(frame, netuid):
            raise DispatchError("LiquidAlphaDisabled")
        if alpha_high < LEAST_ALPHA:
            raise DispatchError("AlphaHighTooLow")
        if not LEAST_ALPHA <= alpha_low <= alpha_high:
            raise DispatchError("AlphaLowOutOfRange")
        items.ALPHA_VALUES.put(frame, (alpha_low, alpha_high), netuid)

    @call()
    def sudo_set_epoch_consensus(self, frame: Frame, origin: Origin, *, netuid: int, mode: str) -> None:
        """Yuma, or Null: no consensus, and the weights of the validator with the most stake."""
        _authorize_owner(frame, origin, netuid)  # the metadata has no name for a limit of its rate
        if netuid == ownership.ROOT_NETUID:
            raise DispatchError("InvalidValue", "SubtensorModule")
        null_consensus.switch(frame, netuid, mode, mechanisms.MOST_UIDS)

    @call()
    def sudo_trim_null_uids_batch(self, frame: Frame, origin: Origin, *, netuid: int, target: int) -> None:
        """Take at most 64 neurons off a subnet without consensus, on the way to so many slots."""
        _authorize_owner(frame, origin, netuid)
        null_pruning.prune(frame, netuid, target)

    @call()
    def sudo_set_mechanism_count(self, frame: Frame, origin: Origin, *, netuid: int, mechanism_count: int) -> None:
        """How many mechanisms; an owner sets it once in a day."""
        self._limited(frame, origin, netuid, tempos.MECHANISM_COUNT_UPDATE)
        mechanisms.set_count(frame, netuid, mechanism_count)

    @call()
    def sudo_set_mechanism_emission_split(
        self, frame: Frame, origin: Origin, *, netuid: int, maybe_split: list[int] | None
    ) -> None:
        """Each mechanism's part of the emission; an owner sets it once in a day."""
        self._limited(frame, origin, netuid, tempos.MECHANISM_EMISSION)
        mechanisms.set_split(frame, netuid, maybe_split)

    def _limited(self, frame: Frame, origin: Origin, netuid: int, transaction: int) -> None:
        _ensure_owner_or_root(frame, origin, netuid)
        if origin.kind != "root":
            tempos.limit_transaction(frame, origin.signed(), netuid, transaction, MECHANISM_LIMIT_BLOCKS)
        tempos.ensure_admin_window(frame, netuid)

    @call()
    def sudo_set_sn_owner_hotkey(self, frame: Frame, origin: Origin, *, netuid: int, hotkey: str) -> None:
        """Another hotkey of the owner's stands for the subnet."""
        _ensure_owner_or_root(frame, origin, netuid)
        ownership.ensure_subnet(frame, netuid)
        items.SUBNET_OWNER_HOTKEY.put(frame, hotkey, netuid)
        frame.emit(items.PALLET, "SubnetOwnerHotkeySet", (netuid, hotkey))
