"""Every operation with bittensor 10, which is asked as bittensor 9 is, but for a few methods."""

from __future__ import annotations

from typing import Any

import bittensor as bt
from walk_bittensor9 import URL, Walk, done, main


class Walk10(Walk):
    """What bittensor 10 calls otherwise, and what it has more or less than 9."""

    def netuids(self) -> list[int]:
        return list(self.client.get_all_subnets_netuid())

    def register_limit(self) -> str:  # type: ignore[override]
        """register, with a limit"""
        price = int(self.stored("Burn", self.netuid))
        low = self.client.register_limit(self.second, self.netuid, bt.Balance.from_rao(price // 2))
        assert not low.success
        assert "RegistrationPriceLimitExceeded" in low.message, low
        done(self.client.register_limit(self.second, self.netuid, bt.Balance.from_rao(price * 2)))
        self.uid(self.second)
        return ""

    def register_pow(self) -> str | None:
        """register, proof of work"""
        done(self.client.register(self.free, self.netuid))  # the later steps count on its uid
        self.uid(self.free)
        raise NotImplementedError("the SDK has no proof of work: its `register` pays")

    def listed(self) -> list[tuple[str, int, int]]:
        found: list[Any] = self.client.get_stake_info_for_coldkey(self.wallet.coldkeypub.ss58_address)
        return [(each.hotkey_ss58, each.netuid, int(each.stake.rao)) for each in found]


if __name__ == "__main__":
    main(Walk10, URL)
