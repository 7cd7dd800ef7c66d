"""The real btcli, as a process, through a neuron's life on the embedded chain.

Each command takes one to three seconds of processor, whatever the chain does: the default suite runs those that tell
most, two of them by the installed command and the others in one process through its entry point; the rest is slow.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from tests.devchain.live_chain import TAO, Live, wallet

BTCLI = Path(sys.executable).with_name("btcli")
SEVERAL = """
import contextlib, io, json, sys
from bittensor.cli.main import main
told = []
for words in json.loads(sys.argv[1]):
    sys.argv = ["btcli", *words]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            code = main()
        except SystemExit as ended:
            code = ended.code
    if code:
        sys.exit(f"{words}: {code}: {printed.getvalue()}")
    told.append(printed.getvalue())
print(json.dumps(told))
"""


class Btcli:
    """btcli with a home of its own, pinned to one endpoint."""

    def __init__(self, live: Live, home: Path) -> None:
        self._live = live
        self._wallets = home / "wallets"
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "BITTENSOR_RUNTIME_CACHE_DIR": str(home / "runtime"),
            "BTCLI_CONFIG": str(home / "btcli.json"),
            "COLUMNS": "200",
        }

    def _words(self, *words: str) -> list[str]:
        offline = words[0] == "wallet" and words[1] != "balance"
        pinned = ["--network", self._live.url, "--fallback-endpoints", "none", "--archive-endpoints", "none"]
        keys = ["--wallet", "miner", "--wallet-path", str(self._wallets)]
        return [*words, *([] if offline else pinned), *keys, "--json", *(["--yes"] if words[0] == "tx" else [])]

    async def run(self, *words: str) -> str:
        """Run the installed command, and give what it prints; it must exit with 0."""
        return await self._start(str(BTCLI), *self._words(*words))

    async def several(self, *commands: tuple[str, ...]) -> list[str]:
        """Run several commands in one process, and give what each prints."""
        given = json.dumps([self._words(*words) for words in commands])
        printed = await self._start(sys.executable, "-c", SEVERAL, given)
        return list(json.loads(printed))

    async def _start(self, *argv: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *argv,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await asyncio.wait_for(process.communicate(), timeout=100)
        assert process.returncode == 0, f"{argv}: {output.decode()}{errors.decode()}"
        return output.decode()

    def address(self, key: str) -> str:
        """The ss58 address of a key of the wallet."""
        return str(json.loads((self._wallets / "miner" / key).read_text())["ss58Address"])


@pytest.mark.slow
async def test_btcli_registers_a_new_wallet_and_reads_it_back(live: Live, tmp_path: Path) -> None:
    btcli = Btcli(live, tmp_path)
    await btcli.run("wallet", "create", "--no-password")
    coldkey, hotkey = btcli.address("coldkeypub.txt"), btcli.address("hotkeys/default")
    live.fund(coldkey, 100)
    await btcli.run("tx", "burned-register", "--netuid", "1")
    assert live.storage("Uids", 1, hotkey) == 0
    shown, values, balance, graph = await btcli.several(
        ("subnets", "show", "1"),
        ("subnets", "hyperparameters", "1"),
        ("wallet", "balance"),
        ("query", "metagraph", "--netuid", "1"),
    )
    assert (json.loads(shown)["netuid"], json.loads(shown)["neurons"]) == (1, 1)
    assert json.loads(values)["tempo"] == 100
    assert json.loads(balance)["coldkey"] == coldkey
    assert json.loads(balance)["free_tao"] == pytest.approx(live.free(coldkey) / TAO)
    assert hotkey in graph


@pytest.mark.slow
async def test_btcli_pays_stakes_and_serves(live: Live, tmp_path: Path) -> None:
    btcli = Btcli(live, tmp_path)
    await btcli.run("wallet", "create", "--no-password")
    coldkey, hotkey = btcli.address("coldkeypub.txt"), btcli.address("hotkeys/default")
    live.fund(coldkey, 100)
    friend = wallet("//Friend").address
    *_, listed, stakes, uid = await btcli.several(
        ("wallet", "new-hotkey", "--wallet-hotkey", "spare"),
        ("tx", "transfer", "--dest", friend, "--amount", "1.5"),
        ("tx", "burned-register", "--netuid", "1"),
        ("tx", "add-stake", "--netuid", "1", "--amount", "10", "--hotkey", hotkey),
        ("tx", "serve-axon", "--netuid", "1", "--ip", "10.9.8.7", "--port", "8091"),
        ("subnets", "list"),
        ("stake", "list"),
        ("query", "uid", "--netuid", "1", "--hotkey", hotkey),
    )
    assert btcli.address("hotkeys/spare") != hotkey
    assert live.free(friend) == 1_500_000_000
    assert live.storage("TotalHotkeyAlpha", hotkey, 1) == pytest.approx(10 * TAO, rel=1e-3)
    assert live.storage("Axons", 1, hotkey)["port"] == 8091
    assert [each["netuid"] for each in json.loads(listed)] == [0, 1]
    assert [each["hotkey"] for each in json.loads(stakes)] == [hotkey]
    assert uid.strip() == "0"
