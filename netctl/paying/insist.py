"""Doing something on the chain until it is done: look first, then act, wait and look again where waiting can help."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from netctl.errors import ChainError, ChainUnreachable, OutcomeUnknown
from netctl.paying import refusals, settling
from netctl.ports import World

Look = Callable[[], Awaitable[bool]]
Act = Callable[[], Awaitable[None]]

LONGEST_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to insist: at most so many attempts, none begun after the deadline; waits start at `first_wait_s`."""

    attempts: int = 5
    deadline_s: float = 300.0
    first_wait_s: float = 1.0


def backoff_s(attempt: int, first_wait_s: float, chance: float) -> float:
    """The wait after attempt 1, 2, ...: doubling up to a minute, between half and all of it by `chance` (0..1).

    Step 0 is half of the first wait: short enough to be in the next block.
    """
    return float(min(LONGEST_WAIT_S, first_wait_s * 2 ** (attempt - 1)) * (0.5 + chance / 2))


USUAL = Patience()


async def until_done(
    world: World,
    *,
    is_done: Look,
    act: Act,
    signer_ss58: str,
    patience: Patience,
    say: Callable[[str], None],
) -> None:
    """Run `act` until it succeeds or `is_done` shows that the chain has it; never acts without a look before.

    After an unknown outcome the payment is settled before anything else is tried. A registration window that is full
    uses up no attempt, only time. Raises the last error when attempts
    or time run out, and at once what no waiting can mend.
    """
    started = world.clock.now()
    unsettled = False
    attempt = closed = 0
    while True:
        attempt += 1
        try:
            if unsettled:
                await settling.settle(world, [signer_ss58])
                unsettled = False
            if await is_done():
                return
            await act()
        except ChainError as error:
            unsettled = unsettled or isinstance(error, OutcomeUnknown | ChainUnreachable)
            if refusals.is_closed_window(error):
                attempt, closed = attempt - 1, closed + 1
            step = 0 if refusals.opens_next_block(error) else attempt + closed
            wait_s = backoff_s(step, patience.first_wait_s, random.random())
            in_time = world.clock.now() - started + wait_s <= patience.deadline_s
            passes = isinstance(error, OutcomeUnknown) or refusals.can_pass(error)
            if not (passes and in_time and attempt < patience.attempts):
                if await _shows(world, signer_ss58, is_done):
                    return
                raise
            counted = f"attempt {attempt} of {patience.attempts}" if attempt else "the window is closed"
            say(f"{counted}: {error.message}; again in {wait_s:.1f} s")
            await world.clock.sleep(wait_s)
        else:
            return


async def _shows(world: World, signer_ss58: str, is_done: Look) -> bool:
    """One last look: the refusal may be that it is there already, an unknown outcome may have become known."""
    try:
        await settling.settle(world, [signer_ss58])
        return await is_done()
    except ChainError:
        return False
