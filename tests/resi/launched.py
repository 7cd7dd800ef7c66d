"""What one launched neuron does, or a miner with a validator that asks it, under a given pack."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from netctl.chaos.wire import Route
from netctl.fleet import ProxyPorts, Strategy
from tests.chaos.proxies import RunningProxy
from tests.ports import free_ports
from tests.resi.bench import Bench, Running
from tests.resi.fleet import sdk_python, until

Seen = Callable[[Bench, Path | None], str]
ONE_JOB = Strategy("one", ("77494",), 300)
NO_JOB = Strategy("far", ("59001",), 300)
MADE_BY_RUNS = ("s3", "s3_validation.parquet", "upload_utils/state_file_s3_partitioned.json")
BEGUN = {"miner": "Miner starting at", "validator": "Validator running on step"}
ELSEWHERE = "127.0.0.7"


def of(name: str) -> str:
    return f"{name}_1"


def swept(bench: Bench) -> Bench:
    """The checkout as if nothing had ever run in it."""
    for name in MADE_BY_RUNS:
        path = bench.checkout / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return bench


def says(role: str, good: str, bad: str, *, kind: str = "local", **changes: Any) -> Seen:
    """Which of the two it says first."""

    def seen(bench: Bench, pack: Path | None) -> str:
        with bench.running(swept(bench).changed(of(role), kind=kind, **changes), pack) as neuron:
            return neuron.wait_for(bad, good)

    return seen


def begins_or(role: str, bad: str, **changes: Any) -> Seen:
    """Whether it comes to its work."""
    return says(role, BEGUN[role], bad, **changes)


def owns_its_port(role: str) -> Seen:
    """Whether somebody listens where the profile says, once the neuron holds itself for started."""

    def seen(bench: Bench, pack: Path | None) -> str:
        fleet = bench.changed(of(role))
        with bench.running(fleet, pack) as neuron:
            neuron.wait_for(BEGUN[role])
            port = fleet.neurons[0].axon_port
            try:
                until(lambda: bench.holder(port), deadline_s=4)
            except AssertionError:
                return "nobody listens there"
            return "listens there"

    return seen


def announces(role: str) -> Seen:
    """The address that the chain has of a neuron whose profile names one, off loopback."""

    def seen(bench: Bench, pack: Path | None) -> str:
        with bench.running(bench.changed(of(role), kind="custom", axon_ip=ELSEWHERE), pack) as neuron:
            if "checkip" in (word := neuron.wait_for(BEGUN[role], "checkip.amazonaws.com")):
                return word
            return str(bench.axon(of(role))).rpartition(":")[0]

    return seen


def announces_the_proxy(role: str) -> Seen:
    """Which port the chain has of a neuron behind the fleet's proxy."""

    def seen(bench: Bench, pack: Path | None) -> str:
        rpc, bind = free_ports(2)
        fleet = bench.changed(of(role), proxied=ProxyPorts(rpc, bind))
        neuron = fleet.neurons[0]
        proxy = RunningProxy(fleet.state / "proxy")
        proxy.place.mkdir(parents=True)
        proxy.lead(Route(neuron.name, rpc, bench.chain.url, "127.0.0.1", neuron.axon_port, bind))
        proxy.start()
        try:
            with bench.running(fleet, pack) as started:
                started.wait_for(BEGUN[role], deadline_s=120)
                port = int(str(bench.axon(of(role))).rpartition(":")[2])
        finally:
            proxy.kill()
        return "the proxy's port" if port == neuron.axon_port else "the port that it listens on"

    return seen


def pair(*words: str, miner: bool = False, validator: bool = False) -> Seen:
    """What a validator says of a miner that has something; the pack is that of the roles named."""

    def seen(bench: Bench, pack: Path | None) -> str:
        swept(bench)
        with bench.running(bench.changed("miner_1", strategy=ONE_JOB), pack if miner else None) as served:
            served.wait_for("Uploaded 4 records")
            with bench.running(bench.changed("validator_1"), pack if validator else None) as asking:
                hotkey = re.search(r"hotkey=(\w+)/", served.out)
                assert hotkey is not None
                return asking.wait_for(*(word.replace("MINER", hotkey[1]) for word in words)).replace(
                    hotkey[1], "MINER"
                )

    return seen


def memo(bench: Bench, pack: Path | None) -> str:
    """Where a validator remembers what it found in S3."""
    seen = pair("passed S3 validation", validator=True)(bench, pack)
    assert seen == "passed S3 validation"
    inside = (bench.checkout / "s3_validation.parquet").exists()
    return "in the checkout, with every other validator's" if inside else "its own"


def batch(bench: Bench, pack: Path | None) -> str:
    """Whether a validator takes itself for a miner."""
    row = next(r for r in bench.rows() if r["name"] == "validator_1")
    with bench.running(bench.changed("validator_1"), pack) as asking:
        asking.wait_for("batch of uids: {")
        found = until(lambda: re.search(r"batch of uids: \{([\d, ]+)\}", asking.out), deadline_s=5)
        return "evaluates itself" if str(row["uid"]) in found[1].split(", ") else "evaluates miners"


def traced(bench: Bench, pack: Path | None) -> str:
    """How much a validator says."""
    with bench.running(bench.changed("validator_1"), pack) as asking:
        asking.wait_for(BEGUN["validator"])
        return "traces" if re.search(r"\| +TRACE +\|", asking.out) else "does not trace"


def fetches(bench: Bench, pack: Path | None) -> str:
    """Whether a validator whose state lies in somebody's git repository leaves that alone."""
    number = next(bench.numbers)
    origin, repository = bench.place / f"origin{number}", bench.place / f"repository{number}"
    for words in (
        ("init", "-q", "--bare", str(origin)),
        ("init", "-q", str(repository)),
        ("-C", str(repository), "remote", "add", "origin", str(origin)),
    ):
        subprocess.run(("git", *words), check=True)
    with bench.running(bench.changed("validator_1", state=repository / ".netctl" / "real"), pack) as asking:
        asking.wait_for(BEGUN["validator"])
        return "fetches into it" if (repository / ".git" / "FETCH_HEAD").exists() else "leaves it alone"


def second_upload(bench: Bench, pack: Path | None) -> str:
    """What the second miner of a checkout uploads."""
    swept(bench)
    for name in ("miner_1", "miner_2"):
        with bench.running(bench.changed(name, strategy=ONE_JOB), pack) as miner:
            seen = miner.wait_for("Uploaded 4 records", "(offset: 4)")
    return seen


def stands_elsewhere(bench: Bench, pack: Path | None) -> str:
    """What becomes of a miner's database while a thread of it stands in a clone of the prospector's repository."""
    fleet = bench.changed("miner_1", strategy=NO_JOB, args=(("gravity", None),))
    clone = fleet.state / "work" / "miner_1" / "prospector"
    slow = bench.place / "slow-upload-pack"
    slow.write_text("#!/bin/sh\nsleep 12\nexit 1\n")
    slow.chmod(0o755)
    for words in (
        ("init", "-q", str(clone)),
        ("-C", str(clone), "remote", "add", "origin", str(bench.place)),
        ("-C", str(clone), "config", "remote.origin.uploadpack", str(slow)),
    ):
        subprocess.run(("git", *words), check=True)
    commit(bench, "validator_1", "0" * 40)
    with bench.running(fleet, pack) as miner:
        miner.wait_for("Fetching latest changes")
        return miner.wait_for("no such table", "Total weights have been calculated")


def without_key(bench: Bench, pack: Path | None) -> str:
    """A miner whose profile forgot the key."""
    fleet = bench.changed("miner_1")
    env = tuple(pair for pair in fleet.neurons[0].env if pair[0] != "RAPIDAPI_KEY")
    fleet = replace(fleet, neurons=(replace(fleet.neurons[0], env=env),))
    blocked = bench.rendered(fleet, pack).blocked
    if blocked:
        return f"blocked: {blocked[0].why}"
    with bench.running(fleet, pack) as miner:
        return _lives_without(miner, "RAPIDAPI_KEY environment variable is required")


def with_dotenv(*, above: bool) -> Seen:
    """A checkout that has a `.env` without the key, in itself or above it."""

    def seen(bench: Bench, pack: Path | None) -> str:
        dotenv = (bench.checkout.parent if above else bench.checkout) / ".env"
        dotenv.write_text("RAPIDAPI_KEY=\n")
        try:
            fleet = bench.changed("miner_1")
            blocked = bench.rendered(fleet, pack).blocked
            if blocked:
                return f"blocked: {blocked[0].why}"
            with bench.running(fleet, pack) as miner:
                return _lives_without(miner, "RAPIDAPI_KEY environment variable is required")
        finally:
            dotenv.unlink()

    return seen


def _lives_without(miner: Running, words: str) -> str:
    said = miner.wait_for(words)
    return f"lives, {said}" if miner.process.poll() is None else said


def commit(bench: Bench, name: str, text: str) -> None:
    """Let a neuron commit a text on the chain, by the SDK that the checkout runs on."""
    neuron = bench.neuron(name)
    code = (
        "import sys, bittensor as bt; url, path, name, hotkey, netuid, text = sys.argv[1:]\n"
        "wallet = bt.Wallet(name=name, hotkey=hotkey, path=path)\n"
        "assert bt.Subtensor(network=url).commit(wallet, int(netuid), text)"
    )
    words = [bench.chain.url, str(bench.fleet.wallet_path), neuron.wallet, neuron.hotkey, str(bench.fleet.netuid), text]
    done = subprocess.run([str(sdk_python()), "-c", code, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
