"""Two machines: one holds the coldkeys and pays, the other holds hotkeys and runs the neurons. The chain is real."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.chains import TAO, RunningChain, start_chain
from tests.cli.program import Ended, run
from tests.environments import python_of
from tests.ports import free_ports

PROFILE = """\
name: small
network: test
netuid: 428
neurons: {{pack: rehearsal}}
subnet: {{tempo: 10, commit_reveal_weights_enabled: false, weights_rate_limit: 0, serving_rate_limit: 0}}
defaults: {{first_port: {port}}}
funding: {{from: bank, reserve: 0.1}}
miners:
  - {{name: miner_1, wallet: w1, hotkey: h1}}
validators:
  - {{name: validator_1, wallet: w2, hotkey: h2, stake: 5}}
"""
PASSPHRASE = "correct horse battery staple"


@dataclass
class Machine:
    """A directory with the profile, and a state of its own."""

    place: Path
    node: RunningChain

    def netctl(self, *words: str, where: bool = True, timeout_s: float = 90) -> Ended:
        network = ("--network", self.node.url) if where else ()
        return run(*words, *network, cwd=self.place, timeout_s=timeout_s, NETCTL_BACKUP_PASSPHRASE=PASSPHRASE)

    def plan(self) -> dict[str, Any]:
        told: dict[str, Any] = self.netctl("fleet", "plan", "small.yaml", "--no-coldkey", "--json").document
        return told

    @property
    def wallets(self) -> Path:
        return self.place / ".netctl" / "small-local" / "wallets"


@dataclass
class Two:
    home: Machine
    box: Machine


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    """Home made the keys and the subnet and has a bank; the box got a backup without coldkeys."""
    node = start_chain(tmp_path / "node", seal="interval")
    try:
        home, box = Machine(tmp_path / "home of coldkeys", node), Machine(tmp_path / "box", node)
        for machine in (home, box):
            machine.place.mkdir()
            (machine.place / "small.yaml").write_text(PROFILE.format(port=free_ports(2)[0]))
        done = home.netctl("fleet", "up", "small.yaml", "--only", "subnet", "--yes")
        assert done.code == 0, done.err
        done = home.netctl("wallet", "create", "-p", "small.yaml")
        assert done.code == 0, done.err
        _open_bank(home, node)
        backup = tmp_path / "for-the-box"
        done = home.netctl("wallet", "backup", str(backup), "-p", "small.yaml", "--no-coldkey")
        assert done.code == 0, done.err
        done = box.netctl("wallet", "restore", str(backup), "-p", "small.yaml", "--yes")
        assert done.code == 0, done.err
        yield Two(home, box)
    finally:
        box.netctl("fleet", "down", "small.yaml")
        node.stop()


def _open_bank(home: Machine, node: RunningChain) -> None:
    from netctl.adapters.keystore import SdkKeystore

    keys = SdkKeystore(home.wallets)
    node.faucet(keys.create_coldkey("bank", password=None), 1000 * TAO)
    keys.create_hotkey("bank", "default")


def by_netctl(two: Two, command: str) -> None:
    done = run(*shlex.split(command)[1:], "--yes", cwd=two.home.place)
    assert done.code == 0, done.err


def by_btcli_11(two: Two, command: str) -> None:
    _by_btcli(Path(sys.executable), two, command, "--yes")


def by_btcli_9(two: Two, command: str) -> None:
    private = ("--no-mev-protection",) if "stake add" in command else ()
    _by_btcli(python_of("bittensor-cli-9.23.2"), two, command, "--no-prompt", *private)


def _by_btcli(python: Path, two: Two, command: str, *more: str) -> None:
    import os
    import subprocess

    words = shlex.split(command)
    assert words[0] == "btcli"
    done = subprocess.run(
        [str(python.with_name("btcli")), *words[1:], "--wallet-path", str(two.home.wallets), *more],
        env={**os.environ, "BT_FALLBACK_ENDPOINTS": "none", "BT_ARCHIVE_ENDPOINTS": "none", "COLUMNS": "200"},
        cwd=two.home.place,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])


PAYERS: dict[str, Callable[[Two, str], None]] = {"netctl": by_netctl, "btcli_11": by_btcli_11, "btcli_9": by_btcli_9}


@pytest.mark.slow
@pytest.mark.timeout(900)  # the first time the client's environment is made
@pytest.mark.parametrize("program", PAYERS)
def test_what_the_box_prints_is_all_that_must_be_paid(two: Two, program: str) -> None:
    """Each command as printed, by the program it is for, on the machine with the coldkeys; then nothing is owed."""
    told = two.box.plan()
    kinds = [bill["kind"] for bill in told["elsewhere"]]
    assert kinds == ["transfer", "transfer", "register", "register", "stake"]
    assert told["cost_tao"] == "0.000000000"
    assert {item["neuron"] for item in told["blocked"]} == {"miner_1", "validator_1"}
    for command in dict.fromkeys(bill["commands"][program] for bill in told["elsewhere"]):
        PAYERS[program](two, command)
    assert two.box.plan()["elsewhere"] == []


@pytest.mark.slow
def test_a_box_without_coldkeys_does_everything_but_pay(two: Two) -> None:
    box, home = two.box, two.home
    assert not list(box.wallets.rglob("coldkey"))
    first = box.netctl("fleet", "up", "small.yaml", "--no-coldkey")
    assert first.code == 1
    assert "not registered: coldkey 5" in first.out
    assert "# btcli of bittensor 11" in first.out
    assert "netctl fund --from bank -p small.yaml" in first.out
    env = box.place / ".netctl" / "small-local" / "env"
    assert {path.name for path in env.iterdir()} == {"miner_1.env", "validator_1.env"}
    assert box.netctl("journal", "-p", "small.yaml", "--json").out == ""
    paid = home.netctl("fund", "-p", "small.yaml", "--yes")
    assert paid.code == 0, paid.err
    paid = home.netctl("register", "-p", "small.yaml", "--yes")
    assert paid.code == 0, paid.err
    staked_later = box.netctl("fleet", "up", "small.yaml", "--no-coldkey", "--json")
    assert staked_later.code == 1
    assert [bill["kind"] for bill in staked_later.document["elsewhere"]] == ["stake"]
    assert {each["name"]: each["ending"] for each in staked_later.document["neurons"]} == {
        "miner_1": "ok",
        "validator_1": "blocked",
    }
    told = box.netctl("status", "-p", "small.yaml", "--json").document
    assert {neuron["state"] for neuron in told["neurons"]} <= {"running", "starting"}
    paid = home.netctl("stake", "-p", "small.yaml", "--yes")
    assert paid.code == 0, paid.err
    whole = box.netctl("fleet", "up", "small.yaml", "--no-coldkey")
    assert whole.code == 0, whole.err
    status = box.netctl("status", "-p", "small.yaml", "--json")
    assert status.code == 0, status.out
    assert all(neuron["ready"] and neuron["registered"] for neuron in status.document["neurons"])
    assert box.netctl("logs", "miner_1", "-p", "small.yaml").out
    listed = box.netctl("wallet", "list", "-p", "small.yaml", "--json").document["wallets"]
    assert [(row["coldkey_here"], row["hotkey_here"]) for row in listed][:2] == [(False, True)] * 2
    assert not list(box.wallets.rglob("coldkey"))


@pytest.mark.slow
def test_no_secret_is_printed_or_kept_anywhere_but_in_the_keyfiles(two: Two) -> None:
    """Backup, restore, list and a whole up: no phrase, seed, key or passphrase in what is said, logged or written."""
    home, box = two.home, two.box
    said = [
        home.netctl("wallet", "list", "-p", "small.yaml", "--json"),
        home.netctl("wallet", "list", "-p", "small.yaml"),
        home.netctl("wallet", "backup", "whole", "-p", "small.yaml", "--json"),
        home.netctl("wallet", "restore", "whole", "--wallet-path", "elsewhere", "--yes", where=False),
        home.netctl("wallet", "restore", "whole", "-p", "small.yaml", "--json", "--yes"),
        home.netctl("fund", "-p", "small.yaml", "--yes"),
        home.netctl("register", "-p", "small.yaml", "--yes", "--json"),
        home.netctl("journal", "-p", "small.yaml"),
        box.netctl("fleet", "up", "small.yaml", "--no-coldkey", "--json"),
        box.netctl("fleet", "plan", "small.yaml", "--no-coldkey"),
    ]
    assert all(ended.code in (0, 1) for ended in said), said
    texts = [ended.out + ended.err for ended in said]
    for machine in (home, box):
        files = [path for path in machine.place.rglob("*") if path.is_file()]
        texts += [path.read_bytes().decode(errors="replace") for path in files if not _is_keyfile(path)]
    secrets = _secrets(home)
    assert len(secrets) == 18
    for secret in [*secrets, PASSPHRASE]:
        for text in texts:
            assert secret not in text, text[:500]


def _is_keyfile(path: Path) -> bool:
    return "wallets" in path.parts or "elsewhere" in path.parts


def _secrets(machine: Machine) -> list[str]:
    """Phrases, seeds and private keys of every keyfile, with and without 0x."""
    found = []
    for path in machine.wallets.rglob("*"):
        if path.is_file() and not path.name.endswith("pub.txt"):
            fields = json.loads(path.read_bytes())
            values = [fields.get(name) for name in ("secretPhrase", "secretSeed", "privateKey")]
            found += [value.removeprefix("0x") for value in values if value]
    return found
