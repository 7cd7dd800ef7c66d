"""Every operation with bittensor 9: by the synchronous client, then by the asynchronous one, each on its own subnet.

A row is true when both say so, and what was done is read back from the chain. `Walk` is bittensor 10's walk, too.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

URL, sys.argv = sys.argv[1], sys.argv[:1]  # the SDK reads the command line as its own configuration

import bittensor as bt  # noqa: E402
from bittensor_wallet import Keypair, Wallet  # noqa: E402
from websockets.sync.client import connect  # noqa: E402

TAO = 10**9
Told = dict[str, tuple[bool | None, str]]


class Waited:
    """The asynchronous client (or a part of it) from plain code: whatever it gives to be awaited is awaited."""

    def __init__(self, target: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._target, self._loop = target, loop

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if name == "substrate":
            return Waited(found, self._loop)
        if inspect.iscoroutinefunction(found):
            return lambda *args, **options: self._loop.run_until_complete(found(*args, **options))
        return found


@contextmanager
def asynchronous(url: str) -> Iterator[Any]:
    """`async with bt.AsyncSubtensor(...)`, on a loop of its own."""
    loop = asyncio.new_event_loop()
    client = bt.AsyncSubtensor(network=url)
    loop.run_until_complete(client.__aenter__())
    try:
        yield Waited(client, loop)
    finally:
        loop.run_until_complete(client.__aexit__(None, None, None))
        loop.close()


@contextmanager
def synchronous(url: str) -> Iterator[Any]:
    """The plain client."""
    client = bt.Subtensor(network=url)
    try:
        yield client
    finally:
        client.close()


def developer(uri: str) -> Any:
    """A wallet of development keys, in files of its own."""
    coldkey, hotkey = Keypair.create_from_uri(uri), Keypair.create_from_uri(f"{uri}//hot")
    wallet = Wallet(name="developer", hotkey="hot", path=tempfile.mkdtemp(dir=Path.home()))
    wallet.set_coldkey(coldkey, encrypt=False, overwrite=True)
    wallet.set_coldkeypub(coldkey, encrypt=False, overwrite=True)
    wallet.set_hotkey(hotkey, encrypt=False, overwrite=True)
    return wallet


def done(result: Any) -> Any:
    """A result that must be a success: true, (true, message) or a response."""
    success = result[0] if isinstance(result, tuple) else getattr(result, "success", result)
    assert success is True, result
    return result


def _address(account: Any) -> str:
    """An account as the SDK's codec gives it within other values: by address, or as the bytes of its key."""
    return str(account if isinstance(account, str) else Keypair(public_key=bytes(account[0]).hex()).ss58_address)


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

    # Beside the SDK's own methods

    def call(self, pallet: str, function: str, **params: Any) -> Any:
        return self.client.substrate.compose_call(call_module=pallet, call_function=function, call_params=params)

    def send(self, call: Any, wallet: Any) -> Any:
        return self.client.sign_and_send_extrinsic(call=call, wallet=wallet, wait_for_finalization=True)

    def root(self, function: str, **params: Any) -> None:
        """The setter with root's origin."""
        done(self.send(self.call("Sudo", "sudo", call=self.call("AdminUtils", function, **params)), self.alice))

    def stored(self, item: str, *keys: Any) -> Any:
        """What the chain holds, past the SDK's methods."""
        found = self.client.substrate.query("SubtensorModule", item, list(keys))
        return getattr(found, "value", found)

    def next_epoch(self) -> None:
        """Go to the block after the subnet's next epoch, by the chain's own method for it."""
        with connect(self.url) as socket:
            for method, params in (("dev_warp", [{"epoch": self.netuid}]), ("dev_mine", [1])):
                socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
                answer = json.loads(socket.recv(timeout=60))
                assert "error" not in answer, answer

    def uid(self, wallet: Any) -> int:
        uid = self.stored("Uids", self.netuid, wallet.hotkey.ss58_address)
        assert uid is not None, "no uid on the chain"
        return int(uid)

    def free_rao(self, wallet: Any) -> int:
        return int(self.client.get_balance(wallet.coldkeypub.ss58_address).rao)

    def netuids(self) -> list[int]:
        return list(self.client.get_subnets())

    # The operations

    def connect(self) -> None:
        """connect"""
        assert self.client.get_current_block() >= 0
        assert self.client.subnet_exists(1)
        assert not self.client.subnet_exists(4_000)

    def wallets(self) -> None:
        """wallet"""
        names: dict[str, str] = {"name": self.name, "hotkey": "hot", "path": str(Path.home() / "wallets")}
        made = Wallet(**names)
        made.create_if_non_existent(coldkey_use_password=False, hotkey_use_password=False)
        self.wallet = Wallet(**names)
        assert self.wallet.coldkey.ss58_address == made.coldkeypub.ss58_address
        assert self.wallet.hotkey.ss58_address == made.hotkey.ss58_address

    def balance(self) -> None:
        """balance"""
        address = self.alice.coldkeypub.ss58_address
        found = self.client.substrate.query("System", "Account", [address])
        account = getattr(found, "value", found)
        assert self.free_rao(self.alice) == int(account["data"]["free"]) > 0
        assert self.client.get_balances(address)[address].rao == int(account["data"]["free"])

    def transfer(self) -> None:
        """transfer"""
        for wallet, tao in ((self.wallet, 1_000), (self.owner, 10_000), (self.second, 10_000), (self.free, 100)):
            amount = bt.Balance.from_tao(tao)
            done(self.client.transfer(self.alice, wallet.coldkeypub.ss58_address, amount, wait_for_finalization=True))
            assert self.free_rao(wallet) == tao * TAO

    def register(self) -> None:
        """register, burned"""
        before = set(self.netuids())
        done(self.client.register_subnet(self.owner))
        (self.netuid,) = set(self.netuids()) - before
        done(self.client.start_call(self.owner, self.netuid, wait_for_finalization=True))
        free = self.free_rao(self.wallet)
        done(self.client.burned_register(self.wallet, self.netuid))
        assert self.stored("Keys", self.netuid, self.uid(self.wallet)) == self.wallet.hotkey.ss58_address
        assert self.free_rao(self.wallet) < free

    def register_limit(self) -> str:
        """register, with a limit"""
        params = {"netuid": self.netuid, "hotkey": self.second.hotkey.ss58_address}
        price = int(self.stored("Burn", self.netuid))
        low = self.send(self.call("SubtensorModule", "register_limit", **params, limit_price=price // 2), self.second)
        assert not low[0]
        assert "RegistrationPriceLimitExceeded" in low[1], low
        done(self.send(self.call("SubtensorModule", "register_limit", **params, limit_price=price * 2), self.second))
        self.uid(self.second)
        return "by `compose_call`: the SDK has no method for it"

    def register_pow(self) -> str | None:
        """register, proof of work"""
        from bittensor.core.extrinsics import registration as plain
        from bittensor.core.extrinsics.asyncex import registration as waiting
        from bittensor.utils.registration import create_pow, create_pow_async

        self.root("sudo_set_network_pow_registration_allowed", netuid=self.netuid, registration_allowed=True)
        self.root("sudo_set_min_difficulty", netuid=self.netuid, min_difficulty=1)
        self.root("sudo_set_difficulty", netuid=self.netuid, difficulty=1)
        how: dict[str, Any] = {"wallet": self.free, "netuid": self.netuid}
        if isinstance(self.client, Waited):
            target, run = self.client._target, self.client._loop.run_until_complete
            proof = run(create_pow_async(target, **how, num_processes=1))
            done(run(waiting._do_pow_register(target, **how, pow_result=proof, wait_for_finalization=True)))
        else:
            proof = create_pow(self.client, **how, num_processes=1)
            done(plain._do_pow_register(self.client, **how, pow_result=proof, wait_for_finalization=True))
        self.uid(self.free)
        return (
            "by `create_pow`, for `register` wants torch; the runtime asks the price all the same and ignores the proof"
        )

    def uids(self) -> None:
        """uid"""
        hotkey = self.wallet.hotkey.ss58_address
        assert self.client.get_uid_for_hotkey_on_subnet(hotkey, self.netuid) == self.uid(self.wallet)
        assert self.client.get_uid_for_hotkey_on_subnet(self.alice.hotkey.ss58_address, self.netuid) is None
        assert self.client.is_hotkey_registered_on_subnet(hotkey, self.netuid)
        assert list(self.client.get_netuids_for_hotkey(hotkey)) == [self.netuid]

    def neurons(self) -> None:
        """neurons"""
        wanted = {each.hotkey.ss58_address for each in self.registered()}
        assert {each.hotkey for each in self.client.neurons(self.netuid)} == wanted
        assert {each.hotkey for each in self.client.neurons_lite(self.netuid)} == wanted
        assert self.client.neuron_for_uid(0, self.netuid).coldkey == self.owner.coldkeypub.ss58_address

    def registered(self) -> list[Any]:
        return [self.owner, self.wallet, self.second, self.free]

    def metagraph(self) -> None:
        """metagraph"""
        wanted = [self.wallet.hotkey.ss58_address, self.second.hotkey.ss58_address]
        for lite in (True, False):
            graph = self.client.metagraph(self.netuid, lite=lite)
            assert (int(graph.netuid), int(graph.n)) == (self.netuid, len(self.registered()))
            assert [graph.hotkeys[self.uid(each)] for each in (self.wallet, self.second)] == wanted
            assert len(graph.axons) == len(graph.S) == len(self.registered())
        chosen = self.client.get_metagraph_info(self.netuid)
        assert chosen.hotkeys == graph.hotkeys
        assert chosen.num_uids == len(self.registered())

    def serve_axon(self) -> None:
        """serve axon"""
        axon = bt.Axon(wallet=self.wallet, port=8091, ip="127.0.0.1", external_ip="10.1.2.3", external_port=8092)
        if isinstance(self.client, Waited):
            done(self.client.serve_axon(self.netuid, axon))
        else:
            axon.serve(netuid=self.netuid, subtensor=self.client)
        stored = self.stored("Axons", self.netuid, self.wallet.hotkey.ss58_address)
        assert (int(stored["ip"]), int(stored["port"])) == (0x0A010203, 8092)
        read = self.client.metagraph(self.netuid).axons[self.uid(self.wallet)]
        assert (read.ip, read.port, read.coldkey) == ("10.1.2.3", 8092, self.wallet.coldkeypub.ss58_address)

    def held(self) -> int:
        """Rao of alpha that the wallet has on its own hotkey."""
        keys = (self.wallet.coldkeypub.ss58_address, self.wallet.hotkey.ss58_address)
        return int(self.client.get_stake(*keys, self.netuid).rao)

    def stake(self) -> None:
        """stake"""
        hotkey = self.wallet.hotkey.ss58_address
        for safe in (False, True):
            before = self.held()
            how = {"wallet": self.wallet, "netuid": self.netuid, "hotkey_ss58": hotkey, "safe_staking": safe}
            done(self.client.add_stake(amount=bt.Balance.from_tao(250), rate_tolerance=0.05, **how))
            assert self.held() > before
        assert self.listed() == [(hotkey, self.netuid, self.held())]

    def listed(self) -> list[tuple[str, int, int]]:
        """All stake of the wallet: hotkey, netuid, rao of alpha."""
        found = self.client.get_stake_for_coldkey(self.wallet.coldkeypub.ss58_address)
        return [(each.hotkey_ss58, each.netuid, int(each.stake.rao)) for each in found]

    def unstake(self) -> None:
        """unstake"""
        before, free = self.held(), self.free_rao(self.wallet)
        how = {"wallet": self.wallet, "netuid": self.netuid, "hotkey_ss58": self.wallet.hotkey.ss58_address}
        done(self.client.unstake(amount=bt.Balance.from_tao(1).set_unit(self.netuid), **how))
        assert before - self.held() == TAO
        assert self.free_rao(self.wallet) > free

    def weighed(self) -> list[tuple[int, int]]:
        rows = dict(self.client.weights(self.netuid))
        return [(int(at), int(value)) for at, value in rows.get(self.uid(self.wallet), [])]

    def set_weights(self, uids: list[int], weights: list[float]) -> Any:
        how: dict[str, Any] = {"wallet": self.wallet, "netuid": self.netuid, "uids": uids, "weights": weights}
        return self.client.set_weights(**how, wait_for_inclusion=True, wait_for_finalization=True, block_time=0.25)

    def weights(self) -> None:
        """weights, set"""
        self.root("sudo_set_weights_set_rate_limit", netuid=self.netuid, weights_set_rate_limit=0)
        self.root("sudo_set_commit_reveal_weights_enabled", netuid=self.netuid, enabled=False)
        self.next_epoch()
        assert self.stored("ValidatorPermit", self.netuid)[self.uid(self.wallet)], "the SDK would try for ever"
        miners = [self.uid(self.second), self.uid(self.free)]
        done(self.set_weights(miners, [0.75, 0.25]))
        assert self.weighed() == [(miners[0], 65535), (miners[1], 21845)]

    def commit_and_reveal(self) -> None:
        """weights, committed and revealed"""
        self.root("sudo_set_commit_reveal_weights_enabled", netuid=self.netuid, enabled=True)
        self.root("sudo_set_commit_reveal_weights_interval", netuid=self.netuid, interval=1)
        miners, values = [self.uid(self.second), self.uid(self.free)], [32768, 65535]
        how: dict[str, Any] = {"wallet": self.wallet, "netuid": self.netuid, "uids": miners, "weights": values}
        how |= {"salt": [3, 1, 4], "wait_for_inclusion": True, "wait_for_finalization": True}
        done(self.client.commit_weights(**how))
        self.next_epoch()
        done(self.client.reveal_weights(**how))
        assert self.weighed() == list(zip(miners, values, strict=True))

    def timelocked(self) -> str:
        """weights, timelocked"""
        epoch = self.stored("SubnetEpochIndex", self.netuid)
        done(self.set_weights([self.uid(self.second), self.uid(self.free)], [0.2, 0.8]))
        waiting = self.stored("TimelockedWeightCommits", self.netuid, epoch)
        assert [_address(each[0]) for each in waiting] == [self.wallet.hotkey.ss58_address], waiting
        return "committed and kept, never opened: that takes drand's pulses, made with a key that nothing here has"

    def subnets(self) -> None:
        """subnets list"""
        assert set(self.netuids()) >= {0, 1, self.netuid}
        for listed in (self.client.all_subnets(), self.client.get_all_subnets_info()):
            assert sorted(each.netuid for each in listed) == sorted(self.netuids())

    def pooled(self) -> tuple[int, int, int, int]:
        """TAO and alpha in the pool as they are stored, and, twice, the price that they make, all in rao."""
        tao, alpha = (int(self.stored(item, self.netuid)) for item in ("SubnetTAO", "SubnetAlphaIn"))
        return tao, alpha, tao * TAO // alpha, tao * TAO // alpha

    def subnet(self) -> None:
        """subnet show"""
        first = self.pooled()
        shown = self.client.subnet(self.netuid)
        assert (shown.netuid, shown.owner_coldkey) == (self.netuid, self.owner.coldkeypub.ss58_address)
        read = (shown.tao_in, shown.alpha_in, shown.price, self.client.get_subnet_price(self.netuid))
        for before, seen, after in zip(first, read, self.pooled(), strict=True):  # every block moves the pool
            assert min(before, after) - 1 <= int(seen.rao) <= max(before, after) + 1, (before, seen, after)
        info = self.client.get_subnet_info(self.netuid)
        assert (info.owner_ss58, info.subnetwork_n) == (shown.owner_coldkey, len(self.registered()))

    def hyperparameters(self) -> None:
        """hyperparameters"""
        read = self.client.get_subnet_hyperparameters(self.netuid)
        for name, item in (("tempo", "Tempo"), ("immunity_period", "ImmunityPeriod"), ("max_burn", "MaxBurn")):
            assert getattr(read, name) == self.stored(item, self.netuid)
        assert self.client.immunity_period(self.netuid) == read.immunity_period
        assert self.client.tempo(self.netuid) == read.tempo

    def sudo_set(self) -> None:
        """sudo set"""
        change = self.call("AdminUtils", "sudo_set_immunity_period", netuid=self.netuid, immunity_period=77)
        done(self.send(change, self.owner))
        self.root("sudo_set_kappa", netuid=self.netuid, kappa=40_000)
        read = self.client.get_subnet_hyperparameters(self.netuid)
        assert (read.immunity_period, read.kappa) == (77, 40_000)


def walked(walk_of: Callable[..., Any], opened: Callable[[str], Any], url: str, name: str) -> Told:
    """What one client says of each operation; NotImplementedError in a step says that the client lacks it."""
    told: Told = {}
    with opened(url) as client:
        walk = walk_of(client, url, name)
        for step in (
            *(walk.connect, walk.wallets, walk.balance, walk.transfer),
            *(walk.register, walk.register_limit, walk.register_pow),
            *(walk.uids, walk.neurons, walk.metagraph, walk.serve_axon, walk.stake, walk.unstake),
            *(walk.weights, walk.commit_and_reveal, walk.timelocked),
            *(walk.subnets, walk.subnet, walk.hyperparameters, walk.sudo_set),
        ):
            operation = str(step.__doc__)
            try:
                told[operation] = (True, step() or "")
            except NotImplementedError as absent:
                told[operation] = (None, str(absent))
            except Exception as error:  # noqa: BLE001 - whatever the client throws is the answer
                line = traceback.extract_tb(error.__traceback__)[-1].line
                told[operation] = (False, f"{name}: {type(error).__name__}: {error} ({line})")
    return told


def main(walk_of: Callable[..., Any], url: str) -> None:
    """Walk with both clients, then print the rows; whatever else is said meanwhile goes to standard error."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    ways = (("synchronous", synchronous), ("asynchronous", asynchronous))
    both = [walked(walk_of, opened, url, name) for name, opened in ways]
    for operation in both[0]:
        answers = [told[operation] for told in both]
        oks = {ok for ok, _ in answers}
        ok = False if False in oks else (True if True in oks else None)
        notes = [note for answer, note in answers if note and answer == ok]
        print(json.dumps({"operation": operation, "ok": ok, "note": "; ".join(dict.fromkeys(notes))}), file=out)
    out.flush()


if __name__ == "__main__":
    main(Walk, URL)
