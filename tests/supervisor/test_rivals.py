"""A neuron that died is not started again while another process has what is its own."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace

from netctl.supervisor.deaths import REFUSED_S
from tests.identity.conftest import by_hand
from tests.sessions.conftest import wait_until
from tests.supervisor.conftest import Ward

__all__ = ["by_hand"]


def test_a_hotkey_in_other_hands_keeps_its_neuron_down_until_it_is_free(
    ward: Ward, by_hand: Callable[..., subprocess.Popen[bytes]]
) -> None:
    for name in ("miner_1", "miner_2"):
        ward.launch(name, "/bin/sleep", "600")
        os.kill(ward.stage.pid(name), signal.SIGKILL)
        ward.stage.ended(name)
    path = str(ward.fleet.wallet_path)
    other = by_hand("--wallet.path", path, "--wallet.name", "wallet_miner_1", "--wallet.hotkey", "hot_1")
    supervisor = ward.supervisor()
    ward.clock.ahead = 5
    ward.tick(supervisor)
    wait_until(lambda: ward.stage.host.sessions()["miner_2"].pid is not None, "miner_2 runs again")
    assert ward.stage.host.sessions()["miner_1"].pid is None
    said = f"miner_1 is not started again: hotkey wallet_miner_1/hot_1 is in use by pid {other.pid}"
    assert [line.startswith(said) for line in ward.said].count(True) == 1
    other.kill()
    other.wait()
    ward.clock.ahead += REFUSED_S / 2
    ward.tick(supervisor)
    assert ward.stage.host.sessions()["miner_1"].pid is None
    ward.clock.ahead += REFUSED_S
    ward.tick(supervisor)
    wait_until(lambda: ward.stage.host.sessions()["miner_1"].pid is not None, "miner_1 runs again")


def test_a_pack_that_cannot_be_read_keeps_nobody_down(ward: Ward) -> None:
    ward.fleet = replace(ward.fleet, code=replace(ward.fleet.code, pack="nothing-of-that-name"))
    ward.launch("miner_1", "/bin/sleep", "600")
    os.kill(ward.stage.pid("miner_1"), signal.SIGKILL)
    ward.stage.ended("miner_1")
    ward.clock.ahead = 5
    ward.tick()
    wait_until(lambda: ward.stage.host.sessions()["miner_1"].pid is not None, "miner_1 runs again")
    assert any("is not known" in line for line in ward.said)
