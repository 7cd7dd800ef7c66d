"""The swap turned round: whatever the pool's shape, what is paid buys what is wanted, and hardly more."""

from __future__ import annotations

import math
import random

import pytest

from netctl.paying.purchase import Quote, tao_for
from tests.phases.fleets import TAO

pytestmark = pytest.mark.fast


class Pool:
    """A pool with a fee in 65535ths and a weight for each side; `asked` counts the quotes."""

    def __init__(self, tao: int, alpha: int, fee: int = 33, weight: float = 1.0) -> None:
        self.tao, self.alpha, self.fee, self.weight, self.asked = tao, alpha, fee, weight, 0

    def bought(self, tao: int) -> int:
        net = tao - tao * self.fee // 65_535
        if self.weight == 1.0:
            return self.alpha * net // (self.tao + net)
        return int(self.alpha * -math.expm1(-self.weight * math.log1p(net / self.tao)))

    async def quote(self, tao: int) -> int:
        self.asked += 1
        return self.bought(tao)

    async def cost(self, alpha: int) -> int | None:
        quote: Quote = self.quote
        return await tao_for(alpha, quote, tao_in_rao=self.tao, alpha_in_rao=self.alpha)


@pytest.mark.parametrize("wanted", [1, 17, TAO // 1000, 310 * TAO, 9_000 * TAO])
@pytest.mark.parametrize("pool", [(1_000_000, 1_000_000), (40_000, 900_000), (10_000, 10_000)])
async def test_a_plain_pool_takes_one_quote(wanted: int, pool: tuple[int, int]) -> None:
    market = Pool(pool[0] * TAO, pool[1] * TAO)
    cost = await market.cost(wanted)
    assert cost is not None
    assert wanted <= market.bought(cost) <= wanted + max(16 + market.alpha // market.tao, wanted // 500_000)
    assert market.asked <= 2


@pytest.mark.parametrize("seed", range(30))
async def test_any_pool_gives_what_was_wanted_and_a_millionth_more_at_most(seed: int) -> None:
    chance = random.Random(seed)
    tao, alpha = (int(10 ** chance.uniform(1, 7) * TAO) for _ in range(2))
    market = Pool(tao, alpha, chance.randrange(0, 2_000), chance.choice([1.0, 0.4, 0.7, 1.6]))
    wanted = int(alpha * 10 ** chance.uniform(-6, -0.2))
    cost = await market.cost(wanted)
    assert cost is not None
    assert wanted <= market.bought(cost)
    assert market.bought(cost - 1) < wanted or market.bought(cost) - wanted <= max(16, wanted // 1_000_000)
    assert market.asked <= 8


@pytest.mark.parametrize("wanted", [1_000 * TAO, 5_000 * TAO])
async def test_a_pool_cannot_give_all_it_has(wanted: int) -> None:
    assert await Pool(1_000 * TAO, 1_000 * TAO).cost(wanted) is None


async def test_the_last_alpha_of_a_pool_is_beyond_what_the_chain_takes() -> None:
    pool = Pool(1_000 * TAO, 1_000 * TAO)
    assert await pool.cost(1_000 * TAO - 1) is None


async def test_an_empty_pool_and_nothing_wanted() -> None:
    assert await Pool(0, 0).cost(TAO) is None
    assert await Pool(TAO, TAO).cost(0) == 0
