"""The kinds of faults, where each one bites, and which options it takes."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from netctl.devchain.validity import OUTDATED

Layer = Literal["message", "source", "pool", "author", "finality", "state"]
SUBMIT = "author_submit*"


@dataclass(frozen=True)
class Kind:
    """One kind. `method` is the pattern that it means without being told; `needs` are options that must be given.

    `given` says what options are that were not. The summary names options in backticks.

    The layers: a message between client and chain, all that comes from one source address, an extrinsic on its way
    into the pool, one on its way into a block, finality, or the chain's own state, which outlives the process.
    """

    layer: Layer
    summary: str
    method: str = "*"
    takes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def options(self) -> tuple[str, ...]:
        """All that it takes, those of its own first."""
        method = ("method",) if self.layer == "message" else ()
        chance = () if self.layer in ("state", "finality") else ("count", "probability", "seed")
        return (*self.takes, *method, "for_s", *chance)


def _of_state(summary: str, *needs: str) -> Kind:
    return Kind("state", summary, takes=("netuid", *needs), needs=needs, given={"netuid": 1})


KINDS: dict[str, Kind] = {
    "drop": Kind("message", "a request is not heard, or a push not sent: nothing happens, nothing is answered"),
    "lose-answer": Kind("message", "a request is carried out and its answer is lost"),
    "delay": Kind("message", "an answer or a push comes late by `ms`", takes=("ms",), needs=("ms",)),
    "duplicate": Kind("message", "an answer or a push comes twice"),
    "refuse": Kind(
        "message",
        "a request is answered with an error `code` and `text`",
        takes=("code", "text"),
        given={"code": -32603, "text": "Internal error"},
    ),
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
        "pool",
        "the pool refuses: 1010 Invalid Transaction, because of `text`",
        takes=("signer", "text"),
        given={"text": OUTDATED},
    ),
    "pool-1014": Kind("pool", "the pool refuses: 1014 Priority is too low", takes=("signer",)),
    "withhold": Kind(
        "author", "extrinsics are taken into the pool, answered, and put into no block", takes=("signer",)
    ),
    "finality-lag": Kind("finality", "finality stays `blocks` behind the head", takes=("blocks",), needs=("blocks",)),
    "full-subnet": _of_state("the subnet has no slot left: who registers replaces somebody, if anybody may go"),
    "registration-closed": _of_state("the subnet takes no registration, by TAO or by work"),
    "price-jump": _of_state("registration costs `factor` times as much", "factor"),
    "alpha-jump": _of_state("the pool's alpha costs `factor` times as much", "factor"),
}


def main() -> None:
    """Print every kind as one JSON document: what it does, its options, and those that it needs."""
    kinds = {
        name: {"layer": kind.layer, "what": kind.summary, "options": kind.options, "needs": kind.needs}
        for name, kind in KINDS.items()
    }
    json.dump(kinds, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
