"""A whole rehearsal, brought up by netctl, goes on under systemd: its stand-ins find chain, keys and each other."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from tests.cli.program import run
from tests.habits.manager import can_start, manager

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not can_start(), reason="needs systemd, and a mount namespace for it"),
]
PROFILE = """\
name: small
network: test
netuid: 428
neurons: {pack: resi, path: /nowhere}
miners:
  - {name: miner_1, wallet: w1, hotkey: h1}
validators:
  - {name: validator_1, wallet: w2, hotkey: h2, stake: 310}
"""


def test_an_exported_rehearsal_goes_on_without_netctl(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(PROFILE)
    words = ("small.yaml", "--rehearse")
    assert (up := run("fleet", "up", *words, "--yes", cwd=tmp_path, timeout_s=150)).code == 0, up.err
    exported = run("fleet", "export", *words, "--to", "systemd", "-o", "units", cwd=tmp_path)
    assert exported.code == 0, exported.err
    assert "the fleet runs: `netctl fleet down` first" in exported.err
    assert run("fleet", "down", *words, cwd=tmp_path).code == 0
    log = tmp_path / ".netctl" / "small-rehearsal" / "logs" / "validator_1.log"
    before = log.stat().st_size
    place = tmp_path / "m"
    place.mkdir()
    try:
        chain = run("chain", "up", "-p", "small.yaml", cwd=tmp_path)
        assert chain.code == 0, chain.err
        with manager(place) as systemd:
            for path in (tmp_path / "units").iterdir():
                shutil.copy(path, systemd.units)
            systemd.systemctl("daemon-reload")
            systemd.systemctl("start", "netctl-small-rehearsal.target")
            end = time.monotonic() + 90
            while b"Evaluated Miner" not in log.read_bytes()[before:]:
                assert time.monotonic() < end, log.read_text()[before:][-2000:]
                time.sleep(0.5)
            again = run("fleet", "up", *words, "--yes", cwd=tmp_path)
            assert again.code == 1
            assert "in use by pid" in again.out + again.err or "is taken by pid" in again.out + again.err
    finally:
        run("fleet", "down", *words, cwd=tmp_path)
