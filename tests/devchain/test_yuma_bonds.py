"""Bonds and dividends by hand, before Yuma 3 and with it, liquid alpha off and on. 65535 is one."""

from __future__ import annotations

import math
from typing import Any

import pytest

from netctl.devchain.pallets.subtensor.yuma import Settings, run
from netctl.devchain.pallets.subtensor.yuma.fixed import ONE, U16_MAX, divide, exp, multiply, proportion, to_u16
from netctl.devchain.pallets.subtensor.yuma.liquid_alpha import rate
from tests.devchain.yuma_cases import given

pytestmark = pytest.mark.fast

BOTH = {0: [(2, 1)], 1: [(2, 1)]}
FIRST_HOLDS_ALL = {0: [(2, U16_MAX)]}


def two_validators(**changes: Any) -> Any:
    """Equal stakes, one miner, whose bonds the first held alone."""
    return run(given([10, 10, 0], BOTH, **{"bonds": FIRST_HOLDS_ALL} | changes))


def test_bonds_follow_stake_slowly() -> None:
    """New shares are 1/2 each, a tenth of which counts: 0.05 + 0.9 = 0.95 and 0.05.

    0.95 * 65535 = 62258.25; 0.05 * 65535 = 3276.75; stored by the greatest: 0.05 / 0.95 * 65535 = 3449.2.
    """
    result = two_validators()
    assert result.dividends == [62_258, 3_276, 0]
    assert result.bonds == [[(2, U16_MAX)], [(2, 3_449)], []]


def test_bonds_with_whoever_registered_since_the_last_epoch_are_dropped() -> None:
    """Then only the new shares are left, 1/2 each. One block before it is the old neuron still."""
    assert two_validators(registered_at=[0, 0, 10]).dividends == [32_767, 32_767, 0]
    assert two_validators(registered_at=[0, 0, 9]).dividends == [62_258, 3_276, 0]


def test_yuma3_bonds_move_by_weight_and_stake_counts_afterwards() -> None:
    """Bonds: 0.1 * 1 + 0.9 * 1 = 1 and 0.1 * 1 = 0.1, stored as 65535 and 6553.5.

    Shares 10/11 and 1/11, times equal stakes: 59577.3 and 5957.7.
    """
    result = two_validators(yuma3=True)
    assert result.bonds == [[(2, U16_MAX)], [(2, 6_553)], []]
    assert result.dividends == [59_577, 5_957, 0]


def test_yuma3_dividends_weigh_stake() -> None:
    """Bonds as before, stakes 3/4 and 1/4: 10/11 * 3/4 to 1/11 * 1/4 is 30 to 1; 30/31 * 65535 = 63420.9."""
    result = run(given([30, 10, 0], BOTH, bonds=FIRST_HOLDS_ALL, yuma3=True))
    assert result.dividends == [63_420, 2_114, 0]


def test_liquid_alpha_is_slow_where_weight_is_consensus() -> None:
    """Difference 0: 1/(1+e^5) = 0.00669285 of the way from 0.70000763 to 0.90000763, 0.7013462; * 65535 = 45962.7."""
    result = two_validators(yuma3=True, liquid_alpha=True, consensus_mode="Current")
    assert result.bonds[1] == [(2, 45_962)]
    assert result.bonds[0][0][1] == pytest.approx(U16_MAX, abs=1)


def test_liquid_alpha_sells_by_how_far_the_bond_is_above_the_weight() -> None:
    """The first moves half of its weight to uid 3: bond 1, weight 1/2, difference 1/2, sigmoid 1/2, alpha 0.80000763.

    1 - alpha of the old and alpha of a half: 0.19999237 + 0.40000381 = 0.59999619; * 65535 = 39320.75.
    """
    weights = {0: [(2, 1), (3, 1)], 1: [(2, 1), (3, 1)]}
    fields = {"yuma3": True, "liquid_alpha": True, "consensus_mode": "Current"}
    result = run(given([10, 10, 0, 0], weights, bonds=FIRST_HOLDS_ALL, **fields))
    assert result.bonds[0][0] == (2, 39_320)


def test_liquid_alpha_buys_by_how_far_the_weight_is_above_consensus() -> None:
    """Consensus on uid 3 was 0 before: difference 1, sigmoid 0.99330715, alpha 0.89866906; * 65535 = 58894.3."""
    fields = {"yuma3": True, "liquid_alpha": True, "previous_consensus": [0, 0, 0]}
    assert two_validators(consensus_mode="Previous", **fields).bonds[1] == [(2, 58_894)]
    assert two_validators(consensus_mode="Auto", **fields).bonds[1] == [(2, 58_894)]
    assert two_validators(consensus_mode="Auto", bonds_penalty=65_534, **fields).bonds[1] == [(2, 45_962)]
    assert two_validators(consensus_mode="Current", **fields).bonds[1] == [(2, 45_962)]
    without = fields | {"previous_consensus": []}
    assert two_validators(consensus_mode="Previous", **without).bonds[1] == [(2, 45_962)]


def test_liquid_alpha_needs_yuma3() -> None:
    assert two_validators(liquid_alpha=True) == two_validators()


def test_liquid_alpha_drops_bonds_whose_weight_left_the_row_and_others_decay() -> None:
    """The first now gives all to uid 3. Without liquid alpha 0.9 of its bond stays; with it nothing does."""
    weights = {0: [(3, 1)], 1: [(3, 1)]}
    plain = run(given([10, 10, 0, 0], weights, bonds=FIRST_HOLDS_ALL, yuma3=True))
    assert plain.bonds[0] == [(2, 58_981), (3, 6_553)]
    liquid = run(given([10, 10, 0, 0], weights, bonds=FIRST_HOLDS_ALL, yuma3=True, liquid_alpha=True))
    assert [dest for dest, _ in liquid.bonds[0]] == [3]


def test_liquid_alpha_drops_bonds_whose_weight_was_clipped_to_nothing() -> None:
    """A quarter of stake alone weighs uid 3: its row is empty once clipped, unlike one that says zero itself."""
    fields = {"yuma3": True, "liquid_alpha": True, "bonds": {1: [(3, U16_MAX)]}}
    assert run(given([30, 10, 0, 0], {0: [(2, 1)], 1: [(3, 1)]}, **fields)).bonds[1] == []


@pytest.mark.parametrize(("penalty", "bond"), [(65_535, 3_276), (0, 6_553), (32_768, 4_915)])
def test_penalty_says_how_much_of_clipping_reaches_the_bonds(penalty: int, bond: int) -> None:
    """The third's weight of 1 for uid 3 is clipped to 1/2; a tenth of 1/2, of 1, and of 3/4 is its bond."""
    weights = {0: [(3, 1), (4, 1)], 1: [(3, 1), (4, 1)], 2: [(3, 1)]}
    result = run(given([30, 30, 40, 0, 0], weights, yuma3=True, bonds_penalty=penalty))
    assert result.bonds[2] == [(3, bond)]


def test_zero_weight_stays_in_the_row_for_liquid_alpha() -> None:
    """uid 3 is weighed with nothing: its bond decays at the rate of a sale from 1 to 0, 0.89866906; 0.10133 stays."""
    fields = {"yuma3": True, "liquid_alpha": True, "bonds": {0: [(3, U16_MAX)]}}
    result = run(given([10, 10, 0, 0], {0: [(2, 1), (3, 0)], 1: [(2, 1)]}, **fields))
    assert dict(result.bonds[0])[3] == pytest.approx(0.10133094 * U16_MAX, abs=1)


@pytest.mark.parametrize("power", [-20, -5.5, -1, -0.25, 0, 0.1, 1, 3, 8.5])
def test_exp_is_near_the_real_one(power: float) -> None:
    told = exp(int(power * ONE)) / ONE
    assert told == pytest.approx(math.exp(power), rel=1e-6, abs=1e-8)


def test_exp_has_thirty_two_terms_of_the_series() -> None:
    """That is too few for 19.5: e to that power is 294,267,566, and the runtime has 292,576,762 for it."""
    terms = sum(19.5**number / math.factorial(number) for number in range(32))
    assert exp(int(19.5 * ONE)) / ONE == pytest.approx(terms, rel=1e-9)


def test_exp_of_exactly_one_is_the_constant_of_23_bits() -> None:
    assert exp(ONE) == 22_802_600 << 9


def test_exp_holds_its_argument_within_twenty() -> None:
    assert exp(50 * ONE) == exp(20 * ONE)
    assert exp(-50 * ONE) == exp(-20 * ONE) == 8


def test_arithmetic_floors_products_cuts_quotients_and_saturates() -> None:
    assert multiply(-1, 1) == -1
    assert multiply(1 << 62, 1 << 62) == (1 << 63) - 1
    assert multiply(-(1 << 62), 1 << 62) == -(1 << 63)
    assert divide(-ONE, 3 * ONE) == -(ONE // 3)
    assert divide(ONE, 0) == divide(1 << 62, 1) == 0
    assert (to_u16(-ONE), to_u16(ONE - 1), to_u16(2 * ONE)) == (0, U16_MAX - 1, U16_MAX)


def test_rate_is_higher_the_further_a_weight_is_from_consensus() -> None:
    alpha = rate(Settings())
    rising = [alpha(0, weight * ONE // 10, 0) for weight in range(11)]
    assert rising == sorted(rising)
    assert rising[0] < rising[-1]
    falling = rate(Settings(alpha_steepness=-1_000))
    assert falling(0, 0, 0) > falling(0, ONE, 0)
    assert proportion(45_875) <= rising[0]
    assert rising[-1] <= proportion(58_982)
