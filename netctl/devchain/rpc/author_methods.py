"""author_*: extrinsics into the pool, and what becomes of them."""

from __future__ import annotations

from typing import Any

from netctl.devchain.chain import Chain, Status
from netctl.devchain.rpc.protocol import hex_bytes, method, session_method, to_hex
from netctl.devchain.rpc.session import Session
from netctl.devchain.seal import seal_if_instant


def is_last(status: Status) -> bool:
    """Whether nothing comes after this."""
    if isinstance(status, str):
        return status in ("invalid", "dropped")
    return not status.keys().isdisjoint({"finalized", "usurped"})


class AuthorMethods:
    """Under instant sealing a submission's block is sealed before its answer is sent."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    @method("author_submitExtrinsic")
    def submit(self, extrinsic: Any) -> str:
        """Submit, and know the hash."""
        submitted = self._chain.submit(hex_bytes(extrinsic, "extrinsic"))
        seal_if_instant(self._chain)
        return to_hex(submitted)

    @session_method("author_submitAndWatchExtrinsic")
    def submit_and_watch(self, session: Session, extrinsic: Any) -> str:
        """Submit, and hear of it: a node's statuses, up to one that is_last."""
        raw = hex_bytes(extrinsic, "extrinsic")
        submitted: list[bytes] = []

        def tell(status: Status) -> None:
            session.notify("author_extrinsicUpdate", subscription, status)
            if is_last(status):
                session.unsubscribe(subscription)

        subscription = session.subscribe(lambda: self._chain.unwatch(submitted[0], tell) if submitted else None)
        try:
            submitted.append(self._chain.submit(raw, tell))
        except BaseException:
            session.unsubscribe(subscription)
            raise
        seal_if_instant(self._chain)
        return subscription

    @session_method("author_unwatchExtrinsic")
    def unwatch(self, session: Session, subscription: Any) -> bool:
        """Hear no more of it."""
        return session.unsubscribe(subscription)

    @method("author_pendingExtrinsics")
    def pending(self) -> list[str]:
        """What is in the pool."""
        return [to_hex(candidate.extrinsic.raw) for candidate in self._chain.pool]
