"""Commitments: a few bytes that a neuron publishes about itself. The hotkey signs, its coldkey pays."""

from __future__ import annotations

from typing import Any

from netctl.devchain.errors import DispatchError
from netctl.devchain.pallet import Origin, Pallet, call
from netctl.devchain.pallets.subtensor import items, mechanisms, ownership
from netctl.devchain.pallets.wire import bytes_of
from netctl.devchain.storage import Frame, Item

COMMITMENT_OF = Item("Commitments", "CommitmentOf")
LAST_COMMITMENT = Item("Commitments", "LastCommitment")
LAST_BONDS_RESET = Item("Commitments", "LastBondsReset")
USED_SPACE_OF = Item("Commitments", "UsedSpaceOf")
MAX_SPACE = Item("Commitments", "MaxSpace")
TIMELOCKED_INDEX = Item("Commitments", "TimelockedIndex")

MAX_FIELDS = 3
MIN_SPACE_BYTES = 100
"""What any commitment counts for at least."""


def _space_of(fields: list[Any]) -> int:
    return sum(_field_bytes(field) for field in fields)


def _field_bytes(field: Any) -> int:
    """The content alone counts: not what says its kind, its length or its round."""
    if isinstance(field, str):
        return 0
    ((_, value),) = field.items()
    if isinstance(value, dict):
        return len(bytes_of(value["encrypted"]))
    return len(bytes_of(value[0] if isinstance(value, tuple) and len(value) == 1 else value))


class Commitments(Pallet):
    """Timelocked fields are kept sealed: opening them needs drand."""

    name = "Commitments"

    @call(fee="owner_coldkey")
    def set_commitment(self, frame: Frame, origin: Origin, *, netuid: int, info: dict[str, Any]) -> None:
        """Publish; replaces what was there. Space is limited per epoch of the subnet."""
        who, fields = origin.signed(), info["fields"]
        if not ownership.is_registered(frame, netuid, who):
            raise DispatchError("AccountNotAllowedCommit", "Commitments")
        if len(fields) > MAX_FIELDS:
            raise DispatchError("TooManyFieldsInCommitmentInfo", "Commitments")
        if any(isinstance(field, dict) and "TimelockRevealFailed" in field for field in fields):
            raise DispatchError("TimelockRevealFailedNotAllowed", "Commitments")
        self._use_space(frame, netuid, who, max(MIN_SPACE_BYTES, _space_of(fields)))
        if "ResetBondsFlag" in fields:
            LAST_BONDS_RESET.put(frame, frame.block, netuid, who)
            mechanisms.reset_bonds(frame, netuid, who)
        COMMITMENT_OF.put(frame, {"deposit": 0, "block": frame.block, "info": info}, netuid, who)
        LAST_COMMITMENT.put(frame, frame.block, netuid, who)
        sealed = [field["TimelockEncrypted"] for field in fields if _is_timelocked(field)]
        _index_timelocked(frame, netuid, who, waits=bool(sealed))
        if sealed:
            told = {"netuid": netuid, "who": who, "reveal_round": sealed[0]["reveal_round"]}
            frame.emit("Commitments", "TimelockCommitment", told)
        else:
            frame.emit("Commitments", "Commitment", {"netuid": netuid, "who": who})

    @call()
    def set_max_space(self, frame: Frame, origin: Origin, *, new_limit: int) -> None:
        """Root sets how much a neuron may publish in an epoch."""
        origin.root()
        MAX_SPACE.put(frame, new_limit)

    def _use_space(self, frame: Frame, netuid: int, who: str, wanted: int) -> None:
        epoch = items.SUBNET_EPOCH_INDEX.get(frame, netuid)
        usage = USED_SPACE_OF.get(frame, netuid, who) or {"last_epoch": epoch, "used_space": 0}
        used = usage["used_space"] if usage["last_epoch"] == epoch else 0
        if used + wanted > MAX_SPACE.get(frame):
            raise DispatchError("SpaceLimitExceeded", "Commitments")
        USED_SPACE_OF.put(frame, {"last_epoch": epoch, "used_space": used + wanted}, netuid, who)


def _is_timelocked(field: Any) -> bool:
    return isinstance(field, dict) and "TimelockEncrypted" in field


def _index_timelocked(frame: Frame, netuid: int, who: str, *, waits: bool) -> None:
    waiting = list(TIMELOCKED_INDEX.get(frame))
    entry = (netuid, who)
    known = [tuple(pair) for pair in waiting]
    if waits and entry not in known:
        TIMELOCKED_INDEX.put(frame, sorted([*known, entry]))
    elif not waits and entry in known:
        TIMELOCKED_INDEX.put(frame, [pair for pair in known if pair != entry])
