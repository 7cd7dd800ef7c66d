"""netctl run for a chain that counts as somebody else's: no dev account pays there, wallets are the operator's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netctl.adapters.chain import SdkChain
from netctl.adapters.keystore import SdkKeystore
from netctl.ports import Call
from tests.chains import ALICE, TAO, RunningChain
from tests.cli.program import Ended, run

PROFILE = """\
name: funded
network: {address}
netuid: {netuid}
wallet_path: wallets
encrypt: false
neurons: {{pack: resi, path: /nowhere}}
miners:
  - {{name: miner_1, wallet: w1}}
  - {{name: miner_2, wallet: w2}}
validators:
  - {{name: validator_1, wallet: w3, stake: 310}}
registration: {{max_burn: 1, budget: 400}}
"""


@dataclass
class Place:
    """A directory with a profile for a chain that counts as somebody else's: no dev account pays there."""

    home: Path
    chain: RunningChain
    netuid: int

    def netctl(self, *argv: str) -> Ended:
        return run(*argv, cwd=self.home, NETCTL_PROFILE="funded.yaml", HOME=str(self.home))

    def fund(self, *argv: str) -> Ended:
        return self.netctl("fund", *argv)

    def sheet(self) -> dict[str, Any]:
        """Each coldkey's row by its wallet."""
        return {row["wallet"]: row for row in self.fund("--json").document["coldkeys"]}

    def give(self, wallet: str, tao: float) -> None:
        address = SdkKeystore(self.home / "wallets").coldkey_ss58(wallet)
        assert address is not None
        self.chain.faucet(address, int(tao * TAO))

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.home / ".netctl/funded/journal.jsonl").read_text().splitlines()]


async def a_place(chain: RunningChain, home: Path) -> Place:
    """A subnet of its own on the chain, a profile for it, its keys, and a wallet `bank` that may pay."""
    node, owner = SdkChain(chain.url), SdkKeystore(home / "none").dev_signer(f"//{home}")
    await by_alice(node, Call("SubtensorModule", "register_network", {"hotkey": owner.ss58}))
    netuid = await node.subnet_of_owner(owner.ss58)
    assert netuid is not None
    await by_alice(node, Call("SubtensorModule", "start_call", {"netuid": netuid}))
    await node.close()
    address = chain.url.replace("127.0.0.1", "0.0.0.0")
    (home / "funded.yaml").write_text(PROFILE.format(address=address, netuid=netuid))
    place = Place(home, chain, netuid)
    made = place.netctl("fleet", "up", "--only", "wallets", "--yes")
    assert made.code == 0, made.err
    SdkKeystore(home / "wallets").create_coldkey("bank", password=None)
    return place


async def by_alice(node: SdkChain, *calls: Call) -> None:
    """Calls that the dev account signs, each in a block."""
    alice = SdkKeystore(Path("none")).dev_signer("//Alice")
    for call in calls:
        nonce = (await node.accounts([ALICE]))[ALICE].next_nonce
        await node.submit(await node.sign(call, alice, nonce=nonce, lifetime_blocks=64))
