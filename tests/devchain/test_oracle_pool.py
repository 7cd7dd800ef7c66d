"""What each block puts into a subnet's pool, and how its average price moves, predicted from the state before."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from netctl.devchain.storage import Item
from tests.oracle import reading
from tests.oracle.coinbase import averaged_price, emit
from tests.oracle.stage import Stage, a_stage

BLOCKS = 40
CASES: dict[str, Callable[[Stage], None]] = {
    "no root stake": lambda stage: None,
    "root stake": lambda stage: stage.stake(stage.coldkeys[0], stage.hotkeys[0], 40_000, netuid=0),
    "root stake, and an average price above one": lambda stage: raised(stage, 3 << 31),
    "a falling price": lambda stage: thinner(stage, 2),
    "a price so high that little alpha goes in": lambda stage: thinner(stage, Fraction(1, 400)),
}


def raised(stage: Stage, bits: int) -> None:
    CASES["root stake"](stage)
    stage.chain.seal(lambda frame: Item("SubtensorModule", "SubnetMovingPrice").put(frame, {"bits": bits}, 1))


def thinner(stage: Stage, times: int | Fraction) -> None:
    """As much more alpha in the pool, and a pool whose average has far to go."""
    CASES["root stake"](stage)
    alpha = int(stage.read("SubnetAlphaIn") * times)
    stage.chain.seal(lambda frame: Item("SubtensorModule", "SubnetAlphaIn").put(frame, alpha, 1))


@pytest.mark.parametrize("case", CASES)
def test_blocks_fill_the_pool_and_move_the_average_as_predicted(case: str) -> None:
    with a_stage([300, 0, 0], tempo=60) as stage:
        CASES[case](stage)
        stage.mine()
        for _ in range(BLOCKS):
            before = stage.chain.view()
            pool, average = reading.pool(before, 1), reading.fixed(stage.read("SubnetMovingPrice"), 32)
            stood = {name: stage.read(name) for name in ("SubnetTAO", "SubnetAlphaIn", "SubnetAlphaOut")}
            issued = reading.read(before, "TotalIssuance")
            expected = emit(pool)
            stage.mine()
            assert abs(stage.read("SubnetTaoInEmission") - expected.tao_in) <= 2
            assert abs(stage.read("SubnetExcessTao") - expected.excess_tao) <= 2
            assert abs(stage.read("SubnetAlphaInEmission") - expected.alpha_in) <= 2
            assert stage.read("SubnetAlphaOutEmission") == expected.alpha_out
            view = stage.chain.view()
            came = stage.read("SubnetTAO") - stood["SubnetTAO"]
            assert came == reading.read(view, "TotalIssuance") - issued
            assert 10**9 - 1 <= came <= 10**9, "TAO in and excess are whole rao each: one may be lost between them"
            bought = stood["SubnetAlphaIn"] + stage.read("SubnetAlphaInEmission") - stage.read("SubnetAlphaIn")
            ideal = stood["SubnetAlphaIn"] * expected.excess_tao / (stood["SubnetTAO"] + expected.excess_tao)
            assert abs(bought - ideal) <= 2 + ideal / 10**4
            recycled = stood["SubnetAlphaOut"] + 10**9 + bought - stage.read("SubnetAlphaOut")
            assert abs(recycled - expected.recycled) <= 2
            moved = averaged_price(
                average, reading.price(stage.chain.view(), 1), **reading.averaging(stage.chain.view(), 1)
            )
            assert abs(reading.fixed(stage.read("SubnetMovingPrice"), 32) - moved) <= Fraction(4, 2**32)


def test_average_price_of_a_thinner_pool_falls() -> None:
    with a_stage([300, 0, 0], tempo=20) as stage:
        stage.root("sudo_set_ema_price_halving_period", netuid=1, ema_halving=10)
        stage.chain.seal(lambda frame: Item("SubtensorModule", "SubnetMovingAlpha").put(frame, {"bits": 1 << 29}))
        thinner(stage, 4)
        before = stage.read("SubnetMovingPrice")["bits"]
        for _ in range(10):
            average = reading.fixed(stage.read("SubnetMovingPrice"), 32)
            stage.mine()
            view = stage.chain.view()
            moved = averaged_price(average, reading.price(view, 1), **reading.averaging(view, 1))
            assert abs(reading.fixed(stage.read("SubnetMovingPrice"), 32) - moved) <= Fraction(4, 2**32)
        assert stage.read("SubnetMovingPrice")["bits"] < before * 2 // 3
