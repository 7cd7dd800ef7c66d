"""Every operation with the btcli of bittensor 11, a process for each command."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from bittensor.keyfiles import Keypair
from shell import TAO, Shell, walk

START_TAO = 100_000
SALT = [3, 1, 4]


class Walk:
    """One subnet's owner with a miner, a second hotkey, and a wallet without TAO."""

    def __init__(self, url: str) -> None:
        home = Path.home()
        self.sh = Shell(
            url,
            BT_NETWORK=url,
            BT_FALLBACK_ENDPOINTS="none",
            BT_ARCHIVE_ENDPOINTS="none",
            BT_WALLET="owner",
            BT_WALLET_PATH=str(home / "wallets"),
            BITTENSOR_RUNTIME_CACHE_DIR=str(home / "runtime"),
            BTCLI_CONFIG=str(home / "btcli.json"),
        )
        self.places = home / "wallets"
        self.netuid = ""

    def read(self, *words: str) -> Any:
        return self.sh.json(*words, "--json")

    def act(self, *words: str) -> Any:
        """A command that must succeed."""
        told = self.sh.json(*words, "--yes", "--json")
        assert told["success"], told
        return told

    def key(self, name: str, wallet: str = "owner") -> str:
        """The address in a file of a wallet."""
        return str(json.loads((self.places / wallet / name).read_text())["ss58Address"])

    @property
    def miner(self) -> str:
        return self.key("hotkeys/miner")

    def uid(self, hotkey: str) -> int | None:
        found: int | None = self.read("query", "uid", "--netuid", self.netuid, "--hotkey", hotkey)
        return found

    def rao(self, address: str) -> int:
        """Free rao by the chain's own account, past the client's arithmetic."""
        return round(self.read("wallet", "balance", address)["free_tao"] * TAO)

    def connect(self) -> None:
        """connect"""
        block = self.read("query", "block-info", "--block", "1")
        assert block["hash"] == self.sh.rpc("chain_getBlockHash", 1)

    def wallets(self) -> None:
        """wallet"""
        made = self.read("wallet", "create", "--no-password")
        assert made["coldkey_ss58"] == self.key("coldkeypub.txt")
        for name in ("miner", "second"):
            assert self.read("wallet", "new-hotkey", "--wallet-hotkey", name)["ss58"] == self.key(f"hotkeys/{name}")
        self.read("wallet", "create", "--no-password", "--wallet", "penniless")

    def balance(self) -> None:
        """balance"""
        self.sh.rpc("dev_faucet", self.key("coldkeypub.txt"), START_TAO * TAO)
        shown = self.read("wallet", "balance")
        assert (shown["coldkey"], shown["free_tao"]) == (self.key("coldkeypub.txt"), START_TAO)

    def transfer(self) -> None:
        """transfer"""
        friend = Keypair.create_from_uri("//Friend").ss58_address
        self.act("wallet", "transfer", "--dest", friend, "--amount", "1.5")
        assert self.rao(friend) == 1_500_000_000
        assert self.rao(self.key("coldkeypub.txt")) < START_TAO * TAO - 1_500_000_000

    def register(self) -> None:
        """register, burned"""
        self.netuid = str(self.act("subnets", "create")["data"]["netuid"])
        self.act("hparams", "start", "--netuid", self.netuid)
        told = self.act("subnets", "register", "--netuid", self.netuid, "--wallet-hotkey", "miner")
        assert told["data"]["shielded"]
        assert self.uid(self.miner) == 1

    def register_limit(self) -> str:
        """register, with a limit"""
        wanted = {"netuid": int(self.netuid), "hotkey": self.key("hotkeys/second"), "limit_price": 1}
        words = ("call", "SubtensorModule.register_limit", "--yes", "--json", "--args")
        self.sh.refused("RegistrationPriceLimitExceeded", *words, json.dumps(wanted))
        told = self.sh.json(*words, json.dumps({**wanted, "limit_price": 10 * TAO}))
        assert told["success"], told
        assert self.uid(wanted["hotkey"]) == 2
        return "by `btcli call`: it has no command of its own for it"

    def register_pow(self) -> None:
        """register, proof of work"""
        free = ("--wallet", "penniless", "--pow", "--pow-workers", "1", "--pow-backend", "cpu", "--pow-timeout", "40")
        self.act("subnets", "register", "--netuid", self.netuid, *free)
        assert self.uid(self.key("hotkeys/default", "penniless")) == 3

    def uids(self) -> None:
        """uid"""
        assert self.uid(self.miner) == 1
        assert self.uid(Keypair.create_from_uri("//Nobody").ss58_address) is None

    def members(self) -> list[str]:
        """Who has uids 0 to 3."""
        owned = [self.key(f"hotkeys/{name}") for name in ("default", "miner", "second")]
        return [*owned, self.key("hotkeys/default", "penniless")]

    def neurons(self) -> None:
        """neurons"""
        for shape in ("--lite", "--no-lite"):
            read = self.read("query", "neurons", "--netuid", self.netuid, shape)
            assert [each["hotkey"] for each in read] == self.members()

    def metagraph(self) -> None:
        """metagraph"""
        graph = self.read("subnets", "metagraph", self.netuid)
        assert (graph["num_uids"], graph["hotkeys"]) == (4, self.members())
        assert graph["owner_hotkey"] == self.key("hotkeys/default")

    def serve_axon(self) -> None:
        """serve axon"""
        where = ("--ip", "10.1.2.3", "--port", "8091")
        self.act("misc", "axon", "set", "--netuid", self.netuid, *where, "--wallet-hotkey", "miner")
        axon = self.read("query", "neurons", "--netuid", self.netuid)[1]["raw"]["axon_info"]
        assert (axon["ip"], axon["port"]) == (0x0A010203, 8091)

    def position(self) -> tuple[str, str, str, str]:
        return "--netuid", self.netuid, "--hotkey", self.miner

    def held(self) -> float:
        """Alpha of the owner on the miner."""
        return float(self.read("stake", "show", *self.position())["stake_amount"])

    def stake(self) -> None:
        """stake"""
        self.act("stake", "add", *self.position(), "--amount", "100")
        assert 99 < self.held() < 100
        listed = {each["hotkey"] for each in self.read("stake", "list") if each["netuid"] == int(self.netuid)}
        assert self.miner in listed, listed

    def unstake(self) -> None:
        """unstake"""
        self.act("stake", "remove", *self.position(), "--amount", "40")
        assert 59 < self.held() < 60

    def weights_of_miner(self) -> dict[str, float]:
        """The miner's row, in fractions."""
        rows = self.read("query", "weights", "--netuid", self.netuid)
        return {uid: round(part, 3) for uid, part in rows.get("1", {}).items()}

    def weigh(self, verb: str, weights: str, *more: str) -> None:
        """One of the three commands of `misc weights`, by the miner on uids 2 and 3."""
        given = ("--uids", "2,3", "--weights", weights, "--wallet-hotkey", "miner", *more)
        self.act("misc", "weights", verb, "--netuid", self.netuid, *given)

    def weights(self) -> None:
        """weights, set"""
        self.sh.next_epoch(int(self.netuid))
        self.weigh("set", "0.75,0.25")
        assert self.weights_of_miner() == {"2": 0.75, "3": 0.25}

    def commit_and_reveal(self) -> str:
        """weights, committed and revealed"""
        self.set_hyperparameter("commit_reveal_weights_enabled", "true")
        digest = _commit_hash(self.miner, int(self.netuid), [2, 3], [32768, 65535], SALT)
        commit = json.dumps({"netuid": int(self.netuid), "commit_hash": "0x" + digest.hex()})
        signed = ("--key", "hotkey", "--wallet-hotkey", "miner")
        self.act("call", "SubtensorModule.commit_weights", "--args", commit, *signed)
        self.sh.next_epoch(int(self.netuid))
        self.weigh("reveal", "0.5,1.0", "--salt", ",".join(map(str, SALT)))
        assert self.weights_of_miner() == {"2": 0.333, "3": 0.667}
        return "the commit by `btcli call`: it keeps only the reveal"

    def timelocked(self) -> str:
        """weights, timelocked"""
        self.weigh("commit", "0.2,0.8")
        waiting = self.read("query", "timelocked-weight-commits", "--netuid", self.netuid)
        assert self.miner in json.dumps(waiting), waiting
        return "committed and kept, never opened: that takes drand's pulses, made with a key that nothing here has"

    def subnets(self) -> None:
        """subnets list"""
        assert {each["netuid"] for each in self.read("subnets", "list")} == {0, 1, int(self.netuid)}

    def subnet(self) -> None:
        """subnet show"""
        shown = self.read("subnets", "show", self.netuid)
        assert (shown["netuid"], shown["neurons"]) == (int(self.netuid), 4)
        assert shown["owner_coldkey"] == self.key("coldkeypub.txt")

    def hyperparameters(self) -> None:
        """hyperparameters"""
        read = self.read("subnets", "hyperparameters", self.netuid)
        assert (read["tempo"], read["commit_reveal_weights_enabled"]) == (360, True)

    def set_hyperparameter(self, name: str, value: str) -> None:
        self.act("hparams", "set", "--netuid", self.netuid, "--name", name, "--value", value)

    def sudo_set(self) -> None:
        """sudo set"""
        self.set_hyperparameter("immunity_period", "77")
        assert self.read("subnets", "hyperparameters", self.netuid)["immunity_period"] == 77


def _commit_hash(hotkey: str, netuid: int, uids: list[int], values: list[int], salt: list[int]) -> bytes:
    """BLAKE2b-256 of the SCALE tuple (hotkey, subnet, uids, values, salt, version key 0)."""
    counted = (uids, values, salt)
    lists = b"".join(bytes([len(each) << 2]) + b"".join(n.to_bytes(2, "little") for n in each) for each in counted)
    preimage = bytes(Keypair(ss58_address=hotkey).public_key) + netuid.to_bytes(2, "little") + lists + bytes(8)
    return hashlib.blake2b(preimage, digest_size=32).digest()


def main(url: str) -> None:
    steps = Walk(url)
    steps.sh.rpc("dev_mine", 1)
    walk(
        (
            *(steps.connect, steps.wallets, steps.balance, steps.transfer),
            *(steps.register, steps.register_limit, steps.register_pow),
            *(steps.uids, steps.neurons, steps.metagraph, steps.serve_axon, steps.stake, steps.unstake),
            *(steps.weights, steps.commit_and_reveal, steps.timelocked),
            *(steps.subnets, steps.subnet, steps.hyperparameters, steps.sudo_set),
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
