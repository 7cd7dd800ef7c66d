"""Executing a chain's stored blocks again on a twin, which must come to the same hashes."""

from __future__ import annotations

from collections.abc import Iterator

from netctl.devchain.author import Draft
from netctl.devchain.chain import Chain
from netctl.devchain.errors import ChainDataError
from netctl.devchain.extrinsic import parse_extrinsic
from netctl.devchain.grants import from_record
from netctl.devchain.header import decode_header, replaced_by
from netctl.devchain.store import Store
from netctl.devchain.validity import Candidate

BATCH = 64


def replay(store: Store, twin: Chain) -> int:
    """Give a fresh chain of the same options the blocks of a store; returns how many.

    Only bodies, grants and a fork's mark are taken from the store. ChainDataError at the first block whose hash, and
    with it state root or extrinsics, comes out otherwise.
    """
    tip = store.tip() or 0
    if twin.genesis_hash != store.hash_of(0):
        raise ChainDataError("block 0 differs: the twin has other options")
    for first in range(twin.head.number + 1, tip + 1, BATCH):
        numbers = range(first, min(first + BATCH, tip + 1))
        for sealed in twin.seal_drafts(_drafts(store, twin, numbers)):
            if sealed.hash != store.hash_of(sealed.header.number):
                raise ChainDataError(f"block {sealed.header.number} differs when it is executed again")
    return tip


def _drafts(store: Store, twin: Chain, numbers: range) -> Iterator[Draft]:
    for number in numbers:
        raw, record = store.header(number), store.grants(number)
        if raw is None:
            raise ChainDataError(f"block {number} is missing")
        body = store.body(number) or []
        candidates = [Candidate(parse_extrinsic(each, twin.world.codec)) for each in body[1:]]
        grants = [from_record(record)] if record else []
        yield Draft(grants, candidates, replaced_by(decode_header(raw)))
