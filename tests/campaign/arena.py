"""One fleet in a directory of its own, and what the world looks like when netctl has done with it."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from netctl.devchain.pallets.subtensor.ownership import subnet_account
from tests.ports import free_ports

HERE = Path(__file__).parent
BLOCKS_AT_ONCE = 32
COUNTED = ("Transfer", "StakeAdded", "NeuronRegistered")
POOLS = (1, 428)
EMITTED = ("SubnetTaoInEmission", "SubnetExcessTao")


@dataclass
class Runner:
    """The forking runner; one at a time, ended with `close`."""

    process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.campaign.runner"],
            cwd=HERE.parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, **order: Any) -> dict[str, int | None]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer: dict[str, int | None] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(30)


@dataclass(frozen=True)
class Books:
    """What was paid, by whom, and what it bought; `refused_rao` are the fees of extrinsics that failed, by account.

    Balances are told as if nothing had been emitted into pools and no TAO had gone there for stake: runs differ in
    their blocks, and with those in what a pool asks for the same stake. That it is the same, an empty plan shows.
    """

    events: Counter[str]
    balances: dict[str, int]
    refused_rao: dict[str, int]

    def before_refusals(self) -> dict[str, int]:
        return {name: free + self.refused_rao.get(name, 0) for name, free in self.balances.items()}


class Arena:
    """A fleet's home below `root`."""

    def __init__(self, root: Path, runner: Runner) -> None:
        self.root = root
        self.runner = runner
        self.sockets = Path(tempfile.mkdtemp(prefix="netctl-"))  # a socket's path has 107 bytes at most
        self.env = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            "HOME": str(root / "home"),
            "NETCTL_HOME": str(root / "state"),
            "TMUX_TMPDIR": str(self.sockets),
        }
        (root / "home").mkdir(parents=True)
        self.profile = root / "fleet.yaml"
        text = (HERE / "fleet.yaml").read_text(encoding="utf-8")
        chain_port, *ports = free_ports(4)
        for written, free in zip((24001, 24002, 24003), ports, strict=True):
            text = text.replace(f"port: {written}", f"port: {free}")
        # As if it had run before: losing a port to another arena would be a launch more than the others have.
        noted = self.state / "files" / "chain" / "port"
        noted.parent.mkdir(mode=0o700, parents=True)
        noted.write_text(f"{chain_port}\n", encoding="ascii")
        self.profile.write_text(text, encoding="utf-8")
        shutil.copytree(HERE / "idle", root / "idle")
        self.output = root / "output.txt"

    def close(self) -> None:
        """End all that runs here."""
        self.netctl("fleet", "down", "--purge", "--yes")
        shutil.rmtree(self.sockets)

    @property
    def state(self) -> Path:
        return self.root / "state" / "campaign-rehearsal"

    def netctl(self, *argv: str, fatal: str | None = None, record: bool = False, after_s: float | None = None) -> Any:
        """Run netctl in a fork; returns {status, signal}."""
        path = str(self.root / "crossed.txt") if record or fatal else None
        return self.runner.run(
            argv=list(argv),
            cwd=str(self.root),
            env=self.env,
            output=str(self.output),
            record=path,
            fatal=fatal,
            after_s=after_s,
        )

    def up(self, **how: Any) -> Any:
        return self.netctl("fleet", "up", str(self.profile), "--rehearse", "--yes", **how)

    def told(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def crossed(self) -> list[str]:
        return (self.root / "crossed.txt").read_text(encoding="utf-8").split()

    def status(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self._asked("status", "--json"))
        return document

    def endpoint(self) -> str:
        return str(self.status()["network"])

    def plan(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self._asked("fleet", "plan", str(self.profile), "--rehearse", "--json"))
        return document

    def _asked(self, *argv: str) -> str:
        self.output.write_text("", encoding="utf-8")
        self.netctl(*argv)
        lines = self.told()
        return lines[lines.index("{") : lines.rindex("}") + 1]

    def books(self) -> Books:
        return asyncio.run(_books(self.endpoint(), self._names()))

    def _names(self) -> dict[str, str]:
        names = {}
        for public in sorted((self.state / "wallets").glob("*/coldkeypub.txt")):
            names[json.loads(public.read_text(encoding="utf-8"))["ss58Address"]] = public.parent.name
        return names

    def processes(self) -> Counter[str]:
        """How many processes each neuron has: those whose own command is the neuron's, by their working directory."""
        count: Counter[str] = Counter()
        for process in psutil.process_iter(["cmdline", "cwd"]):
            cwd = Path(process.info["cwd"] or "/")
            if process.info["cmdline"] and "100000" in process.info["cmdline"] and cwd.parent == self.state / "work":
                count[cwd.name] += 1
        return count

    def left_over(self) -> list[int]:
        """Every process that still stands in, or was started for, this arena."""
        found = []
        for process in psutil.process_iter(["cmdline", "cwd"]):
            words = " ".join(process.info["cmdline"] or [])
            if str(self.root) in words or (process.info["cwd"] or "").startswith(str(self.root)):
                found.append(process.pid)
        return found


async def _books(endpoint: str, names: dict[str, str]) -> Books:
    import bittensor as bt

    from tests.sdk import connected

    events: Counter[str] = Counter()
    refused: dict[str, int] = {}
    pooled: Counter[str] = Counter()
    async with connected(endpoint) as client:
        head = await client.block()
        for start in range(1, head + 1, BLOCKS_AT_ONCE):
            numbers = range(start, min(start + BLOCKS_AT_ONCE, head + 1))
            for records in await asyncio.gather(*(client.query(bt.storage.System.Events, block=n) for n in numbers)):
                _enter(records, names, events, refused)
                pooled.update(_into_pools(records))
            for netuid, item in itertools.product(POOLS, EMITTED):
                entry = getattr(bt.storage.SubtensorModule, item)
                amounts = await asyncio.gather(*(client.query(entry, [netuid], block=n) for n in numbers))
                pooled[subnet_account(netuid)] += sum(map(int, amounts))
        accounts = await client.query_map(bt.storage.System.Account, block=head)
    balances = {
        names.get(str(ss58), str(ss58)): int(account["data"]["free"]) - pooled[str(ss58)] for ss58, account in accounts
    }
    return Books(events, balances, refused)


def _into_pools(records: Any) -> Counter[str]:
    """What stake moved from a coldkey (less) to a pool's account (more)."""
    moved: Counter[str] = Counter()
    for record in records:
        if record["event_id"] == "StakeAdded":
            coldkey, _, tao_rao, _, netuid, *_ = record["attributes"]
            moved[str(coldkey)] -= int(tao_rao)
            moved[subnet_account(int(netuid))] += int(tao_rao)
    return moved


def _enter(records: Any, names: dict[str, str], events: Counter[str], refused: dict[str, int]) -> None:
    fees: dict[int, tuple[str, int]] = {}
    for record in records:
        name, attributes, place = record["event_id"], record["attributes"], record.get("extrinsic_idx")
        if name in COUNTED:
            events[f"{record['module_id']}.{name}"] += 1
        elif name == "TransactionFeePaid":
            fees[place] = (attributes["who"], int(attributes["actual_fee"]))
        elif name == "ExtrinsicFailed":
            who, fee = fees[place]
            refused[names.get(who, who)] = refused.get(names.get(who, who), 0) + fee
