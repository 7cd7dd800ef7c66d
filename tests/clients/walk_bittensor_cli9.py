"""Every operation with bittensor-cli 9, a process for each command."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from async_substrate_interface.sync_substrate import SubstrateInterface
from bittensor_cli.src.bittensor.extrinsics.root import generate_weight_hash
from bittensor_cli.version import __version_as_int__
from bittensor_wallet import Keypair
from shell import TAO, Shell, walk

START_TAO = 100_000
SALT = [3, 1, 4]
IDENTITY = {
    "--subnet-name": "walk",
    "--github-repo": "https://github.com/example/walk",
    "--subnet-contact": "walk@example.com",
    "--subnet-url": "https://example.com",
    "--discord-handle": "walk",
    "--description": "A walk",
    "--logo-url": "https://example.com/walk.png",
    "--additional-info": "None",
}
NO_SWITCH = "get_commit_reveal_weights_enabled"


class Walk:
    """One subnet's owner with a miner and a second hotkey."""

    def __init__(self, url: str) -> None:
        self.sh = Shell(url, BTCLI_CONFIG_PATH=str(Path.home() / "btcli.yml"))
        self.places = Path.home() / "wallets"
        self.netuid = ""

    def stored(self, name: str, *keys: Any) -> Any:
        """A value of the chain's, past the command line."""
        with SubstrateInterface(self.sh.url) as node:
            found = node.query("SubtensorModule", name, list(keys))
        return getattr(found, "value", found)

    def key(self, name: str) -> str:
        """The address in a file of the wallet."""
        return str(json.loads((self.places / "owner" / name).read_text())["ss58Address"])

    @property
    def miner(self) -> str:
        return self.key("hotkeys/miner")

    def offline(self, hotkey: str = "default") -> tuple[str, ...]:
        return "--wallet-name", "owner", "--wallet-path", str(self.places), "--hotkey", hotkey

    def online(self, hotkey: str = "default") -> tuple[str, ...]:
        return *self.offline(hotkey), "--network", self.sh.url

    def at(self, hotkey: str = "default") -> tuple[str, ...]:
        return *self.online(hotkey), "--netuid", self.netuid

    def shown(self, *words: str) -> Any:
        """What a command that only reads says of the subnet."""
        return self.sh.json(*words, "--network", self.sh.url, "--netuid", self.netuid, "--json-output")

    def act(self, *words: str) -> Any:
        """A command that must succeed."""
        told = self.sh.json(*words, "--no-prompt", "--json-output")
        assert told["success"], told
        return told

    def rao(self, address: str) -> int:
        shown = self.sh.json("wallet", "balance", "--ss58", address, "--network", self.sh.url, "--json-output")
        (found,) = shown["balances"].values()
        return round(found["free"] * TAO)

    def connect(self) -> None:
        """connect"""
        listed = self.sh.json("subnets", "list", "--network", self.sh.url, "--json-output")
        assert set(listed["subnets"]) == {"0", "1"}

    def wallets(self) -> None:
        """wallet"""
        fresh = ("--n-words", "12", "--no-use-password", "--json-output")
        made = self.sh.json("wallet", "create", *self.offline(), *fresh)
        assert made["data"]["coldkey_ss58"] == self.key("coldkeypub.txt")
        for name in ("miner", "second"):
            made = self.sh.json("wallet", "new-hotkey", *self.offline(name), *fresh)
            assert made["data"]["hotkey_ss58"] == self.key(f"hotkeys/{name}")

    def balance(self) -> None:
        """balance"""
        self.sh.rpc("dev_faucet", self.key("coldkeypub.txt"), START_TAO * TAO)
        shown = self.sh.json("wallet", "balance", *self.online(), "--json-output")["balances"]["owner"]
        assert (shown["coldkey"], shown["free"]) == (self.key("coldkeypub.txt"), START_TAO)

    def transfer(self) -> None:
        """transfer"""
        friend = Keypair.create_from_uri("//Friend").ss58_address
        self.act("wallet", "transfer", *self.online(), "--dest", friend, "--amount", "1.5")
        assert self.rao(friend) == 1_500_000_000
        assert self.rao(self.key("coldkeypub.txt")) < START_TAO * TAO - 1_500_000_000

    def register(self) -> None:
        """register, burned"""
        told = [word for pair in IDENTITY.items() for word in pair]
        self.netuid = str(self.act("subnets", "create", *self.online(), *told)["netuid"])
        self.sh.text("subnets", "start", *self.at(), "--no-prompt")
        assert self.stored("SubtokenEnabled", int(self.netuid)) is True
        self.act("subnets", "register", *self.at("miner"), "--unsafe-register")
        assert self.stored("Uids", int(self.netuid), self.miner) == 1

    def register_limit(self) -> None:
        """register, with a limit"""
        self.act("subnets", "register", *self.at("second"), "--safe-register", "--tolerance", "0.5")
        assert self.stored("Uids", int(self.netuid), self.key("hotkeys/second")) == 2

    def register_pow(self) -> None:
        """register, proof of work"""
        raise NotImplementedError

    def uids(self) -> None:
        """uid"""
        overview = self.sh.json("wallet", "overview", *self.online(), "--json-output")
        (subnet,) = overview["subnets"]
        assert {each["hotkey"]: each["uid"] for each in subnet["neurons"]} == {"default": 0, "miner": 1, "second": 2}

    def members(self) -> dict[int, str]:
        """Who has which uid."""
        return dict(enumerate(self.key(f"hotkeys/{name}") for name in ("default", "miner", "second")))

    def neurons(self) -> None:
        """neurons"""
        rows = self.shown("subnets", "show", "--no-prompt")["uids"]
        assert {each["uid"]: each["hotkey"] for each in rows} == self.members()

    def metagraph(self) -> None:
        """metagraph"""
        graph = self.shown("subnets", "metagraph", "--no-prompt")
        assert {each["uid"]: each["hotkey"] for each in graph["uids"]} == self.members()
        assert graph["owner"] == self.key("coldkeypub.txt")

    def serve_axon(self) -> str:
        """serve axon"""
        self.sh.text("axon", "set", *self.at("miner"), "--ip", "10.1.2.3", "--port", "8091", "--no-prompt")
        axon = self.stored("Axons", int(self.netuid), self.miner)
        assert (axon["ip"], axon["port"]) == (0x0A010203, 8091)
        return "without `--json-output`, which `axon set` refuses with and without `--no-prompt`"

    def held(self) -> float:
        """Alpha of the owner on the miner, as `stake list` says."""
        listed = self.sh.json("stake", "list", *self.online(), "--no-prompt", "--json-output")
        (held,) = [each for each in listed["stake_info"][self.miner] if each["netuid"] == int(self.netuid)]
        return float(held["stake_value"])

    def trade(self, verb: str, amount: str, *how: str) -> str:
        """Add or remove stake on the miner, and what was said."""
        chosen = ("--include-hotkeys", self.miner, "--amount", amount, *how)
        return json.dumps(self.sh.json("stake", verb, *self.at("miner"), *chosen, "--no-prompt", "--json-output"))

    def stake(self) -> None:
        """stake"""
        safe = ("--safe-staking", "--tolerance", "0.05", "--no-allow-partial-stake", "--no-mev-protection")
        for how, least in ((safe, 99), (("--no-safe-staking", "--mev-protection"), 199)):
            told = self.trade("add", "100", *how)
            assert set(re.findall("true|false", told)) == {"true"}, told
            assert least < self.held() < least + 1

    def unstake(self) -> None:
        """unstake"""
        safe = ("--safe-staking", "--tolerance", "0.05", "--no-allow-partial-stake", "--no-mev-protection")
        told = self.trade("remove", "40", *safe)
        assert '"success": true' in told, told
        assert 159 < self.held() < 160

    def weigh(self, verb: str) -> str:
        """`weights commit` or `weights reveal` by the miner on uids 0 and 2."""
        given = ("--uids", "0,2", "--weights", "0.5,1.0", "--salt", ",".join(map(str, SALT)))
        return self.sh.text("weights", verb, *self.at("miner"), *given, "--no-prompt")

    def row(self) -> list[list[int]]:
        """The miner's weights on the chain."""
        return [[int(part) for part in each] for each in self.stored("Weights", int(self.netuid), 1)]

    def weights(self) -> None:
        """weights, set"""
        self.sh.next_epoch(int(self.netuid))
        told = self.weigh("commit")
        assert self.row() == [[0, 32768], [2, 65535]], _why(told)

    def commit_and_reveal(self) -> None:
        """weights, committed and revealed"""
        subnet = int(self.netuid)
        self.sudo("commit_reveal_weights_enabled", "true")
        told = self.weigh("commit")
        if self.stored("WeightCommits", subnet, self.miner) is None:
            # Its reveal is tried all the same, on a commit of its own making that another hand brings to the chain.
            digest = generate_weight_hash(self.miner, subnet, [0, 2], [32768, 65535], __version_as_int__, SALT)
            call = ("SubtensorModule", "commit_weights", {"netuid": subnet, "commit_hash": digest})
            self.sh.rpc("dev_dispatch", self.miner, *call)
        self.sh.next_epoch(subnet)
        revealed = self.weigh("reveal")
        self.sh.rpc("dev_mine", 1)
        assert self.row() == [[0, 32768], [2, 65535]], f"`weights reveal` too: {revealed}"
        assert NO_SWITCH not in told, f"{_why(told)}; its `weights reveal` opens what was committed otherwise"

    def timelocked(self) -> None:
        """weights, timelocked"""
        raise NotImplementedError

    def subnets(self) -> None:
        """subnets list"""
        listed = self.sh.json("subnets", "list", "--network", self.sh.url, "--json-output")["subnets"]
        assert set(listed) == {"0", "1", self.netuid}
        assert listed[self.netuid]["subnet_name"] == "walk"

    def subnet(self) -> None:
        """subnet show"""
        shown = self.shown("subnets", "show", "--no-prompt")
        assert (shown["netuid"], shown["owner"]) == (int(self.netuid), self.key("coldkeypub.txt"))
        assert self.shown("subnets", "get-identity")["subnet_name"] == "walk"

    def parameter(self, name: str) -> Any:
        (found,) = [each for each in self.shown("subnets", "hyperparameters") if each["hyperparameter"] == name]
        return found["value"]

    def hyperparameters(self) -> None:
        """hyperparameters"""
        assert self.parameter("tempo") == self.stored("Tempo", int(self.netuid)) == 360

    def sudo(self, name: str, value: str) -> None:
        self.act("sudo", "set", *self.at(), "--param", name, "--value", value)

    def sudo_set(self) -> None:
        """sudo set"""
        self.sudo("immunity_period", "77")
        assert self.parameter("immunity_period") == self.stored("ImmunityPeriod", int(self.netuid)) == 77


def _why(told: str) -> str:
    if NO_SWITCH in told:
        wrong = f"`weights commit` sends nothing: it asks for a storage item `{NO_SWITCH}`"
        return f"{wrong}, and on every node that is `CommitRevealWeightsEnabled`"
    return told


def main(url: str) -> None:
    steps = Walk(url)
    steps.sh.rpc("dev_mine", 1)  # at block 0 `subnets list` divides by the block's number
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
