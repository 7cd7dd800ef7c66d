"""How a stand-in of a rehearsal comes to each end that its pack knows; on the same chain as the checkout's neurons."""

from __future__ import annotations

import asyncio
import secrets
import socket
import sqlite3
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from netctl.adapters.chain import SdkChain
from netctl.adapters.keystore import SdkKeystore
from netctl.fleet import Fleet, Network, NeuronsCode, Strategy
from netctl.layout import files_of, work_of
from netctl.ports import Call
from tests.cli.foreign import by_alice
from tests.resi.bench import NETUID, Bench
from tests.resi.ends import STRAY, Change, End, keyfile, nobody_there, port_held, with_args, with_env, with_hotkey

SCALE = 600.0
"""Time runs so much faster: a metagraph is read again after two seconds."""


def a_standin(bench: Bench, fleet: Fleet, _: ExitStack) -> Fleet:
    """The same neuron, run by the stand-in."""
    return replace(fleet, code=NeuronsCode(None, Path(sys.executable), "rehearsal"), time_scale=SCALE)


def then(*changes: Change) -> Change:
    """One change after the other, on a stand-in."""

    def changed(bench: Bench, fleet: Fleet, stack: ExitStack) -> Fleet:
        for change in (a_standin, *changes):
            fleet = change(bench, fleet, stack)
        return fleet

    return changed


def a_miner(*changes: Change) -> Change:
    """miner_1 as a stand-in, to run beside a validator."""
    return lambda bench, _, stack: then(*changes)(bench, bench.changed("miner_1"), stack)


def elsewhere(_: Bench, fleet: Fleet, __: ExitStack) -> Fleet:
    return replace(fleet, netuid=4242)


def on_a_line(bench: Bench, fleet: Fleet, stack: ExitStack) -> Fleet:
    """The chain behind a line of its own, which `cut` cuts."""
    line = Line(bench.chain.url)
    stack.callback(line.cut)
    LINES.append(line)
    return replace(fleet, network=Network("local", line.url))


def cut(_: Bench, fleet: Fleet, __: ExitStack) -> Fleet:
    LINES.pop().cut()
    return fleet


LINES: list[Line] = []
"""The last one is that of the neuron that runs."""


class Line:
    """A relay of bytes between neurons and the chain."""

    def __init__(self, url: str) -> None:
        target = urlsplit(url)
        self._target = (target.hostname or "", target.port or 0)
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End what is connected, and take nothing more."""
        for end in (self._listener, *self._open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                self._open += [near, far]
                for here, there in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=(here, there), daemon=True).start()

    @staticmethod
    def _pass(here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while content := here.recv(1 << 16):
                there.sendall(content)
            there.shutdown(socket.SHUT_WR)


def no_strategy(_: Bench, fleet: Fleet, __: ExitStack) -> Fleet:
    (files_of(fleet, fleet.neurons[0].name) / "scraping_config.json").write_text('{"strategy": 5}')
    return fleet


def slow(_: Bench, fleet: Fleet, __: ExitStack) -> Fleet:
    """Scrapes once, and then not again while the test lasts."""
    strategy = Strategy("slow", ("77494",), 3_600_000)
    return replace(fleet, neurons=tuple(replace(n, strategy=strategy) for n in fleet.neurons))


def emptied(_: Bench, fleet: Fleet, __: ExitStack) -> Fleet:
    """Somebody deletes what it holds."""
    with closing(sqlite3.connect(work_of(fleet, fleet.neurons[0].name) / "store.sqlite", timeout=10)) as store, store:
        store.execute("DELETE FROM DataEntity")
    return fleet


def as_a_miner(bench: Bench, fleet: Fleet, _: ExitStack) -> Fleet:
    """On a key that has no stake."""
    miner = bench.neuron("miner_2")
    neurons = (replace(n, wallet=miner.wallet, hotkey=miner.hotkey) for n in fleet.neurons)
    return replace(fleet, neurons=tuple(neurons))


def nowhere(_: Bench, fleet: Fleet, __: ExitStack) -> Fleet:
    return replace(fleet, neurons=tuple(replace(n, axon_ip="255.255.255.255") for n in fleet.neurons))


def pruned(bench: Bench, fleet: Fleet, _: ExitStack) -> Fleet:
    """Two others register, and take the uids of those who earn least, and of them of who came first."""

    async def register() -> None:
        node = SdkChain(bench.chain.url)
        settings = {"min_non_immune_uids": {"min": 0}, "min_allowed_uids": {"min_allowed_uids": 1}}
        settings |= {"max_allowed_uids": {"max_allowed_uids": 4}, "immunity_period": {"immunity_period": 0}}
        for name, values in settings.items():
            inner = Call("AdminUtils", f"sudo_set_{name}", {"netuid": NETUID, **values})
            await by_alice(node, Call("Sudo", "sudo", {"call": inner}))
        for _ in range(2):
            stranger = SdkKeystore(bench.place / "none").dev_signer(f"//{secrets.token_hex(8)}").ss58
            await by_alice(node, Call("SubtensorModule", "burned_register", {"netuid": NETUID, "hotkey": stranger}))
        await node.close()

    asyncio.run(register())
    return fleet


STANDINS: Mapping[tuple[str, str], End] = {
    ("not_registered", "miner"): End(
        "miner_1", "its hotkey is not registered on subnet 430", before=then(with_hotkey(STRAY))
    ),
    ("hotkey_unusable", "miner"): End("miner_1", "/broken cannot be used", before=then(keyfile(lambda _: b"no key"))),
    ("port_taken", "miner"): End("miner_1", "its axon cannot listen on", before=then(), after=port_held),
    ("subnet_missing", "miner"): End("miner_1", "there is no subnet 4242 on ws://", before=then(elsewhere)),
    ("chain_unreachable", "miner"): End("miner_1", "it did not reach the chain at ws://", before=then(nobody_there)),
    ("axon_unpublished", "miner"): End(
        "miner_1", "the chain did not take its axon 255.255.255.255:", before=then(nowhere), after=None
    ),
    ("chain_silent", "validator"): End(
        "validator_1",
        "does not answer it",
        before=then(on_a_line),
        begun="Validator running on step",
        meanwhile=cut,
        lives=True,
    ),
    ("bad_environment", "miner"): End(
        "miner_1",
        "MINER_EVAL_PERIOD_MINUTES holds 'soon', and should be a number above zero",
        before=then(with_env(MINER_EVAL_PERIOD_MINUTES="soon")),
    ),
    ("bad_strategy", "miner"): End("miner_1", "cannot be used: strategy: expected", before=then(), after=no_strategy),
    ("bad_arguments", "miner"): End(
        "miner_1",
        "it does not take its command line: argument --max_targets: invalid int value: 'many'",
        before=then(with_args(("max_targets", "many"))),
    ),
    ("no_permit", "validator"): End("validator_1", "it has no validator permit", before=then(as_a_miner), lives=True),
    ("empty_index", "validator"): End(
        "validator_1",
        "an index without buckets",
        before=then(),
        beside=a_miner(slow),
        beside_begun="Successfully scraped",
        beside_meanwhile=emptied,
        lives=True,
    ),
    ("refused_by_miners", "validator"): End(
        "validator_1",
        "a miner refuses it: it is no validator",
        before=then(),
        beside=a_miner(with_args(("vpermit_rao_limit", "100000000"))),
        lives=True,
    ),
    ("asked_too_often", "validator"): End(
        "validator_1",
        "because it asks too often",
        before=then(),
        beside=a_miner(with_env(MINER_EVAL_PERIOD_MINUTES="6000")),
        lives=True,
    ),
    # The last one: the chain is another one after it.
    ("registration_lost", "miner"): End(
        "miner_2",
        "its hotkey lost its uid on subnet 430",
        before=then(),
        begun="Miner starting at",
        meanwhile=pruned,
        lives=True,
    ),
}
