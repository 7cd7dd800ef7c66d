"""The chain as a library in hasty hands: nothing hangs, nothing stays behind, errors say what was wrong."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from netctl.devchain import DevChain, DevChainError
from netctl.devchain import remote as remote_module
from netctl.devchain.library import rao_of
from tests.devchain.test_library import BOB, DEADLINE_S, is_gone, wait_until
from tests.devchain.test_library_paper import run


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_user_who_dies_leaves_no_file(how: signal.Signals, tmp_path: Path) -> None:
    """Nobody else knows of the temporary directory: the chain itself removes it."""
    code = (
        "import time\nfrom netctl.devchain import DevChain\n"
        "with DevChain() as chain:\n    print(chain.log.parent, flush=True)\n    time.sleep(60)\n"
    )
    environ = os.environ | {"TMPDIR": str(tmp_path)}
    user = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environ)
    with user:
        assert user.stdout is not None
        place = Path(user.stdout.readline().strip())
        assert place.parent == tmp_path
        assert any(place.iterdir())
        user.send_signal(how)
        user.wait(timeout=DEADLINE_S)
    wait_until(lambda: not place.exists(), f"{place} outlives its user")


def test_a_directory_of_one_s_own_is_kept_by_a_user_who_dies(tmp_path: Path) -> None:
    code = (
        "import os, signal\nfrom netctl.devchain import DevChain\n"
        f"DevChain(data={str(tmp_path / 'kept')!r}).start().faucet({BOB!r}, 7)\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=False, cwd=tmp_path)
    children = [each for each in psutil.process_iter(["cmdline"]) if str(tmp_path) in (each.info["cmdline"] or [])]
    wait_until(lambda: all(is_gone(each.pid) for each in children), "the chain outlives its user")
    assert (tmp_path / "kept" / "chain").is_dir()


async def test_an_async_with_that_is_cancelled_while_it_starts_leaves_nothing() -> None:
    before = {each.pid for each in psutil.Process().children()}
    chain = DevChain()

    async def use() -> None:
        async with chain:
            raise AssertionError("it was cancelled before")

    using = asyncio.create_task(use())
    while not {each.pid for each in psutil.Process().children()} - before:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    using.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using
    assert chain.pid is None
    assert not chain.log.parent.exists()
    assert {each.pid for each in psutil.Process().children()} <= before


def test_chains_within_chains_do_not_meet() -> None:
    with DevChain() as outer:
        with DevChain() as inner:
            assert inner.add_subnet() == outer.add_subnet() == 2
            inner.mine(5)
        outer.mine()
        assert (outer.block, inner.pid) == (3, None)
        with pytest.raises(DevChainError, match="runs already"):
            outer.start()
        outer.mine()


def test_a_chain_is_restarted_at_its_address_on_its_blocks() -> None:
    with DevChain(seal="interval", block_time_s=0.05) as chain:
        chain.faucet(BOB, 5)
        chain.pause()
        url, pid, block = chain.url, chain.pid, chain.block
        for end in (lambda: None, lambda: os.kill(chain.pid or 0, signal.SIGKILL)):
            end()
            chain.restart()
            assert (chain.url, is_gone(pid or 0), chain.status()["paused"]) == (url, True, False)
            assert chain.block >= block
            pid = chain.pid
        place = chain.log.parent
    assert not place.exists()
    with pytest.raises(DevChainError, match="does not run"):
        chain.restart()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"seal": "never"}, r"did not start: argument --seal: invalid choice: 'never'"),
        ({"block_time_s": -1}, r"did not start: argument --block-time: a block time between .* wanted, not -1$"),
        ({"first_netuid": 0}, r"did not start: argument --first-netuid: a number from 1 to 65535 wanted, not 0$"),
        ({"arguments": ["--nope"]}, r"did not start: unrecognized arguments: --nope$"),
        ({"data": "/proc/nowhere"}, r"cannot be kept in /proc/nowhere: "),
    ],
)
def test_what_it_cannot_be_made_with_is_said_without_the_usage(options: dict[str, object], why: str) -> None:
    with pytest.raises(DevChainError, match=why):
        DevChain(**options).start()  # type: ignore[arg-type]


def test_words_are_a_list() -> None:
    with pytest.raises(TypeError, match="a list of words, not '--no-compat'"):
        DevChain(arguments="--no-compat")


def test_the_error_is_that_of_this_start(tmp_path: Path) -> None:
    with pytest.raises(DevChainError, match="a number from 1"):
        DevChain(data=tmp_path, first_netuid=0).start()
    with pytest.raises(DevChainError) as refusal:
        DevChain(data=tmp_path, arguments=["--endow", "x=1"]).start()
    assert "a number from 1" not in str(refusal.value)
    with DevChain(data=tmp_path), pytest.raises(DevChainError, match=r"in use by another chain.* / hint: "):
        DevChain(data=tmp_path).start()


@pytest.mark.parametrize("tao", ["lots", None, "", float("inf"), float("nan")])
def test_what_is_no_amount_is_a_value_error(tao: object) -> None:
    with pytest.raises(ValueError, match=r"no amount of TAO|not a whole number of rao"):
        rao_of(tao)  # type: ignore[arg-type]


@pytest.mark.timeout(30)
def test_what_json_cannot_say_is_refused_at_once() -> None:
    with DevChain(seal="interval") as chain:
        with pytest.raises(ValueError, match="not JSON compliant"):
            chain.set_speed(float("nan"))
        with pytest.raises(ValueError, match="not JSON compliant"):
            chain.fault("rate-limit", rate=float("inf"))
        with pytest.raises(DevChainError, match="cannot be kept"):
            chain.set_speed(10**400)
        chain.mine()
        assert chain.status()["faults"] == []


@pytest.mark.timeout(60)
def test_an_unreadable_question_is_answered_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with DevChain() as chain:
        with monkeypatch.context() as patched:
            patched.setattr(remote_module.json, "dumps", lambda *_, **__: "{")
            with pytest.raises(DevChainError, match="Parse error"):
                chain.mine()
        assert chain.mine() == 1


def test_more_blocks_than_one_request_takes_are_mined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_module, "MOST_AT_ONCE", 40)
    with DevChain(seal="manual") as chain:
        assert chain.mine(100) == 100


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ({"seconds": 10**12}, r"4,000,000,000,000 blocks ahead, at 250 ms"),
        ({"to_block": 2**40}, r"1,099,511,627,776 blocks ahead"),
        ({"blocks": 10_000_001}, "10,000,001 blocks ahead"),
        ({"next_epoch": 9}, "no subnet 9 with epochs, there are: 1"),
    ],
)
def test_a_slip_of_the_hand_does_not_mine_for_years(target: dict[str, int], why: str) -> None:
    with DevChain(seal="manual") as chain:
        with pytest.raises(DevChainError, match=why):
            chain.warp(**target)  # type: ignore[arg-type]
        assert chain.block == 0


def test_no_amount_and_too_great_a_one_are_refused() -> None:
    with DevChain() as chain:
        for tao in (0, 21_000_001):
            with pytest.raises(DevChainError, match="more than 0 and at most 21,000,000 TAO wanted"):
                chain.faucet(BOB, tao)
        assert chain.block == 0


FIXTURES = {
    "test_it.py": f"""
import os, signal
import pytest
from netctl.devchain import DevChainError

def asked_in_vain(chain):
    with pytest.raises(DevChainError):
        chain.rpc("no_such_method")
    chain.rpc("state_call", "BetaBasketRuntimeApi_get_root_basket_owed", "0x" + "00" * 32)
    assert len(chain.status()["unsupported"]) == 2

def test_counts(devchain): asked_in_vain(devchain)
def test_counts_of_its_own(devchain):
    assert devchain.status()["unsupported"] == {{}}
    asked_in_vain(devchain)
def test_snapshot(devchain): devchain.snapshot("mine")
def test_snapshot_of_the_same_name(devchain): devchain.snapshot("mine")
def test_kills_the_chain(devchain):
    devchain.faucet({BOB!r}, 5)
    os.kill(devchain.pid, signal.SIGKILL)
def test_after_a_kill(devchain):
    assert (devchain.block, devchain.status()["subnets"]) == (0, [0, 1])
    devchain.mine()
def test_stops_the_chain(devchain): devchain.stop()
def test_after_a_stop(devchain): assert devchain.mine() == 1
def test_restarts_the_chain(devchain):
    devchain.faucet({BOB!r}, 5)
    devchain.restart()
    assert devchain.block == 1
def test_breaks_it(devchain):
    devchain.fault("hang")
    devchain.fault("price-jump", factor=3)
    devchain.fault("finality-lag", blocks=3)
    devchain.pause()
def test_finds_it_whole(devchain):
    told = devchain.status()
    assert (told["faults"], told["paused"], told["finality_lag"], told["block"]) == ([], False, 0, 0)
"""
}


@pytest.mark.parametrize("words", [[], ["-n", "2"]], ids=["alone", "xdist"])
@pytest.mark.slow
def test_the_fixture_is_as_found_whatever_the_test_before_did(words: list[str], tmp_path: Path) -> None:
    for name, text in FIXTURES.items():
        (tmp_path / name).write_text(text)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    told = run(
        tmp_path,
        *("env", f"TMPDIR={scratch}", sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore"),
        *words,
    )
    assert "11 passed" in told
    assert not list(scratch.glob("devchain-*"))


@pytest.mark.parametrize("words", [[], ["-n", "1"]], ids=["alone", "xdist"])
@pytest.mark.slow
def test_ctrl_c_in_pytest_leaves_nothing(words: list[str], tmp_path: Path) -> None:
    """As a terminal sends it: to every process of the group."""
    (tmp_path / "test_it.py").write_text(
        "import time\n\ndef test_waits(devchain):\n"
        "    print(devchain.pid, devchain.log.parent, file=open('told', 'w'), flush=True)\n    time.sleep(60)\n"
    )
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", *words]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    pytest_run = subprocess.Popen(
        argv, cwd=tmp_path, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    told = tmp_path / "told"
    wait_until(lambda: told.exists() and told.read_text().endswith("\n"), "the test runs")
    pid, place = told.read_text().split()
    assert place.startswith(tempfile.gettempdir())
    os.killpg(pytest_run.pid, signal.SIGINT)
    assert pytest_run.wait(timeout=DEADLINE_S) == pytest.ExitCode.INTERRUPTED
    wait_until(lambda: is_gone(int(pid)) and not Path(place).exists(), "chain and directory are gone")
