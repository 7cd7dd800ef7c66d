"""Five hundred seeded mishaps while a fleet's coldkeys are funded, registered and staked on the embedded chain.

After each: nothing was paid twice, no key was overwritten, the next run converges, the one after it spends nothing,
and the journal's sum is what the chain says was spent, fees included, to the rao.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from netctl.adapters.clock import SystemClock
from netctl.adapters.keystore import SdkKeystore
from netctl.devchain import DevChain
from netctl.journal import FileJournal
from netctl.paying.dues import EXISTENTIAL_DEPOSIT_RAO, FEE_BOUND_RAO
from netctl.paying.intents import INTENT, OUTCOME, open_intents, outcomes, spent_rao
from tests.campaign import trial
from tests.campaign.accounts import Paid, free_rao, paid_since, was_short
from tests.campaign.arena import Runner
from tests.campaign.mishaps import KINDS, SUBMISSIONS, Mishap, mishap
from tests.campaign.trial import NETUID, PAYER, Order
from tests.phases.fleets import TAO

RUNS = 520
BLOCK_TIME_S = 0.05
PURSE_RAO = 1000 * TAO
WALLETS = ("wallet_miner_1", "wallet_miner_2", "wallet_validator_1")

pytestmark = pytest.mark.timeout(180)


@dataclass
class Ground:
    """A prepared chain that every run begins on: the payer has its TAO, the subnet is there, nobody is registered."""

    node: DevChain
    runner: Runner
    wallets: Path
    env: dict[str, str]
    block: int

    def run(self, home: Path, order: Order, **how: Any) -> dict[str, Any]:
        """One `up` in a process of its own; what it left behind, or which signal ended it."""
        path = str(home / "crossed.txt") if how.get("fatal") else None
        asked = {"argv": [], "cwd": str(home), "env": self.env, "output": str(home / "output.txt"), "record": path}
        ended = self.runner.run(trial=order.document(), fatal=how.get("fatal"), after_s=how.get("after_s"), **asked)
        if ended["signal"] is not None:
            return {"ok": False, "signal": ended["signal"]}
        assert ended["status"] in (0, 1), (home / "output.txt").read_text(errors="replace")
        told: dict[str, Any] = json.loads((home / "result.json").read_text())
        return told


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, sdk_cache: Path) -> Iterator[Ground]:
    place = tmp_path_factory.mktemp("faults")
    payer = SdkKeystore(place / "wallets").create_coldkey(PAYER, password=None)
    env = {"PATH": os.environ["PATH"], "HOME": str(place), "BITTENSOR_RUNTIME_CACHE_DIR": str(sdk_cache)}
    chain = DevChain(seal="interval", block_time_s=BLOCK_TIME_S, endow={payer: PURSE_RAO // TAO})
    runner = Runner()
    with chain as node:
        node.snapshot("prepared")
        yield Ground(node, runner, place / "wallets", env, node.block)
    runner.close()


@dataclass
class Site:
    """One run's home on the reverted chain."""

    ground: Ground
    home: Path

    @classmethod
    def begun(cls, ground: Ground, home: Path) -> Site:
        ground.node.clear_fault()
        ground.node.revert("prepared")
        shutil.copytree(ground.wallets, home / "wallets")
        return cls(ground, home)

    def up(self, mishap: Mishap | None = None) -> dict[str, Any]:
        node = self.ground.node
        order = Order(str(self.home), node.url, node.genesis)
        if mishap is None:
            return self.ground.run(self.home, order)
        order = Order(str(self.home), node.url, node.genesis, mishap.at, mishap.fault)
        return self.ground.run(self.home, order, fatal=mishap.fatal, after_s=mishap.after_s)

    def keys(self) -> dict[str, bytes]:
        """Every keyfile that has its name, and what is in it."""
        wallets = self.home / "wallets"
        files = [path for path in wallets.rglob("*") if path.is_file() and ".netctl-new" not in str(path)]
        return {str(path.relative_to(wallets)): path.read_bytes() for path in files}

    def entries(self) -> Any:
        return FileJournal(self.home / "state" / "journal.jsonl", clock=SystemClock()).entries()

    def addresses(self) -> dict[str, str]:
        """Coldkeys by wallet, and hotkeys as ``wallet/hotkey``."""
        keys = SdkKeystore(self.home / "wallets")
        found = {}
        for wallet in (PAYER, *WALLETS):
            facts = keys.facts(wallet, "hotkey")
            found[wallet] = facts.coldkey_ss58 or ""
            found[f"{wallet}/hotkey"] = facts.hotkey_ss58 or ""
        return found

    def chain_says(self) -> tuple[Paid, int]:
        """What the operator's accounts paid, and what they have lost together."""
        coldkeys = [ss58 for name, ss58 in self.addresses().items() if "/" not in name]

        async def ask() -> tuple[Paid, dict[str, int]]:
            url = self.ground.node.url
            return await paid_since(url, self.ground.block, coldkeys), await free_rao(url, coldkeys)

        paid, free = asyncio.run(ask())
        return paid, PURSE_RAO - sum(free.values())


def wanted(addresses: dict[str, str]) -> Counter[str]:
    """What is to be paid, each once."""
    ends = [f"transfer {addresses[name]}" for name in WALLETS]
    ends += [f"register {NETUID} {addresses[f'{name}/hotkey']}" for name in WALLETS]
    return Counter([*ends, f"stake {NETUID} {addresses['wallet_validator_1/hotkey']}"])


def assert_paid_once(site: Site, paid: Paid, *, prices_jumped: bool) -> None:
    """Everything once. Where prices jumped a coldkey may have been topped up, if it could not pay what was due."""
    addresses = site.addresses()
    once = wanted(addresses)
    if not prices_jumped:
        assert paid.ends == once
        return
    assert +(once - paid.ends) == Counter()
    again = paid.ends - once
    for wallet in WALLETS:
        coldkey, hotkey = addresses[wallet], addresses[f"{wallet}/hotkey"]
        end = f"transfer {coldkey}"
        due_rao = 2 * FEE_BOUND_RAO + EXISTENTIAL_DEPOSIT_RAO
        due_rao += trial.STAKE_RAO if wallet == "wallet_validator_1" else 0
        for block in paid.blocks[end][1:]:
            at = {"coldkey": coldkey, "hotkey": hotkey, "netuid": NETUID}
            short = was_short(site.ground.node.url, block, **at, others=len(WALLETS) - 1, due_rao=due_rao)
            assert asyncio.run(short), f"{wallet} had enough before block {block}"
        again.pop(end, None)
    assert again == Counter(), "only coldkeys are topped up"


def assert_books_agree(site: Site, paid: Paid, lost_rao: int) -> None:
    """The journal's sum is the chain's: what was spent, the fees in it, and how many extrinsics were charged for."""
    entries = site.entries()
    assert open_intents(entries) == ()
    decided = outcomes(entries).values()
    charged = [int(entry.get("fee_rao", 0)) for entry in decided if entry.get("fee_rao", 0)]
    assert (sum(charged), len(charged)) == (paid.fees_rao, paid.extrinsics)
    assert spent_rao(entries) == lost_rao


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(RUNS))
def test_a_mishap_costs_nothing_and_the_next_run_finishes(
    seed: int, ground: Ground, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    happens = mishap(seed)
    site = Site.begun(ground, tmp_path)
    first = site.up(happens)
    record_property("what", happens.what)
    record_property("ended", "killed" if "signal" in first else "done" if first["ok"] else "failed")
    assert first.get("signal") in (None, signal.SIGKILL)
    keys = site.keys()
    ground.node.clear_fault()
    second = site.up()
    assert second["ok"], second
    kept = site.keys()
    assert {path: kept.get(path) for path in keys} == keys, "a key changed"
    paid, lost_rao = site.chain_says()
    assert_paid_once(site, paid, prices_jumped=happens.what in ("price jump", "alpha jump"))
    assert_books_agree(site, paid, lost_rao)
    third = site.up()
    assert (third["ok"], third["steps"], third["spent_rao"]) == (True, 0, 0)
    assert site.chain_says() == (paid, lost_rao)
    assert site.keys() == kept
    assert [entry for entry in site.entries() if entry["kind"] not in (INTENT, OUTCOME)] == []


@pytest.mark.slow
def test_an_undisturbed_run_pays_what_the_others_are_held_to(ground: Ground, tmp_path: Path) -> None:
    site = Site.begun(ground, tmp_path)
    assert site.up()["ok"]
    paid, lost_rao = site.chain_says()
    assert paid.ends == wanted(site.addresses())
    assert paid.extrinsics == SUBMISSIONS
    assert_books_agree(site, paid, lost_rao)


@pytest.mark.fast
def test_every_kind_of_mishap_comes_at_every_submission_and_always_the_same() -> None:
    found = [mishap(seed) for seed in range(RUNS)]
    assert {(each.what, each.at) for each in found} == {(what, at) for what in KINDS for at in range(SUBMISSIONS)}
    assert [mishap(seed) for seed in range(RUNS)] == found
    assert min(Counter(each.what for each in found).values()) >= RUNS // len(KINDS)
    assert trial.PHASES[0].NAME == "wallets"
