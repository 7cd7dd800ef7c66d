"""The transaction pool: in arrival order, an account's own by nonce; nonces still to come wait."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from itertools import count

from netctl.devchain.errors import PoolRejection
from netctl.devchain.validity import Candidate

LIMIT = 20_000
TOO_LOW = "The transaction has too low priority to replace another transaction already in the pool."


class Pool:
    """Candidates by hash, and by signer and nonce. Nothing of it survives the process."""

    def __init__(self) -> None:
        self._by_hash: dict[bytes, Candidate] = {}
        self._by_signer: dict[str, dict[int, Candidate]] = {}
        self._arrivals: dict[bytes, int] = {}
        self._next_arrival = count()

    def __len__(self) -> int:
        return len(self._by_hash)

    def __contains__(self, extrinsic_hash: bytes) -> bool:
        return extrinsic_hash in self._by_hash

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self._by_hash.values())

    def check_free(self, candidate: Candidate) -> None:
        """PoolRejection for one that is here already, that may not replace another, or when the pool is full."""
        extrinsic = candidate.extrinsic
        if extrinsic.hash in self._by_hash:
            raise PoolRejection(1013, "Transaction Already Imported", "0x" + extrinsic.hash.hex())
        rival = self._rival(candidate)
        if rival is not None and rival.extrinsic.tip >= extrinsic.tip:
            message = f"Priority is too low: ({rival.extrinsic.tip} vs {extrinsic.tip})"
            raise PoolRejection(1014, message, TOO_LOW)
        if rival is None and len(self) >= LIMIT:
            full = "The transaction couldn't enter the pool because of the limit"
            raise PoolRejection(1016, "Immediately Dropped", full)

    def add(self, candidate: Candidate) -> Candidate | None:
        """Take it in; gives the one that it replaces."""
        extrinsic = candidate.extrinsic
        rival = self._rival(candidate)
        if rival is not None:
            self.remove(rival.extrinsic.hash)
        self._by_hash[extrinsic.hash] = candidate
        self._arrivals[extrinsic.hash] = next(self._next_arrival)
        if extrinsic.signer is not None:
            self._by_signer.setdefault(extrinsic.signer, {})[extrinsic.nonce] = candidate
        return rival

    def put_back(self, taken: tuple[Candidate, int]) -> None:
        """Take one in again where it stood in the line."""
        candidate, arrival = taken
        self.add(candidate)
        self._arrivals[candidate.extrinsic.hash] = arrival

    def forget_births(self, above: int) -> None:
        """Signatures that were checked against blocks above this one are to be checked again."""
        for candidate in self:
            if candidate.birth is not None and candidate.birth > above:
                candidate.birth = None

    def remove(self, extrinsic_hash: bytes) -> tuple[Candidate, int] | None:
        """Forget one, and give it with its place in the line; None if it is not here."""
        candidate = self._by_hash.pop(extrinsic_hash, None)
        if candidate is None:
            return None
        arrival = self._arrivals.pop(extrinsic_hash)
        signer = candidate.extrinsic.signer
        if signer is not None:
            by_nonce = self._by_signer[signer]
            del by_nonce[candidate.extrinsic.nonce]
            if not by_nonce:
                del self._by_signer[signer]
        return candidate, arrival

    def next_nonce(self, signer: str, nonce: int) -> int:
        """The first nonce from `nonce` on that nothing in the pool uses."""
        used = self._by_signer.get(signer, {})
        while nonce in used:
            nonce += 1
        return nonce

    def ready(self, nonce_of: Callable[[str], int]) -> Iterator[Candidate]:
        """Those that can be in the next block, one after the other, given each signer's nonce on the chain."""
        line: list[tuple[int, bytes]] = []
        for signer, by_nonce in self._by_signer.items():
            first = by_nonce.get(nonce_of(signer))
            if first is not None:
                line.append(self._place(first))
        line.extend(self._place(each) for each in self if each.extrinsic.signer is None)
        heapq.heapify(line)
        while line:
            candidate = self._by_hash[heapq.heappop(line)[1]]
            extrinsic = candidate.extrinsic
            if extrinsic.signer is not None:
                follower = self._by_signer[extrinsic.signer].get(extrinsic.nonce + 1)
                if follower is not None:
                    heapq.heappush(line, self._place(follower))
            yield candidate

    def over(self, nonce_of: Callable[[str], int], block: int) -> list[Candidate]:
        """Those that cannot be in a block after this one: their nonce is used, or their era ends."""
        nonces = {signer: nonce_of(signer) for signer in self._by_signer}
        return [each for each in self if _is_over(each, nonces, block)]

    def _place(self, candidate: Candidate) -> tuple[int, bytes]:
        extrinsic_hash = candidate.extrinsic.hash
        return self._arrivals[extrinsic_hash], extrinsic_hash

    def _rival(self, candidate: Candidate) -> Candidate | None:
        extrinsic = candidate.extrinsic
        return None if extrinsic.signer is None else self._by_signer.get(extrinsic.signer, {}).get(extrinsic.nonce)


def _is_over(candidate: Candidate, nonces: dict[str, int], block: int) -> bool:
    extrinsic = candidate.extrinsic
    death = candidate.death(block)
    if death is not None and death <= block + 1:
        return True
    return extrinsic.signer is not None and extrinsic.nonce < nonces[extrinsic.signer]
