"""Registration windows of older chains: a full one is waited out, and costs time instead of attempts."""

from __future__ import annotations

import pytest

from netctl.errors import ExtrinsicRejected
from netctl.paying import insist
from netctl.paying.insist import Patience
from tests.phases.twin import Twin

pytestmark = pytest.mark.fast


async def insisting(code: str, refusals: int, patience: Patience) -> tuple[int, list[str]]:
    """How often was acted until it was done, and what was said; ExtrinsicRejected where patience ran out."""
    acted, said = 0, []

    async def act() -> None:
        nonlocal acted
        acted += 1
        if acted <= refusals:
            raise ExtrinsicRejected("refused", code=code)

    async def is_done() -> bool:
        return False

    await insist.until_done(
        Twin().world(), is_done=is_done, act=act, signer_ss58="5x", patience=patience, say=said.append
    )
    return acted, said


@pytest.mark.parametrize("code", ["TooManyRegistrationsThisBlock", "TooManyRegistrationsThisInterval"])
async def test_more_refusals_by_a_window_than_attempts_are_waited_out(code: str) -> None:
    acted, said = await insisting(code, 9, Patience(attempts=3, deadline_s=400, first_wait_s=0.5))
    assert acted == 10
    assert all(line.startswith("the window is closed") for line in said)


async def test_a_window_that_stays_closed_is_given_up_at_the_deadline() -> None:
    with pytest.raises(ExtrinsicRejected):
        await insisting("TooManyRegistrationsThisInterval", 10_000, Patience(attempts=3, deadline_s=60))


async def test_other_refusals_still_use_up_attempts() -> None:
    with pytest.raises(ExtrinsicRejected):
        await insisting("PriorityTooLow", 3, Patience(attempts=3, deadline_s=400))
    acted, _ = await insisting("PriorityTooLow", 2, Patience(attempts=3, deadline_s=400))
    assert acted == 3
