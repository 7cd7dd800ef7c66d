"""The program: `python -m netctl.devchain --data DIR --port N`.

Prints one line, `ready ws://127.0.0.1:PORT genesis 0x... pid N`, when it serves, and ends with 0 on SIGTERM or
SIGINT. It ends with 4 and two lines on stderr when the port is taken or the data directory is not its own.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from bittensor_core import ss58_decode

from netctl.devchain.apis import APIS
from netctl.devchain.archive import Archive
from netctl.devchain.chain import Chain
from netctl.devchain.dispatch import Runtime
from netctl.devchain.errors import ChainDataError, Refused
from netctl.devchain.genesis import build
from netctl.devchain.heads import LONGEST_LAG
from netctl.devchain.options import ChainOptions
from netctl.devchain.pallets import PALLETS
from netctl.devchain.pallets.ledger import EXISTENTIAL_DEPOSIT_RAO
from netctl.devchain.rpc.server import HOST, RpcServer
from netctl.devchain.seal import seal_by_clock

CANNOT_START = 4
MOST_ENDOWED_RAO = 21_000_000 * 10**9
"""All the TAO that there will ever be."""


def _endowment(text: str) -> tuple[str, int]:
    account, _, rao = text.partition("=")
    try:
        ss58_decode(account)
        amount = int(rao)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"SS58=RAO wanted, not {text!r}") from exc
    if not EXISTENTIAL_DEPOSIT_RAO <= amount <= MOST_ENDOWED_RAO:
        bounds = f"{EXISTENTIAL_DEPOSIT_RAO} to {MOST_ENDOWED_RAO} rao"
        raise argparse.ArgumentTypeError(f"an endowment of {bounds} wanted, not {text!r}")
    return account, amount


def _natural(least: int, most: int) -> Callable[[str], int]:
    """A parser of whole numbers within bounds."""

    def number(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"a number from {least} to {most} wanted, not {text}")
        return value

    return number


def _address(text: str) -> str:
    return str(ip_address(text))


def _block_time(text: str) -> float:
    seconds = float(text)
    if not 0.01 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"a block time between 0.01 and 3600 seconds wanted, not {text}")
    return seconds


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m netctl.devchain", description="An embedded Subtensor, on loopback.")
    made.add_argument("--data", type=Path, required=True, metavar="DIR", help="where blocks and state are kept")
    made.add_argument("--port", type=_natural(0, 65_535), default=9944, help="0 for a free one (default: %(default)s)")
    made.add_argument(
        "--host",
        type=_address,
        action="append",
        metavar="ADDRESS",
        help=f"where it listens, several times for several addresses; whoever reaches one rules it (default: {HOST})",
    )
    made.add_argument("--block-time", type=_block_time, default=0.25, metavar="SECONDS", help="wall time per block")
    made.add_argument(
        "--slot-ms", type=_natural(1, 3_600_000), metavar="MS", help="chain time per block (default: the block time)"
    )
    made.add_argument(
        "--seal", choices=("interval", "instant", "manual"), default="interval", help="when blocks are made"
    )
    made.add_argument(
        "--first-netuid", type=_natural(1, 65_535), metavar="N", help="netuid that the first new subnet gets"
    )
    made.add_argument(
        "--registration", choices=("price", "windows"), default="price", help="today's rule, or the older one with caps"
    )
    for name, what in (
        ("--regs-per-block", "registrations that a block takes"),
        ("--target-regs-per-interval", "a third of the registrations that an interval takes"),
        ("--adjustment-interval", "blocks of an interval"),
    ):
        made.add_argument(name, type=_natural(1, 65_535), metavar="N", help=f"{what}, under windows, in new subnets")
    made.add_argument(
        "--miner-stake",
        choices=("own", "owner"),
        default="own",
        help="with whom miners' earnings are staked where they say nothing: themselves, or the subnet's owner",
    )
    made.add_argument(
        "--compat",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="metadata that SDKs before 11 can use, too (default: yes)",
    )
    made.add_argument("--seed", default="devchain", help="makes another chain of the same options")
    made.add_argument("--endow", type=_endowment, action="append", default=[], metavar="SS58=RAO", help="at genesis")
    made.add_argument("--end-with-input", action="store_true", help="end when standard input does, as with a parent")
    made.add_argument("--temporary", action="store_true", help="remove DIR when standard input has ended the chain")
    made.add_argument(
        "--finality-lag",
        type=_natural(0, LONGEST_LAG),
        default=0,
        metavar="N",
        help="blocks that stay above the last final one (default: %(default)s)",
    )
    made.add_argument(
        "--import", type=Path, metavar="FILE", dest="import_file", help="become what an exported file holds, and end"
    )
    made.add_argument("--log-level", default="INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    return made


def options_of(args: argparse.Namespace) -> ChainOptions:
    """The chain's options as the command line says them."""
    slot_ms = args.slot_ms if args.slot_ms is not None else max(1, round(args.block_time * 1000))
    return ChainOptions(
        block_time_s=args.block_time,
        slot_ms=slot_ms,
        seal=args.seal,
        seed=args.seed,
        first_netuid=args.first_netuid,
        registration=args.registration,
        regs_per_block=args.regs_per_block,
        target_regs_per_interval=args.target_regs_per_interval,
        adjustment_interval=args.adjustment_interval,
        endow=tuple(args.endow),
        finality_lag=args.finality_lag,
        compat=args.compat,
        miner_stake=args.miner_stake,
    )


def _when_input_ends(then: Callable[[], object]) -> None:
    """A pipe ends with the process that held its other end, however that died."""

    def read() -> None:
        with suppress(OSError):
            while os.read(0, 4096):
                pass
        with suppress(RuntimeError):  # the loop may have ended of itself
            then()

    threading.Thread(target=read, daemon=True, name="input").start()


async def serve(chain: Chain, port: int, *, hosts: Sequence[str] = (HOST,), end_with_input: bool = False) -> bool:
    """Serve until SIGTERM or SIGINT, or until standard input ends if that is wanted; gives whether it was that."""
    stop, input_ended = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def end_too() -> None:
        input_ended.set()
        stop.set()

    if end_with_input:
        _when_input_ends(lambda: loop.call_soon_threadsafe(end_too))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    rpc = RpcServer(chain)
    server = await rpc.listen(port, hosts)
    bound = next(iter(server.sockets)).getsockname()[1]
    sys.stdout.write(f"ready ws://{hosts[0]}:{bound} genesis 0x{chain.genesis_hash.hex()} pid {os.getpid()}\n")
    sys.stdout.flush()
    sealing = asyncio.create_task(seal_by_clock(chain)) if chain.options.seal == "interval" else None
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait([stopped, *([sealing] if sealing is not None else [])], return_when=asyncio.FIRST_COMPLETED)
    await rpc.end(server)
    if sealing is not None and sealing.done():
        sealing.result()  # a chain without a clock must not look alive
    elif sealing is not None:
        sealing.cancel()
    return input_ended.is_set()


def import_file(chain: Chain, file: Path) -> int:
    """Have the chain become what a file holds, and say so; gives the exit code."""
    try:
        facts = asyncio.run(Archive(chain).restore(file))
    except Refused as exc:
        sys.stderr.write(f"error: {exc.message}\nhint: {exc.hint}\n")
        return CANNOT_START
    sys.stdout.write(f"imported block {facts.block} {facts.hash}\n")
    return 0


def main(argv: list[str] | None = None) -> int:
    """Run the chain; gives the exit code."""
    made = parser()
    args = made.parse_args(argv)
    hosts = tuple(dict.fromkeys(args.host or (HOST,)))
    if len(hosts) > 1 and not args.port:
        made.error("several addresses share one --port, so that it cannot be 0")
    logging.basicConfig(
        level=args.log_level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("netctl.devchain.rpc.server.websockets").setLevel(logging.CRITICAL)
    try:
        chain = Chain(options_of(args), Runtime(PALLETS, APIS), build, args.data)
    except ChainDataError as exc:
        sys.stderr.write(
            f"error: {exc}\nhint: start it as it was made, give another --data directory, or remove {args.data}\n"
        )
        return CANNOT_START
    is_over = False
    try:
        if args.import_file is not None:
            return import_file(chain, args.import_file)
        is_over = asyncio.run(serve(chain, args.port, hosts=hosts, end_with_input=args.end_with_input))
    except OSError as exc:
        hint = "give another --port, or 0" if len(hosts) == 1 else "give another --port, and addresses of this machine"
        sys.stderr.write(f"error: port {args.port} on {', '.join(hosts)}: {exc.strerror or exc}\nhint: {hint}\n")
        return CANNOT_START
    finally:
        chain.close()
        if is_over and args.temporary:
            shutil.rmtree(args.data, ignore_errors=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
