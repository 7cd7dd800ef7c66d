"""What `netctl chain status` shows: in words, and as the contract's JSON with more beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from netctl.cli.chain_status import lines
from tests.chains import RunningChain
from tests.cli.program import Ended, run
from tests.cli.schemas import CHAIN_STATUS

FACTS: dict[str, Any] = {
    "endpoint": "ws://127.0.0.1:9944",
    "block": 812,
    "block_time_s": 0.25,
    "spec_version": 461,
    "pid": 4240,
    "genesis": "0xabc",
    "finalized": 810,
}


def text_of(**facts: Any) -> dict[str, str]:
    return dict(lines({**FACTS, **facts}))


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory from which an embedded chain runs."""
    place = tmp_path_factory.mktemp("status")
    up = run("chain", "up", "--first-netuid", "428", cwd=place)
    try:
        assert up.code == 0, up.err
        yield place
    finally:
        run("chain", "down", cwd=place)


def status(here: Path, *words: str) -> Ended:
    ended = run("chain", "status", *words, cwd=here)
    assert ended.code == 0, ended.err
    return ended


def test_the_contract_s_keys_are_there_and_what_was_asked_in_vain_is_counted(here: Path) -> None:
    before = status(here, "--json").document
    jsonschema.validate(before, CHAIN_STATUS)
    node = RunningChain(before["endpoint"], before["genesis"], process=None)  # type: ignore[arg-type]
    for _ in range(3):
        node.rpc("state_call", "BetaBasketRuntimeApi_get_root_basket_owed", "0x" + "00" * 32)
    after = status(here, "--json").document
    name = "api BetaBasketRuntimeApi_get_root_basket_owed"
    # The node's own answer to the same question at the same block is kept and not asked again.
    assert after["unsupported"][name] >= 1
    assert name not in before["unsupported"]
    assert set(after) >= {"finalized", "clock", "pool", "subnets", "engine", "seal"}
    assert after["subnets"] == [0, 1]
    assert f"{name}, asked" in status(here).out


def test_a_running_chain_reads_well(here: Path) -> None:
    rows = [line.split(maxsplit=1)[0] for line in status(here).out.splitlines() if not line.startswith(" ")]
    assert rows[:8] == ["endpoint", "block", "block", "clock", "spec", "genesis", "pid", "subnets"]


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({}, "0.25 s"),
        ({"speed": 1.0, "paused": False, "finality_lag": 0}, "0.25 s"),
        ({"speed": 10.0}, "0.25 s, at 10x"),
        ({"paused": True, "speed": 2.5}, "0.25 s, at 2.5x, PAUSED"),
        ({"finality_lag": 3}, "0.25 s, final 3 blocks later"),
        ({"seal": "instant"}, "0.25 s, sealed instant"),
    ],
)
def test_the_pace_is_told_when_it_is_not_the_usual(facts: dict[str, Any], text: str) -> None:
    assert text_of(**facts)["block time"] == text


def test_faults_and_what_is_not_modelled_are_named_one_by_one() -> None:
    common = {"what": "it goes wrong", "in_chain_state": False, "left": None, "left_s": None, "struck": 0}
    faults = [
        {**common, "id": 1, "kind": "drop", "left": 1, "left_s": 26.4, "struck": 2, "method": "author_*"},
        {**common, "id": 2, "kind": "price-jump", "in_chain_state": True, "netuid": 7},
    ]
    told = list(lines({**FACTS, "faults": faults, "unsupported": {"call A.b": 1, "api C_d": 7}}))
    assert told[-4:] == [
        ("faults", "1: drop, the next time, for 26 s, struck 2 times: it goes wrong (only author_*)"),
        ("", "2: price-jump, until cleared: it goes wrong (subnet 7)"),
        ("not modelled", "api C_d, asked 7 times"),
        ("", "call A.b, asked once"),
    ]
    assert text_of(faults=[], unsupported={})["faults"] == "none"
    many = {f"rpc x_{index}": index for index in range(1, 13)}
    assert list(lines({**FACTS, "unsupported": many}))[-1] == ("", "and 4 more: --json names them")


def test_a_node_that_is_no_embedded_chain_is_told_by_what_any_node_says() -> None:
    told = text_of(container="netctl-chain-1", image="x:1", pid=None)
    assert told["container"] == "netctl-chain-1, image x:1"
    assert "pid" not in told


@pytest.mark.slow
def test_what_is_modelled_is_printed(here: Path) -> None:
    page = run("chain", "modelled", cwd=here)
    assert page.code == 0
    assert page.out == (Path(__file__).parents[2] / "docs" / "modelled.md").read_text(encoding="utf-8")
    told = run("chain", "modelled", "--json", cwd=here).document
    assert {"kind": "call", "group": "EVM", "name": "call", "standing": "refused", "how": None} in told


@pytest.mark.slow
def test_faults_at_the_door_and_on_every_message_keep_no_operator_out(here: Path) -> None:
    for words in (["handshake-429"], ["drop"], ["rate-limit", "--rate", "0.01"]):
        assert run("chain", "fault", "add", *words, cwd=here).code == 0
    try:
        held = status(here, "--json").document["faults"]
        assert {each["kind"] for each in held} == {"handshake-429", "drop", "rate-limit"}
        for words in (["up"], ["mine", "2"], ["warp", "+1s"], ["pause"], ["resume"], ["speed", "1x"], ["snapshots"]):
            ended = run("chain", *words, cwd=here)
            assert ended.code == 0, ended.err
    finally:
        assert run("chain", "fault", "clear", cwd=here).code == 0


@pytest.mark.slow
def test_a_chain_of_other_options_is_refused_in_its_own_two_lines(tmp_path: Path) -> None:
    assert run("chain", "up", "--registration", "windows", cwd=tmp_path).code == 0
    assert run("chain", "down", cwd=tmp_path).code == 0
    ended = run("chain", "up", cwd=tmp_path)
    assert ended.code == 8
    error, hint = ended.err.splitlines()
    assert error.endswith("made with other options: registration 'windows' there, 'price' here")
    assert f"remove {tmp_path}" in hint
    assert run("chain", "down", cwd=tmp_path).code == 0  # whose tmux must not stay either
