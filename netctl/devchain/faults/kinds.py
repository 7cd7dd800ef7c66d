"""The kinds of faults, where each one bites, and which options it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Layer = Literal["message", "source", "pool", "author", "finality", "state"]
SUBMIT = "author_submit*"


@dataclass(frozen=True)
class Kind:
    """One kind. `method` is the pattern that it means without being told; `needs` are options that must be given.

    The layers: a message between client and chain, all that comes from one source address, an extrinsic on its way
    into the pool, one on its way into a block, finality, or the chain's own state, which outlives the process.
    """

    layer: Layer
    summary: str
    method: str = "*"
    takes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


KINDS: dict[str, Kind] = {
    "drop": Kind("message", "a request is not heard, or a push not sent: nothing happens, nothing is answered"),
    "lose-answer": Kind("message", "a request is carried out and its answer is lost"),
    "delay": Kind("message", "an answer or a push comes late by `ms`", takes=("ms",), needs=("ms",)),
    "duplicate": Kind("message", "an answer or a push comes twice"),
    "refuse": Kind("message", "a request is answered with an error `code` and `text`", takes=("code", "text")),
    "disconnect": Kind("message", "a request is carried out, then the connection is cut", SUBMIT),
    "hang": Kind("message", "the connection stays open and is never answered again, not even after the fault's end"),
    "unheard": Kind("message", "a submission is taken and can be included, but its client hears nothing more", SUBMIT),
    "handshake-429": Kind("source", "a new connection is answered 429 Too Many Requests"),
    "rate-limit": Kind(
        "source",
        "more than `rate` requests a second from one address are refused, and 429 at the handshake",
        takes=("rate",),
        needs=("rate",),
    ),
    "pool-1010": Kind(
        "pool", "the pool refuses: 1010 Invalid Transaction, because of `text`", takes=("signer", "text")
    ),
    "pool-1014": Kind("pool", "the pool refuses: 1014 Priority is too low", takes=("signer",)),
    "withhold": Kind(
        "author", "extrinsics are taken into the pool, answered, and put into no block", takes=("signer",)
    ),
    "finality-lag": Kind("finality", "finality stays `blocks` behind the head", takes=("blocks",), needs=("blocks",)),
    "full-subnet": Kind("state", "the subnet has no slot left: who registers replaces somebody", takes=("netuid",)),
    "registration-closed": Kind("state", "the subnet takes no registration, by TAO or by work", takes=("netuid",)),
    "price-jump": Kind(
        "state", "registration costs `factor` times as much", takes=("netuid", "factor"), needs=("factor",)
    ),
    "alpha-jump": Kind(
        "state", "the pool's alpha costs `factor` times as much", takes=("netuid", "factor"), needs=("factor",)
    ),
}
DEFAULTS: dict[str, object] = {"netuid": 1, "code": -32603, "text": None, "signer": None}
