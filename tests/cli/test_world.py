"""The composition root: a rehearsal never looks at the user's own files, and a public fleet can be paid for by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from netctl import networks, spread
from netctl.cli import fund_sheet, funding_prompt, questions
from netctl.cli.output import PlainTalk
from netctl.cli.world import isolated, locked, on_recognised_network, world_of
from netctl.errors import PolicyError, SessionError
from netctl.fleet import Network, NetworkKind
from netctl.money import RAO_PER_TAO
from netctl.paying import policy
from netctl.phases import subnet, wallets
from netctl.ports import Call
from netctl.standing import NeuronOutcome, Outcome
from tests.chains import ALICE, RunningChain
from tests.cli.fleet_values import FLEET
from tests.cli.program import SMALL

WATCHED = """
import sys
from pathlib import Path
wallets = str(Path.home() / ".bittensor")
touched = []
def watch(event, args):
    if event in ("open", "os.listdir", "os.scandir", "os.mkdir") and str(args[0]).startswith(wallets):
        touched.append((event, args[0]))
sys.addaudithook(watch)
from netctl.cli import main
for line in sys.argv[1:]:
    main(line.split())
print("TOUCHED", touched)
"""


def _touched(here: Path, home: Path, *lines: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *lines],
        cwd=here,
        env={**os.environ, "HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.rpartition("TOUCHED ")[2].strip()


@pytest.mark.slow
def test_a_rehearsal_does_not_list_the_users_wallets(tmp_path: Path) -> None:
    wallets_there = tmp_path / "home" / ".bittensor" / "wallets" / "w1"
    wallets_there.mkdir(parents=True)
    (wallets_there / "coldkeypub.txt").write_text("{}")
    (tmp_path / "small.yaml").write_text(SMALL)
    of_rehearsal = ("fleet plan small.yaml --rehearse", "wallet list -p small.yaml --rehearse", "fleet list")
    assert _touched(tmp_path, tmp_path / "home", *of_rehearsal) == "[]"
    assert "coldkeypub.txt" in _touched(tmp_path, tmp_path / "home", "wallet list -p small.yaml")


def test_home_lies_in_the_state_directory_during_a_rehearsal_only(tmp_path: Path) -> None:
    before = dict(os.environ)
    fleet = replace(FLEET, state=tmp_path)
    with isolated(fleet):
        assert Path.home() == tmp_path / "home"
        assert os.environ["BITTENSOR_RUNTIME_CACHE_DIR"].startswith(str(tmp_path))
    assert dict(os.environ) == before
    with isolated(replace(fleet, network=Network("test", "wss://t"))):
        assert dict(os.environ) == before


def test_a_fleet_whose_neurons_run_on_a_swarm_is_not_started_here_as_well(tmp_path: Path) -> None:
    fleet = replace(FLEET, state=tmp_path)
    spread.write(tmp_path, spread.Note("abc", "ssh://ops@nd1"))
    with pytest.raises(SessionError, match="started on the swarm of ssh://ops@nd1") as refused, locked(fleet):
        pass
    assert "netctl fleet down" in refused.value.hint
    spread.remove(tmp_path)
    with locked(fleet):
        pass


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A person who types this."""

    def answer(line: str) -> None:
        monkeypatch.setattr(fund_sheet, "POLL_S", 0.05)
        monkeypatch.setattr(questions, "_typed", lambda _question: line)

    return answer


async def _short_of_tao(tmp_path: Path, chain: RunningChain) -> Outcome:
    """A fleet on a chain that is nobody's to mint on, whose coldkey has nothing."""
    own = replace(FLEET, state=tmp_path, wallet_path=tmp_path / "wallets", network=Network("local", chain.url))
    async with world_of(own) as world:
        for step in subnet.diff(own, await subnet.observe(own, world)).steps:
            await step.apply(world)
        for step in wallets.diff(own, await wallets.observe(own, world)).steps:
            await step.apply(world)
    public = replace(own, network=Network("custom", chain.url))
    return Outcome(public, (NeuronOutcome("miner_3", "blocked", "funding", "needs TAO"),), (), 0, ())


async def test_funding_names_the_address_and_the_exact_shortfall(
    tmp_path: Path, devchain: RunningChain, answers: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = await _short_of_tao(tmp_path, devchain)
    answers("")
    capsys.readouterr()
    assert await funding_prompt.offer_funding(outcome, PlainTalk()) is None
    err = capsys.readouterr().err
    async with world_of(outcome.fleet) as world:
        (short,) = (await fund_sheet.read_sheet(outcome.fleet, world)).short
    assert f"send them to {short.ss58}" in err
    assert "TAO are missing on custom" in err
    assert short.short_rao > 0


async def test_a_wallets_name_lets_that_wallet_pay(
    tmp_path: Path, devchain: RunningChain, answers: Callable[[str], None]
) -> None:
    outcome = await _short_of_tao(tmp_path, devchain)
    answers("my_funds")
    fleet = await funding_prompt.offer_funding(outcome, PlainTalk())
    assert fleet is not None
    assert fleet.funding.from_wallet == "my_funds"


async def test_waiting_ends_when_the_tao_has_come(
    tmp_path: Path, devchain: RunningChain, answers: Callable[[str], None]
) -> None:
    outcome = await _short_of_tao(tmp_path, devchain)
    async with world_of(outcome.fleet) as world:
        (short,) = (await fund_sheet.read_sheet(outcome.fleet, world)).short
    assert short.ss58 is not None
    devchain.faucet(short.ss58, 10 * RAO_PER_TAO)
    answers("w")
    assert await funding_prompt.offer_funding(outcome, PlainTalk()) == outcome.fleet


async def test_nobody_is_asked_for_tao_when_something_else_failed(tmp_path: Path) -> None:
    failed = Outcome(FLEET, (NeuronOutcome("miner_3", "failed", "sessions", "exited"),), (), 0, ())
    assert await funding_prompt.offer_funding(failed, PlainTalk()) is None


async def test_finney_behind_another_address_still_asks_for_its_name(
    tmp_path: Path, devchain: RunningChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = replace(FLEET, state=tmp_path, wallet_path=tmp_path, network=Network("custom", devchain.url))
    assert (await on_recognised_network(fleet, PlainTalk())).network.kind == "custom"
    monkeypatch.setattr(networks, "NAMES", {devchain.genesis: "finney"})
    found = (await on_recognised_network(fleet, PlainTalk())).network
    assert found == Network("finney", devchain.url, devchain.genesis)
    assert policy.needed_consent(found, pays=True) == "typed_name"


@pytest.mark.parametrize(("kind", "refused"), [("test", True), ("custom", True), ("finney", True), ("local", False)])
async def test_the_sdks_policy_stands_before_public_networks(
    kind: NetworkKind, refused: bool, tmp_path: Path, devchain: RunningChain
) -> None:
    fleet = replace(FLEET, state=tmp_path, wallet_path=tmp_path, network=Network(kind, devchain.url, devchain.genesis))
    call = Call("SubtensorModule", "register_network", {"hotkey": ALICE})
    async with world_of(fleet) as world:
        signing = world.chain.sign(call, world.keys.dev_signer("//Alice"), nonce=0, lifetime_blocks=16)
        if refused:
            with pytest.raises(PolicyError, match="the SDK's policy refuses it"):
                await signing
        else:
            assert (await signing).raw
