"""dev_mine, dev_warp, dev_pause, dev_resume, dev_setSpeed: time on demand."""

from __future__ import annotations

import asyncio
from math import inf
from typing import Any

from netctl.devchain.chain import Chain
from netctl.devchain.errors import Refused
from netctl.devchain.pallets.subtensor import items, ownership, tempo
from netctl.devchain.rpc.protocol import INVALID_PARAMS, RpcError, method, natural, obeying
from netctl.devchain.seal import seal_if_instant
from netctl.devchain.storage import View

MAX_MINED = 100_000
BATCH = 32
"""Blocks in one transaction."""
BREATH = 4
"""Turns of the loop between two: a request is read, answered and written in turns of its own."""
MAX_WARPED = 10_000_000
"""Blocks from the head to a target: hours of work, and rather a slip than what was meant."""
ANY = 1 << 64
MAKE_ONE = "make a subnet first: btcli subnets create"


class ClockMethods:
    """Time on demand. Chain time is the genesis time and a slot for every block, so time passes by making blocks."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    @method("dev_mine")
    async def mine(self, count: Any = 1) -> int:
        """Seal that many blocks now; gives the head's number."""
        left = natural(count, "count", MAX_MINED + 1)
        while left:
            left -= len(self._chain.seal_many(min(left, BATCH)))
            await _serve_others()
        return self._chain.head.number

    @method("dev_warp")
    async def warp(self, target: Any, at_most: Any = MAX_MINED) -> dict[str, int]:
        """Seal blocks up to a target, `at_most` so many; gives the head's and the target's numbers.

        The target is {"block": N}, {"by_ms": N} or {"by_blocks": N} from the head on, {"until_ms": N} since 1970, or
        {"epoch": NETUID or null}: the block of that subnet's next epoch, null for the only subnet that there is.
        """
        with obeying():
            wanted = self._near(self._target(target))
        first, most = self._chain.head.number, natural(at_most, "limit", MAX_MINED + 1)
        while (left := min(wanted, first + most) - self._chain.head.number) > 0:
            self._chain.seal_many(min(left, BATCH))
            await _serve_others()
        return {"block": self._chain.head.number, "target": wanted}

    def _target(self, target: Any) -> int:
        if not isinstance(target, dict) or len(target) != 1:
            raise RpcError(INVALID_PARAMS, 'Invalid params: a target wanted, as {"block": N}')
        ((kind, value),) = target.items()
        head, slot_ms = self._chain.head.number, self._chain.options.slot_ms
        match kind:
            case "block":
                return self._ahead(natural(value, "block number", ANY))
            case "by_blocks":
                return head + natural(value, "count", ANY)
            case "by_ms":
                return head + -(-natural(value, "milliseconds", ANY) // slot_ms)
            case "until_ms":
                since = natural(value, "milliseconds", ANY) - self._chain.options.genesis_time_ms
                return self._ahead(max(0, -(-since // slot_ms)))
            case "epoch":
                return next_epoch(self._chain.view(), None if value is None else natural(value, "netuid", 1 << 16))
        raise RpcError(INVALID_PARAMS, f"Invalid params: no target {str(kind)[:40]!r}")

    def _ahead(self, block: int) -> int:
        if block < self._chain.head.number:
            message = f"the chain is at block {self._chain.head.number}, beyond block {block}"
            raise Refused(message, "time goes forward only; snapshots go back: netctl chain revert NAME")
        return block

    def _near(self, block: int) -> int:
        ahead = block - self._chain.head.number
        if ahead > MAX_WARPED:
            slot_ms = self._chain.options.slot_ms
            message = f"that is {ahead:,} blocks ahead, at {slot_ms} ms of chain time each"
            raise Refused(message, f"go {MAX_WARPED:,} blocks at a time at most")
        return block

    @method("dev_pause")
    def pause(self) -> dict[str, Any]:
        """No blocks by the clock, nor at once under instant sealing, until dev_resume or a restart."""
        self._chain.pace.pause()
        return self._pace()

    @method("dev_resume")
    def resume(self) -> dict[str, Any]:
        """Blocks again."""
        self._chain.pace.resume()
        seal_if_instant(self._chain)
        return self._pace()

    @method("dev_setSpeed")
    def set_speed(self, speed: Any) -> dict[str, Any]:
        """So many times the pace of the options, until a restart."""
        if not isinstance(speed, int | float) or isinstance(speed, bool):
            raise RpcError(INVALID_PARAMS, "Invalid params: a number wanted")
        with obeying():
            self._chain.pace.set_speed(float(speed) if speed < ANY else inf)
        return self._pace()

    @method("dev_setFinalityLag")
    def set_finality_lag(self, blocks: Any) -> dict[str, int]:
        """Blocks are final when so many are above them, until a restart; gives head and finalized head."""
        with obeying():
            self._chain.set_finality_lag(natural(blocks, "count"))
        return {"block": self._chain.head.number, "finalized": self._chain.finalized, "lag": self._chain.heads.lag}

    def _pace(self) -> dict[str, Any]:
        pace = self._chain.pace
        return {"paused": pace.is_paused, "speed": pace.speed, "interval_s": pace.interval_s}


async def _serve_others() -> None:
    for _ in range(BREATH):
        await asyncio.sleep(0)


def next_epoch(view: View, netuid: int | None) -> int:
    """The block of a subnet's next epoch; Refused for one without, or where None could mean several."""
    subnets = [each for each in ownership.netuids(view) if each != ownership.ROOT_NETUID]
    if netuid is None:
        if not subnets:
            raise Refused("there is no subnet with epochs yet", MAKE_ONE)
        if len(subnets) != 1:
            message = f"there are {len(subnets)} subnets: {', '.join(map(str, subnets))}"
            raise Refused(message, "say whose epoch: netctl chain warp next-epoch --netuid N")
        netuid = subnets[0]
    if netuid not in subnets:
        known = ", ".join(map(str, subnets))
        message = f"there is no subnet {netuid} with epochs" + (f", there are: {known}" if known else " yet")
        raise Refused(message, "give one of these as --netuid" if known else MAKE_ONE)
    if not items.TEMPO.get(view, netuid):
        raise Refused(f"subnet {netuid} has no epochs: its tempo is 0", "set a tempo: sudo_set_tempo")
    return max(view.block + 1, tempo.next_epoch_block(view, netuid))
