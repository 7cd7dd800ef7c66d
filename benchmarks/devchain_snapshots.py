"""How long other clients of the embedded chain wait while it is copied: snapshot, revert, export and import.

    python benchmarks/devchain_snapshots.py [--blocks 100000] [--rounds 3]

The chain has its blocks on disk, one subnet with emission and a block four times a second. While one client asks for
a copy, another reads the head and a value in turn, and a third has a block made with new TAO in it; what is printed
is the longest wait of each for one answer, the worst of the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect

from netctl.devchain import DevChain

BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
NUMBER = "0x26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac"

Ask = Callable[..., Awaitable[Any]]


async def longest_waits(url: str, work: Callable[[Ask], Awaitable[Any]]) -> dict[str, float]:
    """Seconds: how long the work took, and the longest wait of a reader and of a writer meanwhile."""
    ids = count(1)
    longest: dict[str, float] = defaultdict(float)
    begun: dict[str, asyncio.Event] = {}

    async def client(run: Callable[[Ask], Awaitable[Any]]) -> None:
        async with connect(url, max_size=None, compression=None) as socket:

            async def ask(method: str, *params: Any) -> Any:
                request = {"jsonrpc": "2.0", "id": next(ids), "method": method, "params": params}
                await socket.send(json.dumps(request))
                answer = json.loads(await socket.recv())
                if "error" in answer:
                    raise SystemExit(f"error: {answer['error']}")
                return answer["result"]

            await run(ask)

    def again(name: str, *questions: tuple[Any, ...]) -> Callable[[Ask], Awaitable[Any]]:
        begun[name] = asyncio.Event()

        async def for_ever(ask: Ask) -> None:
            while True:
                begun[name].set()
                for question in questions:
                    began = time.perf_counter()
                    await ask(*question)
                    longest[name] = max(longest[name], time.perf_counter() - began)

        return for_ever

    others = [
        asyncio.create_task(client(again("reader", ("chain_getHeader",), ("state_getStorage", NUMBER)))),
        asyncio.create_task(client(again("writer", ("dev_faucet", BOB, 10**9)))),
    ]
    await asyncio.wait_for(asyncio.gather(*(each.wait() for each in begun.values())), 30)
    longest.clear()
    began = time.perf_counter()
    await client(work)
    took = time.perf_counter() - began
    for other in others:
        other.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    return {"took": took, **longest}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blocks", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, DevChain(seal="interval", data=place) as chain:
        chain.warp(to_block=args.blocks)
        worst: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for number in range(args.rounds):
            name, file = f"round-{number}", str(Path(place) / f"round-{number}.snapshot")
            works = (("dev_snapshot", name), ("dev_revert", name), ("dev_export", file), ("dev_import", file))
            for method, given in works:
                found = asyncio.run(longest_waits(chain.url, lambda ask, m=method, g=given: ask(m, g)))  # type: ignore[misc]
                for who, seconds in found.items():
                    worst[method][who] = max(worst[method][who], seconds)
        print(f"{args.blocks} blocks, the worst of {args.rounds} rounds")
        for method, found in worst.items():
            waits = ", ".join(f"{who} {seconds * 1000:.0f} ms" for who, seconds in found.items() if who != "took")
            print(f"{method:<13} {found['took']:6.2f} s   longest wait: {waits}")


if __name__ == "__main__":
    main()
