"""state_*: storage, runtime APIs, metadata and the runtime's version."""

from __future__ import annotations

from typing import Any

from netctl.devchain.chain import Chain, Sealed
from netctl.devchain.header import blake2_256
from netctl.devchain.queries import BadQuery
from netctl.devchain.rpc.lookup import state_number
from netctl.devchain.rpc.protocol import (
    CLIENT_ERROR,
    INVALID_PARAMS,
    Encoded,
    RpcError,
    hex_bytes,
    hex_list,
    method,
    natural,
    session_method,
    to_hex,
)
from netctl.devchain.rpc.session import Session

MAX_PAGE = 1000
MAX_UNPAGED = 100_000


class StateMethods:
    """Reads at any block in the window; no block hash means the head."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    def _get(self, key: bytes, number: int) -> bytes | None:
        return self._chain.world.state.get_at(key, number)

    @method("state_getStorage", "state_getStorageAt")
    def storage(self, key: Any, block_hash: Any = None) -> str | None:
        """The bytes at a key."""
        found = self._get(hex_bytes(key), state_number(self._chain, block_hash))
        return None if found is None else to_hex(found)

    @method("state_getStorageSize", "state_getStorageSizeAt")
    def size(self, key: Any, block_hash: Any = None) -> int | None:
        """How many bytes are at a key."""
        found = self._get(hex_bytes(key), state_number(self._chain, block_hash))
        return None if found is None else len(found)

    @method("state_getStorageHash", "state_getStorageHashAt")
    def hash(self, key: Any, block_hash: Any = None) -> str | None:
        """The hash of the bytes at a key."""
        found = self._get(hex_bytes(key), state_number(self._chain, block_hash))
        return None if found is None else to_hex(blake2_256(found))

    @method("state_queryStorageAt")
    def query(self, keys: Any, block_hash: Any = None) -> list[dict[str, Any]]:
        """Several keys at once; each is told as it was written by the client."""
        raw_keys = hex_list(keys)
        number = state_number(self._chain, block_hash)
        changes = []
        for sent, key in zip(keys, raw_keys, strict=True):
            found = self._get(key, number)
            changes.append([sent, None if found is None else to_hex(found)])
        return [{"block": to_hex(self._chain.block_hash(number) or b""), "changes": changes}]

    @method("state_getKeysPaged", "state_getKeysPagedAt")
    def keys_paged(self, prefix: Any, count: Any, start: Any = None, block_hash: Any = None) -> list[str]:
        """Keys that begin with a prefix, after `start`, in order."""
        limit = natural(count, "count")
        if limit > MAX_PAGE:
            raise RpcError(INVALID_PARAMS, f"count exceeds maximum value. value: {limit}, max: {MAX_PAGE}")
        after = None if start in (None, "", "0x") else hex_bytes(start)
        return self._page(hex_bytes(prefix), after, limit, block_hash)

    @method("state_getKeys", "state_getKeysAt")
    def keys(self, prefix: Any, block_hash: Any = None) -> list[str]:
        """All keys that begin with a prefix."""
        return self._page(hex_bytes(prefix), None, MAX_UNPAGED, block_hash)

    @method("state_getPairs")
    def pairs(self, prefix: Any, block_hash: Any = None) -> list[list[str | None]]:
        """All keys that begin with a prefix, with their values."""
        return [[key, self.storage(key, block_hash)] for key in self.keys(prefix, block_hash)]

    def _page(self, prefix: bytes, start: bytes | None, limit: int, block_hash: Any) -> list[str]:
        number = state_number(self._chain, block_hash)
        return [to_hex(key) for key in self._chain.world.state.page_at(prefix, start, limit, number)]

    @method("state_call", "state_callAt")
    def call(self, name: Any, data: Any = "0x", block_hash: Any = None) -> str:
        """A runtime API call, arguments and answer encoded."""
        if not isinstance(name, str):
            raise RpcError(INVALID_PARAMS, "Invalid params: method name wanted")
        raw = b"" if data is None else hex_bytes(data)
        number = state_number(self._chain, block_hash)
        try:
            return Encoded(self._chain.queries.answer(name, raw, number).text)
        except BadQuery as exc:
            raise RpcError(CLIENT_ERROR, f"Client error: Execution failed: Other: {exc}") from exc

    @method("state_getMetadata")
    def metadata(self, block_hash: Any = None) -> str:
        """Metadata version 14, as old clients want it."""
        state_number(self._chain, block_hash)
        return to_hex(self._chain.v14)

    @method("state_getRuntimeVersion", "chain_getRuntimeVersion")
    def runtime_version(self, block_hash: Any = None) -> dict[str, Any]:
        """The runtime's version; the same at every block."""
        del block_hash
        options = self._chain.options
        return {
            "specName": "node-subtensor",
            "implName": "node-subtensor",
            "authoringVersion": 1,
            "specVersion": options.spec,
            "implVersion": 1,
            "apis": [["0xdf6acb689907609b", 5], ["0x37e397fc7c91f5e4", 2], ["0xbc9d89904f5b923f", 1]],
            "transactionVersion": options.transaction_version,
            "systemVersion": 1,
            "stateVersion": 1,
        }

    @session_method("state_subscribeRuntimeVersion", "chain_subscribeRuntimeVersion")
    def subscribe_version(self, session: Session) -> str:
        """The runtime's version, told once: it never changes."""
        subscription = session.subscribe(lambda: None)
        session.notify("state_runtimeVersion", subscription, self.runtime_version())
        return subscription

    @session_method("state_subscribeStorage")
    def subscribe_storage(self, session: Session, keys: Any = None) -> str:
        """The values of keys now, and whenever a block changes them."""
        wanted = set(hex_list(keys or []))
        listeners = self._chain.listeners

        def tell(sealed: Sealed) -> None:
            changed = {key: value for key, value in sealed.changes.items() if key in wanted}
            if changed:
                session.notify("state_storage", subscription, _change_set(sealed.hash, changed))

        subscription = session.subscribe(lambda: listeners.remove(tell))
        now = {key: self._chain.world.state.get(key) for key in sorted(wanted)}
        session.notify("state_storage", subscription, _change_set(self._chain.head_hash, now))
        listeners.append(tell)
        return subscription

    @session_method("state_unsubscribeStorage", "state_unsubscribeRuntimeVersion", "chain_unsubscribeRuntimeVersion")
    def unsubscribe(self, session: Session, subscription: Any) -> bool:
        """End a subscription."""
        return session.unsubscribe(subscription)


def _change_set(block_hash: bytes, changes: dict[bytes, bytes | None]) -> dict[str, Any]:
    told = [[to_hex(key), None if value is None else to_hex(value)] for key, value in changes.items()]
    return {"block": to_hex(block_hash), "changes": told}
