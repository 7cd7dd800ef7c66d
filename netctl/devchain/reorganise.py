"""Reorganisations on demand: the last blocks are replaced by others of the same numbers."""

from __future__ import annotations

from netctl.devchain.author import Draft
from netctl.devchain.chain import Chain, Sealed
from netctl.devchain.errors import Refused
from netctl.devchain.extrinsic import parse_extrinsic
from netctl.devchain.growth import Fork
from netctl.devchain.store import Cut
from netctl.devchain.validity import Candidate


def reorganise(chain: Chain, depth: int, *, readmit: bool = True) -> list[Sealed]:
    """Replace the last `depth` blocks, none of them final, in one transaction; gives the new ones.

    Watchers of their extrinsics hear `retracted`. With `readmit` the extrinsics go back into the pool and, where still
    valid, into the new blocks; else they are told `dropped`. What grants wrote in the old blocks is gone. Refused if
    a block among them is final.
    """
    unfinal = chain.head.number - chain.finalized
    if depth < 1:
        raise Refused("a reorganisation replaces at least 1 block", "netctl chain reorg 3")
    if depth > unfinal:
        message = f"{depth} blocks cannot be replaced: {unfinal} of the head are not final"
        raise Refused(message, "let finality lag first: netctl chain finality 10")
    base = chain.head.number - depth
    old = [
        Candidate(parse_extrinsic(raw, chain.world.codec))
        for number in range(base + 1, chain.head.number + 1)
        for raw in (chain.store.body(number) or [])[1:]
    ]
    fork = Fork(Cut(base, chain.world.state.back_to(base)), tuple(old) if readmit else ())
    drafts = [Draft(replaces=chain.head_hash), *[Draft()] * (depth - 1)]
    sealed = chain.seal_drafts(drafts, fork)
    if not readmit:
        for candidate in old:
            chain.watching.tell(candidate.extrinsic.hash, "dropped", last=True)
    return sealed
