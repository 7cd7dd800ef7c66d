"""Embedded chains for tests: a process of its own, on a free port, sealed as the test wants."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
TAO = 1_000_000_000


@dataclass
class RunningChain:
    """A chain process. `rpc` talks to it directly, past netctl and the SDK."""

    url: str
    genesis: str
    process: subprocess.Popen[str]
    _ids: Any = field(default_factory=lambda: itertools.count(1))

    def rpc(self, method: str, *params: Any) -> Any:
        """One JSON-RPC question over a connection of its own."""
        with connect(self.url, max_size=None) as socket:
            socket.send(json.dumps({"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}))
            answer = json.loads(socket.recv(timeout=20))
        assert "error" not in answer, answer
        return answer["result"]

    def mine(self, blocks: int = 1) -> int:
        """Seal blocks now; gives the head's number."""
        return int(self.rpc("dev_mine", blocks))

    def faucet(self, ss58: str, rao: int) -> None:
        """New TAO for an account."""
        self.rpc("dev_faucet", ss58, rao)

    def height(self) -> int:
        """The head's number."""
        return int(self.rpc("chain_getHeader")["number"], 16)

    def stop(self) -> None:
        """End the process and wait for it."""
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=30)
        if self.process.stdout is not None:
            self.process.stdout.close()


def start_chain(
    data: Path, *arguments: str, seal: str = "instant", port: int = 0, first_netuid: int = 428
) -> RunningChain:
    """Start a chain on that directory, with more words for its program, and wait until it is ready."""
    log = (data.parent / f"{data.name}.log").open("a")
    command = [sys.executable, "-m", "netctl.devchain", "--data", str(data), "--port", str(port), "--seal", seal]
    with log:
        process = subprocess.Popen(
            [*command, "--first-netuid", str(first_netuid), *arguments], stdout=subprocess.PIPE, stderr=log, text=True
        )
    assert process.stdout is not None
    words = process.stdout.readline().split()
    if words[:1] != ["ready"]:
        process.kill()
        process.wait(timeout=30)
        raise AssertionError(f"the chain did not start: {(data.parent / f'{data.name}.log').read_text()[-2000:]}")
    return RunningChain(url=words[1], genesis=words[3], process=process)
