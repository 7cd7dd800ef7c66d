"""The chain as a library: a context manager that leaves nothing behind, however its user ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import bittensor as bt
import psutil
import pytest
from bittensor_core import Keypair

from netctl.devchain import DevChain, DevChainError
from netctl.devchain.compat import NEWTYPES
from netctl.devchain.library import ALICE, rao_of
from netctl.devchain.metadata import decode_metadata
from netctl.devchain.remote import Remote
from tests.sdk import connected

BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
POOR = Keypair.create_from_uri("//Poor").ss58_address
DEADLINE_S = 30.0


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def test_the_sdk_finds_what_the_library_did() -> None:
    """From an async test: the chain is a process of its own, and nobody's event loop holds it up."""
    async with DevChain(first_netuid=428, endow={POOR: 2.5}) as chain:
        chain.faucet(BOB, "1.5")
        netuid = chain.add_subnet()
        chain.set_hyperparameter(netuid, "tempo", 33)
        uid = chain.register(netuid, hotkey=BOB, coldkey=BOB)
        async with connected(chain.url) as client:
            poor = await client.query(bt.storage.System.Account, [POOR])
            tempo = await client.query(bt.storage.SubtensorModule.Tempo, [netuid])
            found = await client.query(bt.storage.SubtensorModule.Uids, [netuid, BOB])
        assert (netuid, uid, found, tempo) == (428, 1, 1, 33)
        assert poor["data"]["free"] == 2_500_000_000
        assert chain.block == chain.status()["block"]
        assert chain.genesis == chain.status()["genesis"]
        pid = chain.pid
    assert is_gone(pid or 0)


async def test_the_metadata_suits_older_sdks_or_is_the_runtime_s_own() -> None:
    """SDK 11 goes on with either; only one of the two names the newtypes that SDK 9 cannot read."""
    named: dict[bool, bool] = {}
    for compat in (True, False):
        async with DevChain(compat=compat) as chain:
            metadata = decode_metadata(bytes.fromhex(chain.rpc("state_getMetadata")[2:]))
            named[compat] = bool(NEWTYPES & {tuple(each.path) for each in metadata.types})
            assert chain.status()["compat"] is compat
            chain.register(1, hotkey=BOB, coldkey=BOB)
            async with connected(chain.url) as client:
                assert await client.query(bt.storage.SubtensorModule.Uids, [1, BOB]) == 0
    assert named == {True: False, False: True}


def test_a_block_that_raises_leaves_no_process_and_no_file() -> None:
    kept = DevChain()

    def use() -> None:
        with kept as chain:
            pids.append(chain.pid)
            places.append(chain.log.parent)
            raise KeyError("of the test's own")

    pids: list[int | None] = []
    places: list[Path] = []
    with pytest.raises(KeyError, match="of the test's own"):
        use()
    assert is_gone(pids[0] or 0)
    assert not places[0].exists()
    assert kept.pid is None


def test_data_of_one_s_own_outlives_the_block_and_can_be_gone_on_with(tmp_path: Path) -> None:
    with DevChain(data=tmp_path / "kept") as chain:
        chain.faucet(BOB, 7)
        genesis, block = chain.genesis, chain.mine(3)
    with DevChain(data=tmp_path / "kept") as chain:
        assert (chain.genesis, chain.block) == (genesis, block)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_user_who_dies_takes_the_chain_along(how: signal.Signals, tmp_path: Path) -> None:
    """Killed with -9 too: the chain's input ends with whoever held it."""
    code = (
        "import time\nfrom netctl.devchain import DevChain\n"
        "with DevChain() as chain:\n    print(chain.pid, flush=True)\n    time.sleep(60)\n"
    )
    user = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=tmp_path
    )
    with user:
        assert user.stdout is not None
        pid = int(user.stdout.readline())
        assert not is_gone(pid)
        user.send_signal(how)
        user.wait(timeout=DEADLINE_S)
    wait_until(lambda: is_gone(pid), f"the chain {pid} outlives its user")


def test_ctrl_c_at_a_terminal_reaches_the_test_and_not_the_chain() -> None:
    """A terminal sends it to the whole process group; the chain must be there until the test has ended."""
    with DevChain() as chain:
        assert os.getpgid(chain.pid or 0) != os.getpgid(0)


def test_a_chain_that_cannot_start_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    with DevChain(data=tmp_path / "kept"):
        pass
    wrong = DevChain(data=tmp_path / "kept", first_netuid=9)
    with pytest.raises(DevChainError, match=r"did not start: .*first_netuid None there, 9 here"):
        wrong.start()
    assert wrong.pid is None


def test_what_the_chain_refuses_is_an_error_with_its_name() -> None:
    with DevChain() as chain:
        with pytest.raises(DevChainError, match=r"HotKeyNotRegisteredInNetwork|SubnetNotExists"):
            chain.call("SubtensorModule", "serve_prometheus", netuid=77, version=1, ip=1, port=1, ip_type=4)
        with pytest.raises(DevChainError, match="BadOrigin"):
            chain.call("Balances", "force_set_balance", who=BOB, new_free=5)
        chain.sudo("Balances", "force_set_balance", who=BOB, new_free=5_000)
        with pytest.raises(DevChainError, match="Invalid params: missing call param"):
            chain.sudo("Balances", "force_set_balance", who=BOB)
        with pytest.raises(DevChainError, match="no hyperparameter"):
            chain.set_hyperparameter(0, "tempi", 5)
    with pytest.raises(DevChainError, match="does not run"):
        chain.mine()


def test_a_call_acts_as_anybody_without_a_fee() -> None:
    with DevChain(seal="manual") as chain:
        events = dict(chain.call("Balances", "transfer_keep_alive", origin=ALICE, dest=BOB, value=1_000))
        assert events["Balances.Transfer"] == {"from": ALICE, "to": BOB, "amount": 1_000}
        assert "TransactionPayment.TransactionFeePaid" not in events


@pytest.mark.parametrize(("name", "value"), [("burn_increase_mult", 1.5), ("registration_allowed", True)])
def test_hyperparameters_go_by_the_names_that_the_chain_shows(name: str, value: float) -> None:
    with DevChain() as chain:
        chain.set_hyperparameter(chain.add_subnet(), name, value)


def test_time_is_moved_by_blocks_by_the_chain_s_clock_and_to_an_epoch() -> None:
    with DevChain(seal="manual", block_time_s=0.5) as chain:
        assert chain.warp(to_block=10) == 10
        assert chain.warp(seconds=60) == 130
        assert chain.warp(blocks=5) == 135
        netuid = chain.add_subnet()
        chain.set_hyperparameter(netuid, "tempo", 50)
        epochs = [chain.warp(next_epoch=netuid) for _ in range(3)]
        assert epochs[2] - epochs[1] == 50  # the first may come early: the tempo was shortened
        with pytest.raises(DevChainError, match="beyond block 1"):
            chain.warp(to_block=1)
        with pytest.raises(ValueError, match="exactly one"):
            chain.warp(blocks=1, seconds=1)


def test_blocks_come_by_the_clock_unless_it_is_paused() -> None:
    with DevChain(seal="interval", block_time_s=0.05) as chain:
        wait_until(lambda: chain.block > 2, "blocks come")
        chain.pause()
        assert chain.status()["paused"]
        chain.set_speed(2)
        at = chain.block
        chain.resume()
        wait_until(lambda: chain.block > at, "blocks come again")
        assert chain.status()["speed"] == 2


def test_a_snapshot_is_what_the_chain_goes_back_to() -> None:
    with DevChain() as chain:
        chain.faucet(BOB, 5)
        name, before = chain.snapshot(), chain.status()
        chain.faucet(BOB, 5)
        chain.revert(name)
        after = chain.status()
        assert (after["block"], after["hash"]) == (before["block"], before["hash"])
        chain.remove_snapshot(name)
        with pytest.raises(DevChainError):
            chain.revert(name)


def test_a_fault_holds_until_it_is_cleared() -> None:
    with DevChain(seal="manual") as chain:
        number = chain.fault("registration-closed")
        assert [each["id"] for each in chain.status()["faults"]] == [number]
        chain.clear_fault(number)
        assert chain.status()["faults"] == []


@pytest.mark.parametrize(("tao", "rao"), [(1, 10**9), (0.1, 10**8), ("0.000000001", 1)])
def test_tao_is_counted_in_whole_rao(tao: float | str, rao: int) -> None:
    assert rao_of(tao) == rao


@pytest.mark.parametrize("tao", [-1, "0.0000000001"])
def test_what_is_no_amount_is_refused(tao: float | str) -> None:
    with pytest.raises(ValueError, match="whole number of rao"):
        rao_of(tao)


def test_importing_the_name_costs_nothing() -> None:
    code = (
        "import sys, netctl.devchain.pytest_plugin\nheavy = {'websockets', 'bittensor', 'bittensor_core', 'asyncio'}\n"
        "known = heavy & set(sys.modules)\nprint(sorted(known - early))"
    )
    told = subprocess.run(
        [sys.executable, "-c", f"import sys, pytest\nearly = set(sys.modules)\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "[]\n"


async def test_a_chain_can_be_used_beside_others_in_one_loop() -> None:
    async with DevChain() as one, DevChain(arguments=["--seed", "other"]) as other:
        assert one.genesis != other.genesis
        blocks = await asyncio.gather(*(asyncio.to_thread(each.mine, 3) for each in (one, other)))
        assert list(blocks) == [3, 3]


def test_no_fault_keeps_the_one_who_made_it_out() -> None:
    with DevChain() as chain:
        at = chain.block
        for kind, options in (("handshake-429", {}), ("drop", {}), ("rate-limit", {"rate": 0.01})):
            chain.fault(kind, **options)
        chain.disconnect()
        assert chain.block == at
        Remote(chain.url).clear_fault()
        assert chain.status()["faults"] == []
