"""The worked case that the docs print: computed anew, and run on the chain."""

from __future__ import annotations

from fractions import Fraction

import pytest

from netctl.devchain.storage import Frame, Item
from tests.devchain.lab import TAO
from tests.oracle import worked
from tests.oracle.compare import assert_near
from tests.oracle.stage import Stage, a_stage
from tests.oracle.yuma import epoch


@pytest.mark.fast
def test_page_prints_what_the_rules_give() -> None:
    printed = worked.PAGE.read_text().split(worked.BEGIN)[1].split(worked.END)[0]
    assert printed.strip() == worked.text(), "run: python -m tests.oracle.worked"


@pytest.mark.fast
def test_case_is_small_enough_to_follow_on_paper() -> None:
    found = epoch(worked.case())
    assert found.incentive[2:] == [Fraction(13, 18), Fraction(5, 18)]
    assert worked.shown(Fraction(13, 18)) in worked.text()


@pytest.mark.parametrize("yuma3", [True, False], ids=["yuma 3", "yuma 2"])
def test_chain_gives_the_printed_numbers(yuma3: bool) -> None:
    with a_stage([60, 40, 0, 0]) as stage:
        stage.root("sudo_set_yuma3_enabled", netuid=1, enabled=yuma3)
        for uid, row in enumerate(worked.WEIGHTS[:2]):
            stage.weights(uid, row)
        stage.chain.seal(lambda frame: hold_exactly(frame, stage))
        stage.mine_epoch()
        found = epoch(worked.case(yuma3=yuma3))
        assert_near(stage.read("Consensus"), found.consensus, "Consensus")
        assert_near(stage.read("ValidatorTrust"), found.validator_trust, "ValidatorTrust")
        assert_near(stage.read("Incentive"), found.incentive, "Incentive")
        assert_near(stage.read("Dividends"), found.dividends, "Dividends")
        for uid in (0, 1):
            assert_near(dict(stage.read("Bonds", uid)), found.bonds[uid], "Bonds")


def hold_exactly(frame: Frame, stage: Stage) -> None:
    """Round stakes: no trade in a pool gives them."""
    for uid, alpha in enumerate(worked.STAKES[:2]):
        Item("SubtensorModule", "TotalHotkeyAlpha").put(frame, alpha * TAO, stage.hotkeys[uid].ss58_address, 1)
