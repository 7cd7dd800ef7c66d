"""chain_*: blocks and headers, and their subscriptions."""

from __future__ import annotations

from typing import Any

from netctl.devchain.chain import Chain, Sealed
from netctl.devchain.header import Header
from netctl.devchain.rpc.lookup import block_number
from netctl.devchain.rpc.protocol import method, natural, session_method, to_hex
from netctl.devchain.rpc.session import Session


class ChainMethods:
    """The head is the highest block; the finalized head is it too unless finality lags."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    @method("chain_getHead")
    def head(self) -> str:
        """The hash of the highest block."""
        return to_hex(self._chain.head_hash)

    @method("chain_getFinalizedHead", "chain_getFinalisedHead")
    def finalized_head(self) -> str:
        """The hash of the highest block that is final."""
        return to_hex(self._chain.block_hash(self._chain.finalized) or self._chain.head_hash)

    @method("chain_getBlockHash")
    def block_hash(self, number: Any = None) -> str | list[str | None] | None:
        """The hash of a block by number, of several for a list, of the head for none."""
        if number is None:
            return self.head()
        if isinstance(number, list):
            return [self._hash_of(each) for each in number]
        return self._hash_of(number)

    def _hash_of(self, number: Any) -> str | None:
        found = self._chain.block_hash(natural(number, "block number"))
        return None if found is None else to_hex(found)

    @method("chain_getHeader")
    def header(self, block_hash: Any = None) -> dict[str, Any] | None:
        """A header; null for an unknown block."""
        number = block_number(self._chain, block_hash)
        found = None if number is None else self._chain.header(number)
        return None if found is None else found.for_clients()

    @method("chain_getBlock")
    def block(self, block_hash: Any = None) -> dict[str, Any] | None:
        """A block with its extrinsics; null for an unknown one."""
        number = block_number(self._chain, block_hash)
        header = None if number is None else self._chain.header(number)
        if number is None or header is None:
            return None
        body = [to_hex(raw) for raw in self._chain.store.body(number) or []]
        return {"block": {"header": header.for_clients(), "extrinsics": body}, "justifications": None}

    @session_method("chain_subscribeNewHeads", "chain_subscribeNewHead", "subscribe_newHead")
    def subscribe_new(self, session: Session) -> str:
        """Every new header, beginning with the present one."""
        return self._subscribe(session, "chain_newHead")

    @session_method("chain_subscribeAllHeads")
    def subscribe_all(self, session: Session) -> str:
        """The same: a block that is no head is never made."""
        return self._subscribe(session, "chain_allHead")

    def _subscribe(self, session: Session, told_as: str) -> str:
        listeners = self._chain.listeners

        def tell(sealed: Sealed) -> None:
            session.notify(told_as, subscription, sealed.header.for_clients())

        subscription = session.subscribe(lambda: listeners.remove(tell))
        session.notify(told_as, subscription, self._chain.head.for_clients())
        listeners.append(tell)
        return subscription

    @session_method("chain_subscribeFinalizedHeads", "chain_subscribeFinalisedHeads")
    def subscribe_finalized(self, session: Session) -> str:
        """Every header that becomes final, beginning with the last that did."""
        listeners = self._chain.finality_listeners

        def tell(header: Header) -> None:
            session.notify("chain_finalizedHead", subscription, header.for_clients())

        subscription = session.subscribe(lambda: listeners.remove(tell))
        last = self._chain.header(self._chain.finalized)
        tell(last if last is not None else self._chain.head)
        listeners.append(tell)
        return subscription

    @session_method(
        "chain_unsubscribeNewHeads",
        "chain_unsubscribeNewHead",
        "unsubscribe_newHead",
        "chain_unsubscribeAllHeads",
        "chain_unsubscribeFinalizedHeads",
        "chain_unsubscribeFinalisedHeads",
    )
    def unsubscribe(self, session: Session, subscription: Any) -> bool:
        """End a subscription."""
        return session.unsubscribe(subscription)
