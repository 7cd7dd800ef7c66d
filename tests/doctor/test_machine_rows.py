"""Rows about the machine, on this machine: programs, sockets, processes and file systems that are there."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from netctl import packs
from netctl.adapters.machine import ThisMachine
from netctl.adapters.tmux import TmuxHost
from netctl.doctor.finding import Finding
from netctl.doctor.observe import without_fleet
from netctl.doctor.seen import Absent
from netctl.fleet import Fleet, NeuronsCode, NeuronSpec
from netctl.render.fleet import render_fleet
from tests.doctor.colours import green, red
from tests.doctor.ward import PLAIN_PYTHON, Ward, finding_of
from tests.phases.fleets import neuron
from tests.sessions.conftest import wait_until

MINER = neuron("miner_1")


def program(folder: Path, name: str, body: str) -> None:
    """A program of that name."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)


async def alone(name: str, machine: ThisMachine | None = None, place: Path = Path("/")) -> Finding:
    """A row without any fleet."""
    return finding_of(name, await without_fleet(machine or ThisMachine(), place))


@green("tmux")
async def test_tmux_is_found_and_says_its_version() -> Finding:
    return await alone("tmux")


@red("tmux")
async def test_no_tmux_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Finding:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = await alone("tmux")
    assert found.found == "no tmux in PATH"
    return found


@red("tmux")
async def test_an_old_tmux_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Finding:
    program(tmp_path / "bin", "tmux", "echo tmux 3.1c")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    found = await alone("tmux")
    assert "3.1c" in found.found
    return found


@red("tmux")
async def test_a_tmux_that_does_not_answer_fails(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> Finding:
    program(ward.place / "bin", "tmux", 'case "$*" in -V) echo tmux 3.4;; *) echo "no way" >&2; exit 1;; esac')
    monkeypatch.setenv("PATH", f"{ward.place / 'bin'}:{os.environ['PATH']}")
    found = await ward.row("tmux", ward.fleet(MINER))
    assert found.found.endswith("refused list-panes: no way")
    return found


LOGIND = """
case "$*" in
  *KillUserProcesses) echo "b {kills}";;
  *KillOnlyUsers) echo "as 0";;
  *KillExcludeUsers) echo 'as 1 "{spared}"';;
esac"""


@pytest.fixture
def logind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ThisMachine]:
    """A systemd-logind that answers as a test wants, through the two programs that speak for it."""

    def answering(*, kills: str, lingers: str, spared: str = "nobody") -> ThisMachine:
        program(tmp_path / "bin", "busctl", LOGIND.replace("{kills}", kills).replace("{spared}", spared))
        program(tmp_path / "bin", "loginctl", f"echo {lingers}")
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
        return ThisMachine(booted=tmp_path)

    return answering


@green("logout")
async def test_without_systemd_nothing_ends_a_session(tmp_path: Path) -> Finding:
    return await alone("logout", ThisMachine(booted=tmp_path / "no-systemd"))


@red("logout")
async def test_a_logind_that_kills_fails_also_for_one_who_lingers(logind: Callable[..., ThisMachine]) -> Finding:
    found = await alone("logout", logind(kills="true", lingers="yes"))
    assert found.verdict == "failed"
    assert "loginctl enable-linger" in found.next
    return found


@green("logout")
async def test_a_user_whom_logind_spares_is_well(logind: Callable[..., ThisMachine]) -> Finding:
    user = ThisMachine().logout().user
    return await alone("logout", logind(kills="true", lingers="no", spared=user))


@pytest.mark.parametrize(("scopes", "verdict"), [(True, "warning"), (False, "good")])
async def test_lingering_counts_for_a_tmux_that_runs_below_the_users_manager(
    logind: Callable[..., ThisMachine], scopes: bool, verdict: str
) -> None:
    machine = logind(kills="false", lingers="no")
    seen = await without_fleet(machine, Path())
    assert seen.tmux is not None
    seen = replace(seen, tmux=replace(seen.tmux, scopes=scopes))
    assert finding_of("logout", seen).verdict == verdict


@red("logout")
async def test_a_logind_that_says_nothing_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Finding:
    program(tmp_path / "bin", "busctl", "exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    found = await alone("logout", ThisMachine(booted=tmp_path))
    assert found.found == "systemd-logind does not say what it ends at logout"
    return found


@red("ports")
async def test_a_port_that_another_process_has_fails_and_names_it(ward: Ward) -> Finding:
    fleet = ward.fleet(MINER)
    with socket.create_server(("127.0.0.1", fleet.neurons[0].axon_port)):
        found = await ward.row("ports", fleet)
    assert f"pid {os.getpid()}" in found.found
    return found


@green("ports")
async def test_free_ports_are_well(ward: Ward) -> Finding:
    return await ward.row("ports", ward.fleet(MINER))


@contextmanager
def running_on(neuron: NeuronSpec, wallets: Path) -> Iterator[int]:
    """A process with a neuron's hotkey on its command line; gives its pid."""
    words = ["--wallet.path", str(wallets), "--wallet.name", neuron.wallet, "--wallet.hotkey", neuron.hotkey]
    program = "import sys; print(flush=True); sys.stdin.read()"
    argv = [sys.executable, "-c", program, *words]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdout.readline()
        yield other.pid
        other.stdin.close()


@red("identities")
async def test_a_process_on_the_same_hotkey_fails(ward: Ward) -> Finding:
    with running_on(MINER, ward.place / "wallets") as pid:
        found = await ward.row("identities", ward.fleet(MINER))
    assert f"pid {pid}" in found.found
    return found


@red("identities")
async def test_two_neurons_on_one_hotkey_fail(ward: Ward) -> Finding:
    found = await ward.row("identities", ward.fleet(MINER, replace(MINER, name="miner_2")))
    assert found.found == "two neurons of the profile share wallet_miner_1/hotkey"
    return found


@green("identities")
async def test_a_hotkey_that_nobody_uses_is_well(ward: Ward) -> Finding:
    return await ward.row("identities", ward.fleet(MINER))


@red("owned")
async def test_a_database_that_another_process_writes_fails_and_names_it(ward: Ward) -> Finding:
    fleet = ward.fleet(MINER)
    database = fleet.state / "work" / "miner_1" / "store.sqlite"
    database.parent.mkdir(parents=True)
    with database.open("a"):
        found = await ward.row("owned", fleet)
    assert found.found.startswith(f"miner_1: database {database} is in use by pid {os.getpid()}")
    return found


@red("owned")
async def test_two_neurons_with_one_database_fail_by_both_names(ward: Ward) -> Finding:
    one = (("neuron.database_name", "/nowhere/one.sqlite"),)
    neurons = (replace(MINER, args=one), replace(MINER, name="miner_2", hotkey="other", args=one))
    found = await ward.row("owned", ward.fleet(*neurons))
    assert found.found == "miner_1, miner_2 share database /nowhere/one.sqlite"
    return found


@green("owned")
async def test_a_database_that_nobody_else_has_is_well(ward: Ward) -> Finding:
    return await ward.row("owned", ward.fleet(MINER))


@contextmanager
def up(ward: Ward, fleet: Fleet) -> Iterator[TmuxHost]:
    """Its neurons run, in sessions of their own; whether they come to anything does not matter."""
    host = TmuxHost(fleet.state, fleet.name)
    for one in render_fleet(fleet, packs.load(fleet.code.pack), ward.environ).rendered:
        for path in one.directories:
            host.make_directory(path)
        for file in one.files:
            host.replace(file.path, file.content, file.mode)
        host.launch([one.session])
    try:
        yield host
    finally:
        assert host.shut_down(grace_s=3) == ()


def idle(ward: Ward, *neurons: NeuronSpec) -> Fleet:
    """A fleet whose programs do nothing, and go on doing it."""
    pack = ward.place / "idle"
    pack.mkdir(exist_ok=True)
    program = '["{{ code.python }}", -c, "import time; time.sleep(120)"]'
    (pack / "pack.yaml").write_text(f"pack: idle\ntitle: Idle\nroles: {{miner: {{program: {program}}}}}\n")
    return ward.fleet(*neurons, code=NeuronsCode(None, PLAIN_PYTHON, str(pack)))


@green("drift")
async def test_neurons_that_run_as_the_profile_says_are_well(ward: Ward) -> Finding:
    fleet = idle(ward, MINER)
    with up(ward, fleet) as host:
        wait_until(lambda: host.sessions()["miner_1"].pid is not None, "it runs")
        found = await ward.row("drift", fleet)
    assert found.found.startswith("all 1 that run")
    return found


@red("drift")
async def test_a_profile_that_has_changed_since_the_start_fails_and_names_the_variable(ward: Ward) -> Finding:
    fleet = idle(ward, replace(MINER, env=(("PERIOD", "5"),)))
    with up(ward, fleet) as host:
        wait_until(lambda: host.sessions()["miner_1"].pid is not None, "it runs")
        changed = replace(fleet, neurons=(replace(fleet.neurons[0], env=(("PERIOD", "10"),)),))
        found = await ward.row("drift", changed)
        blocked = replace(fleet, neurons=(replace(fleet.neurons[0], env=(("PERIOD", "$NOWHERE"),)),))
        assert (await ward.row("drift", blocked)).verdict == "good"
    assert found.found == "miner_1: PERIOD is 5, rendered 10"
    return found


@red("drift")
async def test_a_rendered_file_that_has_changed_since_the_start_fails(ward: Ward) -> Finding:
    fleet = idle(ward, MINER)
    with up(ward, fleet) as host:
        wait_until(lambda: host.sessions()["miner_1"].pid is not None, "it runs")
        (ward.place / "more.txt").write_text("1")
        copied = replace(fleet.neurons[0], files=(("more.txt", ward.place / "more.txt"),))
        found = await ward.row("drift", replace(fleet, neurons=(copied,)))
    assert found.found == "miner_1: its files or its code have changed since it was started"
    return found


@green("disk")
async def test_room_on_the_disk_is_well(tmp_path: Path) -> Finding:
    found = await alone("disk", place=tmp_path / "not" / "there" / "yet")
    assert str(tmp_path) in found.found
    return found


@red("disk")
async def test_a_file_system_without_room_fails() -> Finding:
    """The kernel's own: it has no room for anybody."""
    found = await alone("disk", place=Path("/proc"))
    assert found.found == "0.0 GiB of 0 free at /proc"
    return found


async def test_a_disk_with_room_for_some_and_without_inodes(tmp_path: Path) -> None:
    seen = await without_fleet(ThisMachine(), tmp_path)
    assert not isinstance(seen.disk, Absent)
    few = replace(seen, disk=replace(seen.disk, free_inodes=5, total_inodes=1000))
    assert finding_of("disk", few).verdict == "failed"
    assert "5 inodes" in finding_of("disk", few).found


async def test_a_disk_too_small_for_many_neurons_is_a_warning(ward: Ward) -> None:
    seen = await without_fleet(ThisMachine(), ward.place)
    assert not isinstance(seen.disk, Absent)
    seen = replace(seen, disk=replace(seen.disk, free_bytes=2 * 1024**3), fleet=ward.fleet(MINER))
    assert finding_of("disk", seen).verdict == "good"
    many = ward.fleet(*(neuron(f"miner_{i}") for i in range(8)))
    assert finding_of("disk", replace(seen, fleet=many)).verdict == "warning"


async def to_chain_time(ward: Ward) -> float:
    """Seconds from this machine's clock to that of the chain, which counts its own."""
    return float(ward.chain.status()["now_ms"]) / 1000 - time.time()


@green("clock")
async def test_a_clock_that_agrees_with_the_chain_is_well(ward: Ward) -> Finding:
    return await ward.row("clock", ward.fleet(MINER), ahead_s=await to_chain_time(ward))


@red("clock")
async def test_a_clock_that_is_ahead_fails(ward: Ward) -> Finding:
    found = await ward.row("clock", ward.fleet(MINER), ahead_s=await to_chain_time(ward) + 30)
    assert "ahead" in found.found
    return found


@red("clock")
async def test_a_clock_that_is_behind_fails(ward: Ward) -> Finding:
    found = await ward.row("clock", ward.fleet(MINER), ahead_s=await to_chain_time(ward) - 90)
    assert found.found.startswith("this clock is 90 s behind")
    return found


@red("clock")
async def test_an_old_block_without_a_new_one_leaves_it_open(ward: Ward) -> Finding:
    ward.chain.pause()
    try:
        found = await ward.row("clock", ward.fleet(MINER), ahead_s=await to_chain_time(ward) + 60)
    finally:
        ward.chain.resume()
    assert found.verdict == "warning"
    return found


async def test_a_chain_of_ones_own_keeps_its_own_time(ward: Ward) -> None:
    assert (await ward.row("clock", ward.fleet(MINER, kind="local"))).verdict == "unseen"
