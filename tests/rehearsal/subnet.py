"""A subnet for the stand-ins on an embedded chain, and the stand-ins as processes on it, all through the SDK."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bittensor as bt
from bittensor.sp_core import Keypair

from tests.chains import TAO, RunningChain
from tests.ports import free_ports

NETUID = 428
TEMPO_BLOCKS = 10
SETTINGS = (
    bt.calls.AdminUtils.sudo_set_tempo(netuid=NETUID, tempo=TEMPO_BLOCKS),
    bt.calls.AdminUtils.sudo_set_commit_reveal_weights_enabled(netuid=NETUID, enabled=False),
    bt.calls.AdminUtils.sudo_set_weights_set_rate_limit(netuid=NETUID, weights_set_rate_limit=0),
    bt.calls.AdminUtils.sudo_set_serving_rate_limit(netuid=NETUID, serving_rate_limit=0),
    bt.calls.AdminUtils.sudo_set_min_allowed_weights(netuid=NETUID, min_allowed_weights=1),
)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def dev_wallet(uri: str) -> Any:
    """A development key as both coldkey and hotkey."""
    key = Keypair.create_from_uri(uri)
    return SimpleNamespace(coldkey=key, coldkeypub=Keypair(ss58_address=key.ss58_address), hotkey=key)


@dataclass
class Process:
    """A stand-in that runs, with its two log files."""

    popen: subprocess.Popen[bytes]
    log: Path
    err: Path
    port: int

    def text(self) -> str:
        """Its stdout so far, without colours."""
        return COLOURS.sub("", self.log.read_text(encoding="utf-8"))

    def stop(self) -> int:
        """SIGTERM, and its exit code."""
        self.popen.terminate()
        return self.popen.wait(timeout=20)


@dataclass
class Subnet:
    """The subnet with its wallets; processes started from it are its to end."""

    chain: RunningChain
    client: bt.Client
    place: Path
    started: list[Process] = field(default_factory=list)

    async def settle(self) -> None:
        """Make the subnet with short epochs and without limits."""
        alice = dev_wallet("//Alice")
        (await self.client.execute(bt.RegisterSubnet(), dev_wallet("//Alice"))).raise_for_failure()
        (await self.client.execute(bt.StartCall(netuid=NETUID), alice)).raise_for_failure()
        for call in SETTINGS:
            sudo = bt.calls.Sudo.sudo(call=await self.client.compose(call))
            (await self.client.submit_call(sudo, alice)).raise_for_failure()

    def make_wallet(self, name: str) -> bt.Wallet:
        """A wallet on disk that the chain has never heard of."""
        wallet = bt.Wallet(name, "hot", str(self.place / "wallets"))
        wallet.create_new_coldkey(use_password=False, suppress=True)
        wallet.create_new_hotkey(suppress=True)
        return wallet

    async def join(self, name: str, *, stake_tao: float = 0) -> str:
        """Make a wallet on disk, fund it, register its hotkey, stake on it; returns the hotkey's address.

        The private half of the coldkey is gone afterwards: the stand-ins must not need it.
        """
        wallet = self.make_wallet(name)
        self.chain.faucet(wallet.coldkeypub.ss58_address, int((stake_tao + 100) * TAO))
        # Not BurnedRegister: after its shielded submission the SDK signs the next call with a nonce already used.
        register = bt.calls.SubtensorModule.register_limit(
            netuid=NETUID, hotkey=wallet.hotkey.ss58_address, limit_price=100 * TAO
        )
        (await self.client.submit_call(register, wallet)).raise_for_failure()
        if stake_tao:
            stake = bt.AddStake(netuid=NETUID, hotkey_ss58=wallet.hotkey.ss58_address, amount_tao=stake_tao)
            (await self.client.execute(stake, wallet, retries=2)).raise_for_failure()
        (self.place / "wallets" / name / "coldkey").unlink()
        return str(wallet.hotkey.ss58_address)

    def start(self, role: str, name: str, *args: str, **environment: str) -> Process:
        """Start a stand-in in a directory of its own."""
        (port,), place = free_ports(1), self.place / role / name
        place.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", f"netctl.rehearsal.{role}", "--netuid", str(NETUID)]
        command += ["--subtensor.network", self.chain.url, "--wallet.name", name, "--wallet.hotkey", "hot"]
        command += ["--wallet.path", str(self.place / "wallets"), "--axon.port", str(port)]
        command += ["--axon.external_ip", "127.0.0.1", "--logging.debug", *args]
        log, err = place / "out.log", place / "err.log"
        variables = {"MINER_EVAL_PERIOD_MINUTES": "5", "REHEARSAL_TIME_SCALE": "60", "PYTHONUNBUFFERED": "1"}
        variables |= {"REHEARSAL_PLACE": str(self.place / "rehearsal"), "REHEARSAL_NAME": name}
        with log.open("ab") as out, err.open("ab") as errors:
            popen = subprocess.Popen(
                command, cwd=place, stdout=out, stderr=errors, env=os.environ | variables | environment
            )
        self.started.append(Process(popen, log, err, port))
        return self.started[-1]

    async def metagraph(self) -> bt.Metagraph:
        found = await self.client.subnets.metagraph(NETUID, commitments=False)
        assert found is not None
        return found

    def end(self) -> None:
        for process in self.started:
            if process.popen.poll() is None:
                process.popen.kill()
                process.popen.wait(timeout=20)


async def until(what: str, holds: Callable[[], Any], deadline_s: float = 60) -> Any:
    """Poll until something is true; fails by name at the deadline."""
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline_s
    while loop.time() < end:
        found = holds()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"not within {deadline_s:g} s: {what}")
