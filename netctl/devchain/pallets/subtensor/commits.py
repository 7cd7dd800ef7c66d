"""Committing to weights: by hash, revealed by the validator, and by timelock.

Timelocked commits are taken and kept, but never opened: that needs pulses of the drand network, whose key is fixed
in the clients and which nothing local can make.
"""

from __future__ import annotations

from typing import Any

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallet import Origin, approximates, call
from netctl.devchain.pallets.subtensor import epochs, items, ownership, vectors, weights
from netctl.devchain.pallets.subtensor.tempo import epoch_index
from netctl.devchain.pallets.subtensor.uids import storage_index
from netctl.devchain.pallets.wire import bytes_of, hashed, hexed, public_key
from netctl.devchain.scale import compact
from netctl.devchain.storage import Frame, Item

MAX_UNREVEALED_COMMITS = 10
LAST_STORED_ROUND = Item("Drand", "LastStoredRound")


def _numbers(values: list[int]) -> bytes:
    return compact(len(values)) + b"".join(value.to_bytes(2, "little") for value in values)


def commit_hash(hotkey: str, index: int, uids: list[int], values: list[int], salt: list[int], version_key: int) -> str:
    """What a validator commits to: BLAKE2b-256 over the SCALE tuple of all this."""
    preimage = public_key(hotkey) + index.to_bytes(2, "little") + _numbers(uids) + _numbers(values)
    return hashed(preimage + _numbers(salt) + version_key.to_bytes(8, "little"))


def _check_committer(
    frame: Frame, hotkey: str, netuid: int, mechanism: int, version: int | None = None
) -> tuple[int, int]:
    weights.ensure_mechanism(frame, netuid, mechanism)
    if not items.COMMIT_REVEAL_ENABLED.get(frame, netuid):
        raise DispatchError("CommitRevealDisabled")
    if version is not None and version != items.COMMIT_REVEAL_VERSION.get(frame):
        raise DispatchError("IncorrectCommitRevealVersion")
    uid, index = ownership.uid_of(frame, netuid, hotkey), storage_index(netuid, mechanism)
    weights.ensure_stake(frame, netuid, hotkey)
    weights.ensure_sole_permit(frame, netuid, uid)
    if not weights.passes_rate_limit(frame, netuid, index, uid):
        raise DispatchError("CommittingWeightsTooFast")
    return uid, index


def _commit(frame: Frame, hotkey: str, netuid: int, mechanism: int, digest: Any) -> None:
    uid, index = _check_committer(frame, hotkey, netuid, mechanism)
    epoch = epoch_index(frame, netuid)
    oldest = epoch - items.REVEAL_PERIOD_EPOCHS.get(frame, netuid)
    open_commits = [entry for entry in items.WEIGHT_COMMITS.get(frame, index, hotkey) or [] if entry[1] >= oldest]
    if len(open_commits) >= MAX_UNREVEALED_COMMITS:
        raise DispatchError("TooManyUnrevealedCommits")
    told = hexed(bytes_of(digest))
    kept = [*open_commits, (told, epoch, frame.block, 0)]
    items.WEIGHT_COMMITS.put(frame, kept, index, hotkey)
    vectors.LAST_UPDATE.set(frame, index, uid, frame.block)
    frame.emit(items.PALLET, "WeightsCommitted", (hotkey, index, told))


def _reveal(
    frame: Frame,
    hotkey: str,
    netuid: int,
    mechanism: int,
    uids: list[int],
    values: list[int],
    salt: list[int],
    version_key: int,
) -> None:
    ownership.ensure_subnet(frame, netuid)
    if not items.COMMIT_REVEAL_ENABLED.get(frame, netuid):
        raise DispatchError("CommitRevealDisabled")
    index = storage_index(netuid, mechanism)
    if epochs.is_null(frame, netuid):
        weights.ensure_sole_permit(frame, netuid, ownership.uid_of(frame, netuid, hotkey))
    commits = items.WEIGHT_COMMITS.get(frame, index, hotkey) or []
    if not commits:
        raise DispatchError("NoWeightsCommitFound")
    digest = commit_hash(hotkey, index, uids, values, salt, version_key)
    alike = [at for at, entry in enumerate(commits) if hexed(bytes_of(entry[0])) == digest]
    period, epoch = items.REVEAL_PERIOD_EPOCHS.get(frame, netuid), epoch_index(frame, netuid)
    if not alike:
        is_open = any(entry[1] + period >= epoch for entry in commits)
        raise DispatchError("InvalidRevealCommitHashNotMatch" if is_open else "NoWeightsCommitFound")
    position = next((at for at in alike if commits[at][1] + period >= epoch), alike[-1])
    due = commits[position][1] + period
    if epoch != due:
        raise DispatchError("RevealTooEarly" if epoch < due else "ExpiredWeightCommit")
    weights.set_weights(frame, hotkey, netuid, mechanism, uids, values, version_key, revealed=True)
    later = commits[position + 1 :]
    if later:
        items.WEIGHT_COMMITS.put(frame, later, index, hotkey)
    else:
        items.WEIGHT_COMMITS.remove(frame, index, hotkey)
    frame.emit(items.PALLET, "WeightsRevealed", (hotkey, index, digest))


def _commit_timelocked(
    frame: Frame, hotkey: str, netuid: int, mechanism: int, sealed: Any, reveal_round: int, version: int
) -> None:
    uid, index = _check_committer(frame, hotkey, netuid, mechanism, version)
    if reveal_round < LAST_STORED_ROUND.get(frame):
        raise DispatchError("InvalidRevealRound")
    epoch = epoch_index(frame, netuid)
    waiting = items.TIMELOCKED_WEIGHT_COMMITS.get(frame, index, epoch)
    if sum(entry[0] == hotkey for entry in waiting) >= MAX_UNREVEALED_COMMITS:
        raise DispatchError("TooManyUnrevealedCommits")
    raw = bytes_of(sealed)
    kept = [(who, block, hexed(bytes_of(body)), due) for who, block, body, due in waiting]
    kept.append((hotkey, frame.block, hexed(raw), reveal_round))
    items.TIMELOCKED_WEIGHT_COMMITS.put(frame, kept, index, epoch)
    vectors.LAST_UPDATE.set(frame, index, uid, frame.block)
    frame.emit(items.PALLET, "TimelockedWeightsCommitted", (hotkey, index, hashed(raw), reveal_round))


def forget_expired(frame: Frame, netuid: int) -> None:
    """Drop timelocked commitments that nobody can open any more; to be called when an epoch begins."""
    oldest = items.SUBNET_EPOCH_INDEX.get(frame, netuid) - items.REVEAL_PERIOD_EPOCHS.get(frame, netuid)
    for mechanism in range(items.MECHANISM_COUNT.get(frame, netuid)):
        index = storage_index(netuid, mechanism)
        for (epoch,), _ in list(items.TIMELOCKED_WEIGHT_COMMITS.entries(frame, index)):
            if epoch < oldest:
                items.TIMELOCKED_WEIGHT_COMMITS.remove(frame, index, epoch)


class CommitCalls:
    """Calls of a validator's hotkey on a subnet with commit-reveal, paid by its coldkey."""

    @call(fee="owner_coldkey")
    def commit_weights(self, frame: Frame, origin: Origin, *, netuid: int, commit_hash: Any) -> None:
        """Commit to weights of the first mechanism by their hash."""
        _commit(frame, origin.signed(), netuid, 0, commit_hash)

    @call(fee="owner_coldkey")
    def commit_mechanism_weights(
        self, frame: Frame, origin: Origin, *, netuid: int, mecid: int, commit_hash: Any
    ) -> None:
        """Commit to weights of any mechanism by their hash."""
        _commit(frame, origin.signed(), netuid, mecid, commit_hash)

    @call(fee="owner_coldkey")
    def reveal_weights(
        self,
        frame: Frame,
        origin: Origin,
        *,
        netuid: int,
        uids: list[int],
        values: list[int],
        salt: list[int],
        version_key: int,
    ) -> None:
        """Reveal what was committed to, RevealPeriodEpochs later."""
        _reveal(frame, origin.signed(), netuid, 0, uids, values, salt, version_key)

    @call(fee="owner_coldkey")
    def reveal_mechanism_weights(
        self,
        frame: Frame,
        origin: Origin,
        *,
        netuid: int,
        mecid: int,
        uids: list[int],
        values: list[int],
        salt: list[int],
        version_key: int,
    ) -> None:
        """The same for any mechanism."""
        _reveal(frame, origin.signed(), netuid, mecid, uids, values, salt, version_key)

    @call(fee="owner_coldkey")
    @approximates("kept until their epoch is over, and never opened: there is no drand beacon")
    def commit_timelocked_weights(
        self,
        frame: Frame,
        origin: Origin,
        *,
        netuid: int,
        commit: Any,
        reveal_round: int,
        commit_reveal_version: int,
    ) -> None:
        """Commit to weights of the first mechanism, sealed until a drand round."""
        _commit_timelocked(frame, origin.signed(), netuid, 0, commit, reveal_round, commit_reveal_version)

    @call(fee="owner_coldkey")
    @approximates("kept until their epoch is over, and never opened: there is no drand beacon")
    def commit_timelocked_mechanism_weights(
        self,
        frame: Frame,
        origin: Origin,
        *,
        netuid: int,
        mecid: int,
        commit: Any,
        reveal_round: int,
        commit_reveal_version: int,
    ) -> None:
        """The same for any mechanism."""
        _commit_timelocked(frame, origin.signed(), netuid, mecid, commit, reveal_round, commit_reveal_version)
