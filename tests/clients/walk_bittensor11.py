"""Every operation with bittensor 11, by the asynchronous client and again by the synchronous one, on a subnet each.

A row is true when both say so, and what was done is read back from the chain.
"""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import json
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bittensor as bt
from bittensor.keyfiles import Keypair
from websockets.sync.client import connect

SM, ST, ADMIN = bt.storage.SubtensorModule, bt.calls.SubtensorModule, bt.calls.AdminUtils
ALONE: dict[str, Any] = {"fallback_endpoints": [], "archive_endpoints": []}
TAO = 10**9
STALE = (
    "at the second call: after a shielded registration bittensor 11.3.0 remembers the carrier's nonce and "
    "not the inner one's, so that this client's next call for the same account is stale, on any node"
)
NEVER_OPENED = (
    "committed and kept, never opened: that takes drand's pulses, which are made with a key that nothing here has"
)
Told = dict[str, tuple[bool | None, str]]


class Waited:
    """The asynchronous client (or a part of it) from plain code: whatever it gives to be awaited is awaited."""

    def __init__(self, target: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._target, self._loop = target, loop

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if inspect.isawaitable(found):
            return self._loop.run_until_complete(found)
        if inspect.iscoroutinefunction(found):
            return lambda *args, **options: self._loop.run_until_complete(found(*args, **options))
        return Waited(found, self._loop) if type(found).__module__.endswith("namespaces") else found


@contextmanager
def asynchronous(url: str) -> Any:
    """`async with bt.Client(...)`, on a loop of its own."""
    loop = asyncio.new_event_loop()
    client = bt.Client(url, **ALONE)
    loop.run_until_complete(client.__aenter__())
    try:
        yield Waited(client, loop)
    finally:
        loop.run_until_complete(client.__aexit__(None, None, None))
        loop.close()


@contextmanager
def synchronous(url: str) -> Any:
    """The SDK's own synchronous client."""
    with bt.SyncClient(url, **ALONE) as client:
        yield client


def developer(uri: str) -> Any:
    """A wallet of development keys, without files."""
    coldkey = Keypair.create_from_uri(uri)
    return SimpleNamespace(coldkey=coldkey, coldkeypub=coldkey, hotkey=Keypair.create_from_uri(f"{uri}//hot"))


def done(result: Any) -> Any:
    """A result that must be a success."""
    assert result.success, result.message
    return result


class Walk:
    """One client's way through the operations; each method's doc string is the operation that it does."""

    def __init__(self, client: Any, url: str, name: str) -> None:
        self.client, self.url, self.name = client, url, name
        self.alice = developer("//Alice")
        self.owner = developer(f"//Owner//{name}")
        self.free = developer(f"//Free//{name}")
        self.second = developer(f"//Second//{name}")
        self.wallet: Any = None
        self.netuid = 0

    def root(self, call: Any) -> None:
        """The call with root's origin."""
        done(self.client.submit_call(bt.calls.Sudo.sudo(call=self.client.compose(call)), self.alice))

    def fund(self, address: str, tao: int) -> None:
        done(self.client.execute(bt.Transfer(dest_ss58=address, amount_tao=tao), self.alice))

    def next_epoch(self) -> None:
        """Go to the block after the subnet's next epoch, by the chain's own method for it."""
        with connect(self.url) as socket:
            for method, params in (("dev_warp", [{"epoch": self.netuid}]), ("dev_mine", [1])):
                socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
                answer = json.loads(socket.recv(timeout=60))
                assert "error" not in answer, answer

    def uid(self, wallet: Any) -> int:
        uid = self.client.query(SM.Uids, [self.netuid, wallet.hotkey.ss58_address])
        assert uid is not None, "no uid on the chain"
        return int(uid)

    def connect(self) -> None:
        """connect"""
        spec = self.client.spec_version
        assert (spec() if callable(spec) else spec) == 461
        assert self.client.query(bt.storage.Sudo.Key) == self.alice.coldkey.ss58_address

    def wallets(self) -> None:
        """wallet"""
        place = str(Path.home() / "wallets")
        made = bt.wallets.create(self.name, "hot", place, use_password=False, on_mnemonic=lambda _role, _words: None)
        self.wallet = bt.Wallet(self.name, "hot", place)
        assert self.wallet.coldkey.ss58_address == made.coldkeypub.ss58_address
        assert self.wallet.hotkey.ss58_address == made.hotkey.ss58_address

    def balance(self) -> None:
        """balance"""
        account = self.client.query(bt.storage.System.Account, [self.alice.coldkey.ss58_address])
        read = self.client.balances.get(self.alice.coldkey.ss58_address)
        assert read.rao == int(account["data"]["free"]) > 0

    def transfer(self) -> None:
        """transfer"""
        address = self.wallet.coldkeypub.ss58_address
        self.fund(address, 1_000)
        assert self.client.balances.get(address).rao == 1_000 * TAO
        for other in (self.owner, self.second):
            self.fund(other.coldkey.ss58_address, 10_000)

    def register(self) -> None:
        """register, burned"""
        before = self.client.query(SM.TotalNetworks)
        done(self.client.execute(bt.RegisterSubnet(), self.owner))
        self.netuid = max(each.netuid for each in self.client.subnets.all())
        assert self.client.query(SM.TotalNetworks) == before + 1
        done(self.client.execute(bt.StartCall(netuid=self.netuid), self.owner))
        done(self.client.execute(bt.BurnedRegister(netuid=self.netuid), self.wallet))
        assert self.client.query(SM.Keys, [self.netuid, self.uid(self.wallet)]) == self.wallet.hotkey.ss58_address

    def register_limit(self) -> str:
        """register, with a limit"""
        hotkey, price = self.second.hotkey.ss58_address, int(self.client.query(SM.Burn, [self.netuid]))
        call = {"netuid": self.netuid, "hotkey": hotkey}
        low = self.client.submit_call(ST.register_limit(**call, limit_price=price // 2), self.second)
        assert not low.success
        assert low.error.name == "RegistrationPriceLimitExceeded", low.message
        done(self.client.submit_call(ST.register_limit(**call, limit_price=price * 2), self.second))
        self.uid(self.second)
        return "by `submit_call`: the SDK has no intent for it"

    def register_pow(self) -> None:
        """register, proof of work"""
        self.root(ADMIN.sudo_set_network_pow_registration_allowed(netuid=self.netuid, registration_allowed=True))
        for call in (ADMIN.sudo_set_min_difficulty(self.netuid, 1), ADMIN.sudo_set_difficulty(self.netuid, 1)):
            self.root(call)
        coldkey, hotkey = self.free.coldkey.ss58_address, self.free.hotkey.ss58_address
        mine = bt.Client(self.url, **ALONE)  # the synchronous client has no miner of its own
        proof = asyncio.run(_mined(mine, self.netuid, hotkey, coldkey))
        done(self.client.execute(proof, self.free))
        self.uid(self.free)
        assert self.client.balances.get(coldkey).rao == 0

    def uids(self) -> None:
        """uid"""
        found = self.client.neurons.uid(self.wallet.hotkey.ss58_address, self.netuid)
        assert found == self.uid(self.wallet)
        assert self.client.neurons.uid(self.alice.hotkey.ss58_address, self.netuid) is None

    def neurons(self) -> None:
        """neurons"""
        wanted = {each.hotkey.ss58_address for each in (self.owner, self.wallet, self.second, self.free)}
        for lite in (True, False):
            assert {each.hotkey for each in self.client.neurons.all(self.netuid, lite=lite)} == wanted

    def metagraph(self) -> None:
        """metagraph"""
        graph = self.client.subnets.metagraph(self.netuid)
        held = {each.hotkey: each.uid for each in graph.neurons}
        assert len(held) == 4
        assert held[self.wallet.hotkey.ss58_address] == self.uid(self.wallet)

    def serve_axon(self) -> None:
        """serve axon"""
        done(self.client.execute(bt.ServeAxon(netuid=self.netuid, ip="10.1.2.3", port=8091), self.wallet))
        axon = self.client.query(SM.Axons, [self.netuid, self.wallet.hotkey.ss58_address])
        assert (int(axon["ip"]), int(axon["port"])) == (0x0A010203, 8091)

    def held(self) -> int:
        """Rao of alpha that the wallet has on its own hotkey."""
        keys = (self.wallet.coldkeypub.ss58_address, self.wallet.hotkey.ss58_address)
        return int(self.client.staking.get(*keys, self.netuid).rao)

    def stake(self) -> str:
        """stake"""
        before, hotkey = self.held(), self.wallet.hotkey.ss58_address
        intent = bt.AddStake(hotkey_ss58=hotkey, netuid=self.netuid, amount_tao=500)
        stale = self.client.execute(intent, self.wallet)
        assert "nonce" in stale.message, stale.message
        done(self.client.execute(intent, self.wallet))
        assert self.held() > before
        return STALE

    def unstake(self) -> None:
        """unstake"""
        hotkey, before = self.wallet.hotkey.ss58_address, self.held()
        free = self.client.balances.get(self.wallet.coldkeypub.ss58_address).rao
        done(self.client.execute(bt.RemoveStake(hotkey_ss58=hotkey, netuid=self.netuid, amount_alpha=1), self.wallet))
        assert self.held() < before
        assert self.client.balances.get(self.wallet.coldkeypub.ss58_address).rao > free

    def weighed(self) -> list[tuple[int, int]]:
        return [
            (int(at), int(value)) for at, value in self.client.query(SM.Weights, [self.netuid, self.uid(self.wallet)])
        ]

    def weights(self) -> None:
        """weights, set"""
        for call in (
            ADMIN.sudo_set_weights_set_rate_limit(self.netuid, 0),
            ADMIN.sudo_set_commit_reveal_weights_enabled(self.netuid, False),
        ):
            self.root(call)
        self.next_epoch()
        miners = [self.uid(self.second), self.uid(self.free)]
        done(self.client.execute(bt.SetWeights(netuid=self.netuid, uids=miners, weights=[0.75, 0.25]), self.wallet))
        assert self.weighed() == [(miners[0], 65535), (miners[1], 21845)]

    def commit_and_reveal(self) -> str:
        """weights, committed and revealed"""
        self.root(ADMIN.sudo_set_commit_reveal_weights_enabled(self.netuid, True))
        self.root(ADMIN.sudo_set_commit_reveal_weights_interval(self.netuid, 1))
        miners, values, salt = [self.uid(self.second), self.uid(self.free)], [32768, 65535], [3, 1, 4]
        digest = _commit_hash(self.wallet.hotkey, self.netuid, miners, values, salt)
        commit = ST.commit_weights(netuid=self.netuid, commit_hash="0x" + digest.hex())
        done(self.client.submit_call(commit, self.wallet, signer="hotkey"))
        self.next_epoch()
        reveal = bt.RevealWeights(netuid=self.netuid, uids=miners, weights=[0.5, 1.0], salt=salt)
        done(self.client.execute(reveal, self.wallet))
        assert self.weighed() == list(zip(miners, values, strict=True))
        return "the commit by `submit_call`: the SDK keeps only the reveal"

    def timelocked(self) -> str:
        """weights, timelocked"""
        epoch = self.client.query(SM.SubnetEpochIndex, [self.netuid])
        miners = [self.uid(self.second), self.uid(self.free)]
        done(self.client.execute(bt.SetWeights(netuid=self.netuid, uids=miners, weights=[0.2, 0.8]), self.wallet))
        waiting = self.client.query(SM.TimelockedWeightCommits, [self.netuid, epoch])
        assert [each[0] for each in waiting] == [self.wallet.hotkey.ss58_address], waiting
        return NEVER_OPENED

    def subnets(self) -> None:
        """subnets list"""
        assert {each.netuid for each in self.client.subnets.all()} >= {0, 1, self.netuid}

    def subnet(self) -> None:
        """subnet show"""
        shown = self.client.subnets.subnet(self.netuid)
        assert (shown.netuid, shown.neuron_count) == (self.netuid, 4)
        assert shown.burn.rao > 0
        assert shown.tempo > 0

    def hyperparameters(self) -> None:
        """hyperparameters"""
        read = self.client.subnets.subnet_hyperparameters(self.netuid)
        for name, item in (("tempo", SM.Tempo), ("immunity_period", SM.ImmunityPeriod)):
            assert read[name] == self.client.query(item, [self.netuid])

    def sudo_set(self) -> None:
        """sudo set"""
        change = bt.SetHyperparameter(netuid=self.netuid, name="immunity_period", value=77)
        done(self.client.execute(change, self.owner))
        assert self.client.query(SM.ImmunityPeriod, [self.netuid]) == 77
        self.root(ADMIN.sudo_set_kappa(self.netuid, 40_000))
        assert self.client.query(SM.Kappa, [self.netuid]) == 40_000


async def _mined(client: Any, netuid: int, hotkey: str, coldkey: str) -> Any:
    async with client:
        return await client.mine_pow_registration(netuid, hotkey, coldkey, workers=1, max_seconds=30, backend="cpu")


def _commit_hash(hotkey: Any, netuid: int, uids: list[int], values: list[int], salt: list[int]) -> bytes:
    """BLAKE2b-256 of the SCALE tuple (hotkey, subnet, uids, values, salt, version key 0)."""
    lists = b"".join(
        bytes([len(each) << 2]) + b"".join(n.to_bytes(2, "little") for n in each) for each in (uids, values, salt)
    )
    preimage = bytes(hotkey.public_key) + netuid.to_bytes(2, "little") + lists + bytes(8)
    return hashlib.blake2b(preimage, digest_size=32).digest()


def walked(opened: Callable[[str], Any], url: str, name: str) -> Told:
    """What one client says of each operation."""
    told: Told = {}
    with opened(url) as client:
        walk = Walk(client, url, name)
        for step in (
            walk.connect,
            walk.wallets,
            walk.balance,
            walk.transfer,
            walk.register,
            walk.register_limit,
            walk.register_pow,
            walk.uids,
            walk.neurons,
            walk.metagraph,
            walk.serve_axon,
            walk.stake,
            walk.unstake,
            walk.weights,
            walk.commit_and_reveal,
            walk.timelocked,
            walk.subnets,
            walk.subnet,
            walk.hyperparameters,
            walk.sudo_set,
        ):
            operation = str(step.__doc__)
            try:
                told[operation] = (True, step() or "")
            except Exception as error:  # noqa: BLE001 - whatever the client throws is the answer
                told[operation] = (False, f"{name}: {type(error).__name__}: {error}")
    return told


def main(url: str) -> None:
    both = [walked(asynchronous, url, "asynchronous"), walked(synchronous, url, "synchronous")]
    for operation in both[0]:
        answers = [told[operation] for told in both]
        ok = all(answer for answer, _ in answers)
        notes = [note for answer, note in answers if note and answer == ok]
        print(json.dumps({"operation": operation, "ok": ok, "note": "; ".join(dict.fromkeys(notes))}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
