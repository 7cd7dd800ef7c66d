"""The chain as a library: `with DevChain() as chain: ... chain.url ...`.

It is a process of its own, so that nothing of a test's event loop can hold it up; it ends with the block, and with
the process that started it, however that dies.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from netctl.devchain import child
from netctl.devchain.remote import DevChainError, Remote

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
"""The rich dev account //Alice, which is also sudo."""
RAO = 10**9
FROZEN = "AdminActionProhibitedDuringWeightsWindow"
LONGEST_FREEZE = 64

Tao = int | float | str | Decimal


def rao_of(tao: Tao) -> int:
    """TAO as whole rao; ValueError for less than one rao, or a part of one."""
    try:
        rao = Decimal(str(tao)) * RAO
    except InvalidOperation:
        raise ValueError(f"{tao!r} is no amount of TAO") from None
    if not rao.is_finite() or rao != rao.to_integral_value() or rao < 0:
        raise ValueError(f"{tao} TAO is not a whole number of rao")
    return int(rao)


class DevChain(Remote):
    """One embedded chain, running from `start` (or `with`, or `async with`) to `stop`.

    `seal`: blocks come "instant", as soon as there is something for one, at an "interval" of `block_time_s` seconds,
    or by "manual" mining only. `first_netuid`: what the first new subnet gets. `endow`: TAO by ss58 address from the
    first block on. `data`: a directory to keep the chain in; a temporary one without. `compat`: metadata that SDKs
    before 11 can use too; without it the runtime's own types. `arguments`: more words for the program, see
    `python -m netctl.devchain --help`. DevChainError when the chain does not start, refuses a method or does not
    answer.
    """

    def __init__(
        self,
        *,
        seal: Literal["instant", "interval", "manual"] = "instant",
        block_time_s: float = 0.25,
        first_netuid: int | None = None,
        endow: Mapping[str, Tao] | None = None,
        data: Path | str | None = None,
        port: int = 0,
        compat: bool = True,
        arguments: Sequence[str] = (),
    ) -> None:
        super().__init__()
        if isinstance(arguments, str):
            raise TypeError(f"arguments are a list of words, not {arguments!r}")
        self._arguments = [
            *("--seal", seal, "--block-time", f"{block_time_s:g}"),
            *([] if first_netuid is None else ["--first-netuid", str(first_netuid)]),
            *(word for ss58, tao in (endow or {}).items() for word in ("--endow", f"{ss58}={rao_of(tao)}")),
            *([] if compat else ["--no-compat"]),
            *arguments,
        ]
        self._port = port
        self._data = None if data is None else Path(data).absolute()
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._hotkeys = count(1)
        self.genesis = ""
        self.log = Path()

    # Coming and going

    def start(self) -> Self:
        """Start the process and wait until it serves."""
        if self._process is not None:
            raise DevChainError("the chain runs already")
        try:
            if self._data is None and self._scratch is None:
                self._scratch = tempfile.TemporaryDirectory(prefix="devchain-", ignore_cleanup_errors=True)
            self._launch(self._port)
        except BaseException:
            self.stop()
            raise
        return self

    def _launch(self, port: int) -> None:
        if self._scratch is not None:
            # Its own process removes it, too: who is killed with -9 removes nothing.
            data = place = Path(self._scratch.name)
            kept = ["--temporary"]
        else:
            place = self._data or Path()
            data, kept = place / "chain", []
        self.log = place / "devchain.log"
        command = [sys.executable, "-P", "-m", "netctl.devchain", "--data", str(data), "--port", str(port)]
        try:
            place.mkdir(parents=True, exist_ok=True)
            log = self.log.open("ab")
        except OSError as error:
            raise DevChainError(f"the chain cannot be kept in {place}: {error.strerror or error}") from error
        with log:
            said = log.tell()
            self._process = child.launch([*command, *kept, *self._arguments], log)
        _, self.url, _, self.genesis, _, _ = child.ready_line(self._process, self.log, said).split()
        self.connect()

    def restart(self) -> None:
        """End the process, unless it has died, and start it again at the same address on the blocks that it has kept.

        As with a node the pool is lost, and pauses, speed and faults outside the chain's state are over.
        """
        process, port = self._process, self.url.rpartition(":")[2]
        if process is None:
            raise DevChainError("the chain does not run")
        self.disconnect()
        try:
            child.end(process, by_input=False)
            self._launch(int(port))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the process and remove a temporary directory; harmless when there is nothing to end."""
        process, self._process = self._process, None
        try:
            self.disconnect()
            if process is not None:
                child.end(process)
        finally:
            self.url = ""
            if self._scratch is not None:
                self._scratch.cleanup()
                self._scratch = None

    @property
    def pid(self) -> int | None:
        """The chain's process id; None while it does not run."""
        return None if self._process is None or self._process.poll() is not None else self._process.pid

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        starting = asyncio.create_task(asyncio.to_thread(self.start))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            # A thread hears of no cancellation, and nobody else would end what it starts.
            await asyncio.wait([starting])
            self.stop()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)

    # Acting on the chain

    def faucet(self, ss58: str, tao: Tao = 100) -> str:
        """New TAO for an account, in a block of its own; gives the block's hash."""
        return str(self.rpc("dev_faucet", ss58, rao_of(tao)))

    def call(
        self, pallet: str, function: str, *, origin: str | None = ALICE, **arguments: Any
    ) -> list[tuple[str, Any]]:
        """Run a call as any account (ss58), or as root for None; no key, no fee, a block of its own.

        Gives its events as (Pallet.Event, attributes); DevChainError names the chain's error.
        """
        done = self.rpc("dev_dispatch", origin, pallet, function, arguments)
        return [(name, attributes) for name, attributes in done["events"]]

    def sudo(self, pallet: str, function: str, **arguments: Any) -> list[tuple[str, Any]]:
        """Run a call as root."""
        return self.call(pallet, function, origin=None, **arguments)

    def set_hyperparameter(self, netuid: int, name: str, value: float | bool | str) -> None:
        """Set a subnet's hyperparameter by the name that the chain shows it under.

        In the setter's units: rao, blocks, 65535ths; a multiplier as 1.26. Waits out the freeze before an epoch.
        """
        for _ in range(LONGEST_FREEZE):
            try:
                self.rpc("dev_setHyperparameter", netuid, name, value)
            except DevChainError as error:
                if FROZEN not in str(error):
                    raise
            else:
                return
        raise DevChainError(f"subnet {netuid} let nobody set {name} in {LONGEST_FREEZE} blocks: {FROZEN}")

    def add_subnet(self, *, owner: str = ALICE, hotkey: str | None = None, active: bool = True) -> int:
        """A new subnet, started unless `active` is false; gives its netuid. Its uid 0 is `hotkey`, or a new one."""
        from bittensor_core import Keypair

        chosen = hotkey or Keypair.create_from_uri(f"//Alice//subnet//{owner}//{next(self._hotkeys)}").ss58_address
        events = dict(self.call("SubtensorModule", "register_network", origin=owner, hotkey=chosen))
        netuid = int(events["SubtensorModule.NetworkAdded"][0])
        if active:
            self.call("SubtensorModule", "start_call", origin=owner, netuid=netuid)
        return netuid

    def register(self, netuid: int, *, hotkey: str, coldkey: str) -> int:
        """Register a hotkey at the subnet's price, which the coldkey must have; gives the uid."""
        events = self.call("SubtensorModule", "burned_register", origin=coldkey, netuid=netuid, hotkey=hotkey)
        return next(int(told[1]) for name, told in events if name == "SubtensorModule.NeuronRegistered")
