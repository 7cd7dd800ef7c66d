"""A rehearsal behind its proxy, disturbed by the real program. The tests share one fleet, in the order of the file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from netctl.chaos import wire
from netctl.chaos.disturbance import explains
from tests.chaos.proxies import says
from tests.cli.program import SMALL, Ended, run
from tests.ports import free_ports
from tests.sessions.conftest import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
FLEET = "small-rehearsal"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with a miner and a validator behind a proxy, up in a rehearsal; taken down afterwards."""
    here = tmp_path_factory.mktemp("place")
    ports = free_ports(6)
    (here / "small.yaml").write_text(
        f"{SMALL}defaults: {{first_port: {ports[0]}}}\nchaos: {{first_port: {ports[2]}}}\n"
    )
    (here / "home").mkdir()
    try:
        up = netctl(here, "fleet", "up", "small.yaml", "--rehearse", "--yes")
        assert up.code == 0, up.err
        yield here
    finally:
        netctl(here, "fleet", "down", "small.yaml", "--rehearse")


def netctl(here: Path, *argv: str) -> Ended:
    return run(*argv, cwd=here, HOME=str(here / "home"))


def begun(here: Path, *argv: str) -> subprocess.Popen[str]:
    """netctl as a program that is not waited for."""
    environ = {**os.environ, "HOME": str(here / "home"), "COLUMNS": "100"}
    words = [sys.executable, "-m", "netctl", *argv]
    return subprocess.Popen(words, cwd=here, env=environ, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code and what it said on standard error that was not read yet."""
    _, said = process.communicate(timeout=60)
    return process.returncode, said


def state(here: Path) -> Path:
    return here / ".netctl" / FLEET


def status(here: Path) -> dict[str, Any]:
    document = netctl(here, "status", "--json").document
    return {neuron["name"]: neuron for neuron in document["neurons"]}


def journal(here: Path) -> list[dict[str, Any]]:
    lines = (state(here) / "journal.jsonl").read_text().splitlines()
    return [entry for line in lines if (entry := json.loads(line))["kind"].startswith("chaos")]


def is_frozen(pid: int) -> bool:
    return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)


def proxy_pid(here: Path) -> int:
    report = wire.report_at(state(here) / "files" / "proxy")
    assert report is not None
    return report.pid


def axon_of(here: Path, name: str = "miner_1") -> int:
    return int(status(here)[name]["axon"].rpartition(":")[2])


def answers(port: int) -> bool:
    try:
        return says(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 ")
    except OSError:
        return False


def test_the_neurons_stand_behind_the_proxy_and_a_second_up_does_nothing(place: Path) -> None:
    plan = netctl(place, "fleet", "plan", "small.yaml", "--rehearse", "--json").document
    assert (plan["steps"], plan["blocked"]) == ([], [])
    found = status(place)
    routes = {r.neuron: r for r in wire.routes_of((state(place) / "files/proxy/routes.json").read_bytes())}
    for name, neuron in found.items():
        argv = psutil.Process(neuron["pid"]).cmdline()
        route = routes[name]
        assert f"ws://127.0.0.1:{route.rpc_port}" in argv
        assert argv[argv.index("--axon.port") + 1] == str(route.bind_port)
        assert neuron["problem"] is None
        assert neuron["chaos"] == []
    assert found["miner_1"]["axon"] == f"127.0.0.1:{routes['miner_1'].axon_port}"
    assert answers(axon_of(place))


def test_a_cut_shows_in_status_and_list_and_is_undone_on_demand(place: Path) -> None:
    cut = netctl(place, "chaos", "cut-rpc", "validator_1", "--for", "10m", "--detach")
    assert cut.code == 0, cut.err
    assert "open connections there: 1" in cut.err
    (listed,) = netctl(place, "chaos", "list", "--json").document["disturbances"]
    assert (listed["neuron"], listed["what"]) == ("validator_1", "cut-rpc")
    shown = netctl(place, "status", "--json")
    told = {n["name"]: n for n in shown.document["neurons"]}
    assert (shown.code, told["miner_1"]["chaos"]) == (1, [])
    assert told["validator_1"]["chaos"] == [{"what": "cut-rpc", "until": listed["until"]}]
    assert told["validator_1"]["problem"].startswith("chaos: cut-rpc until ")
    undone = netctl(place, "chaos", "undo", "validator_1")
    assert (undone.code, undone.err) == (0, "validator_1: cut-rpc is over\n")
    assert netctl(place, "chaos", "list", "--json").document["disturbances"] == []
    assert [(e["kind"], e["what"]) for e in journal(place)[-2:]] == [("chaos", "cut-rpc"), ("chaos_end", "cut-rpc")]


def test_a_dropped_axon_answers_nobody_until_its_time_is_over(place: Path) -> None:
    port = axon_of(place)
    done = begun(place, "chaos", "drop-axon", "miner_1", "--for", "4s")
    wait_until(lambda: not answers(port), "the axon is gone", 60)
    code, said = ended(done)
    assert (code, "over: miner_1" in said) == (0, True)
    wait_until(lambda: answers(port), "the axon is back", 60)


def test_a_stop_is_undone_though_netctl_was_killed_in_the_middle_of_it(place: Path) -> None:
    pid = status(place)["miner_1"]["pid"]
    stop = begun(place, "chaos", "stop", "miner_1", "--for", "2s")
    wait_until(lambda: is_frozen(pid), "miner_1 is frozen", 60)
    stop.kill()
    ended(stop)
    wait_until(lambda: not is_frozen(pid), "miner_1 runs again", 60)
    assert journal(place)[-1]["kind"] == "chaos"
    after = netctl(place, "fleet", "up", "small.yaml", "--rehearse", "--yes")
    assert after.code == 0, after.err
    wait_until(lambda: journal(place)[-1]["kind"] == "chaos_end", "it is closed in the journal", 60)
    last = journal(place)[-1]
    assert (last["kind"], last["what"], last["by"]) == ("chaos_end", "stop", "time")
    assert status(place)["miner_1"]["pid"] == pid


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_who_breaks_off_the_wait_undoes_at_once(place: Path, how: signal.Signals) -> None:
    pid = status(place)["miner_1"]["pid"]
    stop = begun(place, "chaos", "stop", "miner_1", "--for", "1h")
    wait_until(lambda: is_frozen(pid), "miner_1 is frozen", 60)
    wait_until(lambda: "left" in (stop.stderr.readline() if stop.stderr else ""), "it waits", 60)
    stop.send_signal(how)
    code, said = ended(stop)
    assert (code, is_frozen(pid), "undone: miner_1" in said) == (130, False, True)
    assert journal(place)[-1]["by"] == "interrupt"


def test_a_wait_ends_when_another_command_undoes(place: Path) -> None:
    pid = status(place)["miner_1"]["pid"]
    stop = begun(place, "chaos", "stop", "miner_1", "--for", "1h")
    wait_until(lambda: is_frozen(pid), "miner_1 is frozen", 60)
    assert netctl(place, "chaos", "cont", "miner_1").err == "miner_1: goes on\n"
    assert (ended(stop)[0], is_frozen(pid)) == (0, False)


def test_a_kill_is_explained_by_the_journal_and_mended_by_the_supervisor(place: Path) -> None:
    pid = status(place)["miner_1"]["pid"]
    killed = netctl(place, "chaos", "kill", "miner_1")
    assert killed.code == 0, killed.err
    entry = journal(place)[-1]
    assert (entry["what"], entry["process"], entry["signal"]) == ("kill", pid, "KILL")
    assert explains(journal(place), "miner_1", entry["since"] + 1) is not None
    wait_until(lambda: status(place)["miner_1"]["pid"] not in (pid, None), "the supervisor starts it again", 90)
    wait_until(lambda: answers(axon_of(place)), "behind the proxy", 60)


def test_a_proxy_that_was_killed_comes_back_with_what_should_hold(place: Path) -> None:
    before = {name: neuron["pid"] for name, neuron in status(place).items()}
    assert netctl(place, "chaos", "drop-axon", "miner_1", "--for", "10m", "--detach").code == 0
    port, proxy = axon_of(place), proxy_pid(place)
    os.kill(proxy, signal.SIGKILL)
    wait_until(lambda: proxy_pid(place) != proxy, "the supervisor starts it again", 90)
    assert not answers(port), "it still holds"
    assert netctl(place, "chaos", "undo", "--all").code == 0
    wait_until(lambda: answers(port), "the axon is back", 60)
    assert {name: neuron["pid"] for name, neuron in status(place).items()} == before


def test_without_chaos_in_the_profile_the_neurons_stand_alone_again(place: Path) -> None:
    profile = place / "small.yaml"
    whole = profile.read_text()
    try:
        profile.write_text(whole.partition("chaos:")[0])
        up = netctl(place, "fleet", "up", "small.yaml", "--rehearse", "--yes")
        assert up.code == 0, up.err
        assert answers(axon_of(place))
        refused = netctl(place, "chaos", "cut-rpc", "miner_1")
        assert (refused.code, "write `chaos: true` into small.yaml" in refused.err) == (2, True)
        assert netctl(place, "chaos", "stop", "miner_1", "--for", "100ms").code == 0
    finally:
        profile.write_text(whole)
    up = netctl(place, "fleet", "up", "small.yaml", "--rehearse", "--yes")
    assert up.code == 0, up.err
    assert answers(axon_of(place))


def test_down_ends_what_disturbs_and_leaves_no_watchdog(place: Path) -> None:
    assert netctl(place, "chaos", "stop", "miner_1", "--for", "1h", "--detach").code == 0
    assert netctl(place, "chaos", "cut-rpc", "validator_1", "--for", "1h", "--detach").code == 0
    down = netctl(place, "fleet", "down", "small.yaml", "--rehearse")
    assert down.code == 0, down.err
    assert [entry["by"] for entry in journal(place)[-2:]] == ["down", "down"]
    marks = [_mark(process) for process in psutil.process_iter()]
    assert [mark for mark in marks if mark.startswith(str(state(place)))] == []


def _mark(process: psutil.Process) -> str:
    try:
        return process.environ().get("NETCTL_NEURON", "")
    except (psutil.Error, OSError):
        return ""
