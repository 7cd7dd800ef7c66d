"""system_*, account_* and payment_*: who the node is, nonces, fees."""

from __future__ import annotations

from typing import Any

from netctl.devchain.chain import Chain
from netctl.devchain.extrinsic import parse_extrinsic
from netctl.devchain.fees import PROOF_SIZE, REF_TIME, fee_rao
from netctl.devchain.rpc.lookup import account_of, state_number
from netctl.devchain.rpc.protocol import hex_bytes, method

NAME, VERSION = "netctl devchain", "1.0.0"


class SystemMethods:
    """A node without peers."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    @method("system_accountNextIndex", "account_nextIndex")
    def next_index(self, account: Any) -> int:
        """The account's next nonce, the pool's extrinsics counted in."""
        return self._chain.next_nonce(account_of(account))

    @method("system_chain")
    def chain(self) -> str:
        """The chain's name."""
        return "Bittensor"

    @method("system_name")
    def name(self) -> str:
        """The node's name."""
        return NAME

    @method("system_version")
    def version(self) -> str:
        """The node's version."""
        return VERSION

    @method("system_chainType")
    def chain_type(self) -> str:
        """That this is a local chain."""
        return "Local"

    @method("system_properties")
    def properties(self) -> dict[str, Any]:
        """Address format, token and decimals."""
        return {"isEthereum": False, "ss58Format": 42, "tokenDecimals": 9, "tokenSymbol": "TAO"}

    @method("system_health")
    def health(self) -> dict[str, Any]:
        """Healthy, and alone."""
        return {"peers": 0, "isSyncing": False, "shouldHavePeers": False}

    @method("system_syncState")
    def sync_state(self) -> dict[str, int]:
        """Always in sync with itself."""
        head = self._chain.head.number
        return {"startingBlock": 0, "currentBlock": head, "highestBlock": head}

    @method("system_peers")
    def peers(self) -> list[Any]:
        """None."""
        return []

    @method("system_nodeRoles")
    def roles(self) -> list[str]:
        """The only author."""
        return ["Authority"]

    @method("payment_queryInfo")
    def query_info(self, extrinsic: Any, block_hash: Any = None) -> dict[str, Any]:
        """What an extrinsic would cost."""
        state_number(self._chain, block_hash)
        world = self._chain.world
        parsed = parse_extrinsic(hex_bytes(extrinsic, "extrinsic"), world.codec)
        fee = fee_rao(parsed, world.runtime.rule(*parsed.name))
        weight = {"ref_time": REF_TIME, "proof_size": PROOF_SIZE}
        return {"weight": weight, "class": "normal", "partialFee": str(fee)}
