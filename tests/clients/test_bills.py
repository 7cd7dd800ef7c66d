"""The commands that are printed for other machines, by the parsers of the programs that shall take them."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from netctl.fleet import Fleet
from netctl.networks import NETWORKS, network_of
from netctl.paying.bills import Bill, commands, script
from tests.chains import ALICE, TAO
from tests.cli.fleet_values import FLEET
from tests.environments import python_of

HERE = Path(__file__).parent
BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
TRANSFER = Bill("transfer", ("miner_1", "miner_2"), "w 1", ALICE, 123_456_789, 428)
REGISTER = Bill("register", ("miner_1",), "w 1", ALICE, TAO // 10, 428, "h1", BOB)
STAKE = Bill("stake", ("validator_1",), "w 2", ALICE, 310 * TAO + 1, 428, "h2", BOB)
BILLS = (
    TRANSFER,
    REGISTER,
    replace(REGISTER, max_rao=TAO // 8),
    replace(REGISTER, max_rao=7 * TAO),
    replace(REGISTER, max_rao=TAO // 20),
    STAKE,
)
ON_TEST = replace(FLEET, network=NETWORKS["test"], funding=replace(FLEET.funding, from_wallet="the bank"))
ON_A_NODE = replace(ON_TEST, network=network_of("wss://node.example:443"))
INTERPRETERS = {"btcli_11": "bittensor-11.3.0", "btcli_9": "bittensor-cli-9.23.2"}


def parsed(python: Path, lines: list[str], home: Path) -> list[dict[str, Any]]:
    """What the btcli beside that interpreter understands."""
    done = subprocess.run(
        [str(python), str(HERE / "parse_btcli.py")],
        input=json.dumps([shlex.split(line) for line in lines]),
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout.rpartition("ANSWERS ")[2])
    return answers


def check(program: str, python: Path, home: Path, fleet: Fleet) -> None:
    lines = [commands(bill, fleet)[program] for bill in BILLS]
    answers = parsed(python, lines, home)
    assert not [answer for answer in answers if "error" in answer], answers
    wanted = str(fleet.network.endpoint if fleet.network.kind == "custom" else fleet.network.kind)
    for bill, answer in zip(BILLS, answers, strict=True):
        options = answer["options"]
        assert options["network"] in (wanted, f"('{wanted}',)")
        paying = "the bank" if bill.kind == "transfer" else bill.wallet
        assert options.get("wallet", options.get("wallet_name")) == paying
        told = " ".join(options.values())
        if bill.kind == "transfer":
            assert answer["command"] == "btcli wallet transfer"
            assert ALICE in told
            assert "0.123456789" in options.values()
        elif bill.kind == "stake":
            assert answer["command"] == "btcli stake add"
            assert BOB in told
            assert "428" in options.values()
            assert "310.000000001" in options.values()
        else:
            assert answer["command"] == (
                "btcli call" if program == "btcli_11" and bill.max_rao else "btcli subnets register"
            )
            assert (BOB if program == "btcli_11" else "h1") in told
            assert "428" in told


@pytest.mark.slow
def test_the_btcli_of_bittensor_11_takes_every_command(own_home: Path) -> None:
    """The one that netctl itself brings along."""
    check("btcli_11", Path(sys.executable), own_home, ON_TEST)
    check("btcli_11", Path(sys.executable), own_home, ON_A_NODE)


@pytest.mark.slow
@pytest.mark.timeout(600)  # the first time its environment is made
@pytest.mark.parametrize("program", INTERPRETERS)
def test_a_btcli_takes_every_command(program: str, own_home: Path) -> None:
    python = python_of(INTERPRETERS[program])
    check(program, python, own_home, ON_TEST)
    check(program, python, own_home, ON_A_NODE)


@pytest.mark.slow
def test_the_parser_is_asked_and_not_the_test(own_home: Path) -> None:
    lines = ["btcli stake add --netuid lots --amount 1", "btcli wallet transfer --to 5G", "btcli walet transfer"]
    assert all("error" in answer for answer in parsed(Path(sys.executable), lines, own_home))


@pytest.mark.fast
def test_netctl_takes_its_own() -> None:
    from netctl.cli.app import app

    root = get_command(app)
    for bill in BILLS:
        for fleet in (ON_TEST, replace(ON_TEST, funding=replace(ON_TEST.funding, from_wallet=None))):
            words = shlex.split(commands(bill, fleet, network="ws://127.0.0.1:9944")["netctl"])
            context = root.make_context("netctl", words[1:])
            name, found, rest = root.resolve_command(context, [*context._protected_args, *context.args])  # type: ignore[attr-defined]
            params = found.make_context(name, rest, parent=context).params
            assert params["network"] == "ws://127.0.0.1:9944"
            if bill.kind != "transfer":
                assert tuple(params["neurons"]) == bill.neurons


@pytest.mark.fast
def test_what_is_pasted_is_commands_and_comments_and_each_of_netctl_s_only_once() -> None:
    lines = script((TRANSFER, replace(TRANSFER, coldkey_ss58=BOB), REGISTER), ON_TEST)
    commanded = [line for line in lines if line and not line.startswith("#")]
    assert all(line.split()[0] in ("btcli", "netctl") for line in commanded)
    assert [shlex.split(line)[:2] for line in commanded if line.startswith("netctl")] == [
        ["netctl", "fund"],
        ["netctl", "register"],
    ]
    assert len(commanded) == 2 + 3 + 3
    assert script((), ON_TEST) == []


@pytest.mark.fast
@pytest.mark.parametrize(("cap", "share"), [(TAO // 8, "0.25"), (7 * TAO, "1"), (TAO // 20, "0")])
def test_bittensor_cli_9_gets_the_cap_as_a_share_of_the_price(cap: int, share: str) -> None:
    words = shlex.split(commands(replace(REGISTER, max_rao=cap), ON_TEST)["btcli_9"])
    assert words[words.index("--tolerance") + 1] == share
