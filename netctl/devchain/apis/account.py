"""AccountNonceApi: what an account's next extrinsic is numbered."""

from __future__ import annotations

from netctl.devchain.pallet import Api, method
from netctl.devchain.pallets.ledger import ACCOUNT
from netctl.devchain.storage import View


class AccountNonce(Api):
    """By the state alone; extrinsics in the pool do not count."""

    name = "AccountNonceApi"

    @method
    def account_nonce(self, view: View, *, account: str) -> int:
        """The nonce."""
        return int(ACCOUNT.get(view, account)["nonce"])
