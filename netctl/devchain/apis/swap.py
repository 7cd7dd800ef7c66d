"""SwapRuntimeApi: prices of alpha, and what an exchange would bring."""

from __future__ import annotations

from typing import Any

from netctl.devchain.pallet import Api, approximates, method
from netctl.devchain.pallets.subtensor import ownership, pool
from netctl.devchain.storage import View

Answer = dict[str, Any]


@approximates("prices are those of a plain constant product, without the chain's weighted pools")
class SwapApi(Api):
    """Prices are rao of TAO for one whole alpha. Slippage is what an exchange loses against the price before it."""

    name = "SwapRuntimeApi"

    @method
    def current_alpha_price(self, view: View, *, netuid: int) -> int:
        """Of one subnet."""
        return pool.price_rao(view, netuid)

    @method
    def current_alpha_price_all(self, view: View) -> list[Answer]:
        """Of every subnet."""
        return [{"netuid": netuid, "price": pool.price_rao(view, netuid)} for netuid in ownership.netuids(view)]

    @method
    def sim_swap_tao_for_alpha(self, view: View, *, netuid: int, tao: int) -> Answer:
        """Buying alpha."""
        swap = pool.quote_buy(view, netuid, tao)
        ideal = (tao - swap.fee) * pool.RAO // max(1, pool.price_rao(view, netuid))
        return view.codec.struct(
            "SimSwapResult",
            tao_amount=tao - swap.fee,
            alpha_amount=swap.received,
            tao_fee=swap.fee,
            alpha_slippage=max(0, ideal - swap.received),
        )

    @method
    def sim_swap_alpha_for_tao(self, view: View, *, netuid: int, alpha: int) -> Answer:
        """Selling alpha."""
        swap = pool.quote_sell(view, netuid, alpha)
        ideal = (alpha - swap.fee) * pool.price_rao(view, netuid) // pool.RAO
        return view.codec.struct(
            "SimSwapResult",
            tao_amount=swap.received,
            alpha_amount=alpha - swap.fee,
            alpha_fee=swap.fee,
            tao_slippage=max(0, ideal - swap.received),
        )
