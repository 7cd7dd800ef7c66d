"""When blocks are sealed: by the clock, at once, or only when asked."""

from __future__ import annotations

import asyncio
import logging
import sqlite3

from netctl.devchain.chain import Chain

log = logging.getLogger(__name__)


async def seal_by_clock(chain: Chain) -> None:
    """Seal a block whenever the chain's pace says so, for ever. A block that was late is not made up for.

    A block that cannot be stored (a full disk) is tried again at every tick, and said once: nobody was told of it.
    """
    loop = asyncio.get_running_loop()
    due = loop.time()
    failed = False
    while True:
        due = max(due + chain.pace.interval_s, loop.time())
        if await chain.pace.changes_before(None if chain.pace.is_paused else due):
            due = loop.time()
            continue
        try:
            chain.seal()
        except sqlite3.Error as exc:
            if not failed:
                log.error("block %d could not be stored, trying on: %s", chain.head.number + 1, exc)  # noqa: TRY400
            failed = True
        else:
            if failed:
                log.warning("block %d is stored: the chain goes on", chain.head.number)
            failed = False


def seal_if_instant(chain: Chain) -> None:
    """Under instant sealing, a block as soon as there is something for it."""
    if chain.options.seal == "instant" and not chain.pace.is_paused and chain.has_ready():
        chain.seal()
