"""Rule 8: a live process is not a healthy one. What is asked of it instead, on real processes, sockets and logs."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from pathlib import Path

import psutil
import pytest

from netctl.ports import MetagraphRow
from netctl.probes.model import Health, ProbeSpec
from tests.ports import free_ports
from tests.probes.conftest import Ward, Wards, a_metagraph, a_probe, a_row

ZOMBIE = (Path(__file__).parent / "zombie.py").read_text()
STEP = "Validator running on step"
LISTENS = """
import socket, sys, time
listener = socket.create_server((sys.argv[2], int(sys.argv[1])), family=int(sys.argv[3]))
print("listens", flush=True)
time.sleep(600)
"""
SAYS = "import time; print('hello', flush=True); time.sleep(600)"


def zombie(wards: Wards, how: str) -> tuple[Ward, int]:
    (port,) = free_ports(1)
    ward = wards.start(ZOMBIE, str(port), how, port=port)
    ward.says(STEP)
    return ward, port


def order(ward: Ward) -> None:
    (ward.place / "die").touch()


def names(health: Health) -> list[str]:
    return [probe.name for probe in health.failing]


def all_of(port: int) -> tuple[ProbeSpec, ...]:
    return (
        a_probe("no_line", "thread", match="^Exception in thread", stream="stderr"),
        a_probe("port", "axon", port=port, action="restart"),
        a_probe("line", "step", match=STEP, within_s=2.0, action="restart"),
        a_probe("output", "silent", within_s=3.0),
    )


@pytest.mark.parametrize(
    ("how", "at_once", "later"),
    [
        ("raise", ["thread", "axon"], ["thread", "axon", "step", "silent"]),
        ("exit", ["axon"], ["axon", "step", "silent"]),
        ("hang", [], ["step", "silent"]),
    ],
)
async def test_rule_8_process_alive_is_not_health_when_its_thread_is_dead(
    wards: Wards, how: str, at_once: list[str], later: list[str]
) -> None:
    ward, port = zombie(wards, how)
    ward.clock.ahead_s = 1.0
    assert await ward.look(*all_of(port)) == Health(ready=True)
    order(ward)
    found = await ward.until(lambda health: names(health) == at_once, *all_of(port))
    ward.clock.ahead_s = 10.0
    found = await ward.until(lambda health: names(health) == later, *all_of(port))
    assert psutil.Process(ward.process.pid).status() != psutil.STATUS_ZOMBIE
    assert ward.process.poll() is None
    assert found.action == "restart"
    assert not found.ready
    why = {probe.name: probe.why for probe in found.failing}
    assert why["step"].startswith(f"no line {STEP!r} in its log for ")
    if "thread" in why:
        assert why["thread"] == "the line '^Exception in thread' is in its standard error"
    if "axon" in why:
        assert why["axon"] == f"nobody listens on its port {port}"


async def test_rule_8_process_alive_is_not_health_when_it_is_stopped(wards: Wards) -> None:
    ward, _ = zombie(wards, "hang")
    probe = a_probe("output", "silent", within_s=60.0, action="restart")
    assert (await ward.look(probe)).failing == ()
    os.kill(ward.process.pid, signal.SIGSTOP)
    ward.clock.ahead_s = 200.0
    (failing,) = (await ward.look(probe)).failing
    assert failing.why == "nothing in its logs for 3 min"
    assert failing.action == "restart"


async def test_rule_8_process_alive_is_not_health_when_the_chain_hears_nothing_of_it(wards: Wards) -> None:
    """A half-dead socket to the chain: it runs, it logs, and its weights are hours old."""
    ward = wards.start(SAYS)
    ward.says("hello")
    probe = a_probe("last_update", "weights", within_tempos=3)

    async def seen(row: MetagraphRow, block: int) -> list[str]:
        health = await ward.look(probe, metagraph=a_metagraph(row, block=block), tempo=99)
        return [failing.why for failing in health.failing]

    assert await seen(a_row(last_update=100), 400) == []
    assert await seen(a_row(last_update=100), 401) == [
        "its last update on the chain is 301 blocks old (300 at the most)"
    ]
    assert await seen(a_row(last_update=390), 401) == []


async def test_output_on_either_stream_is_a_sign_of_life(wards: Wards) -> None:
    ward = wards.start("import sys, time; print('hello', file=sys.stderr, flush=True); time.sleep(600)")
    ward.says("hello")
    probe = a_probe("output", within_s=60.0)
    ward.clock.ahead_s = 50.0
    assert (await ward.look(probe)).failing == ()
    ward.clock.ahead_s = 100.0
    assert names(await ward.look(probe)) == ["output"]


async def test_what_an_earlier_run_said_is_no_sign_of_life(wards: Wards) -> None:
    before = f"{STEP}\nException in thread Thread-7\n"
    ward = wards.start("import time; time.sleep(600)", before=before)
    line = a_probe("line", match=STEP, use="readiness")
    no_line = a_probe("no_line", match="^Exception", stream="both")
    assert await ward.look(line, no_line) == Health(False, f"the line {STEP!r} in its log")


async def test_a_line_that_must_not_be_is_forgotten_after_its_time(wards: Wards) -> None:
    ward = wards.start("import sys, time; print('Exception in thread 1', file=sys.stderr, flush=True); time.sleep(600)")
    ward.says("Exception")
    probes = (
        a_probe("no_line", "ever", match="^Exception", stream="stderr"),
        a_probe("no_line", "lately", match="^Exception", stream="stderr", within_s=60.0),
    )
    assert names(await ward.look(*probes)) == ["ever", "lately"]
    ward.clock.ahead_s = 100.0
    assert names(await ward.look(*probes)) == ["ever"]


async def test_failures_count_in_a_row_and_only_from_a_certain_age_on(wards: Wards) -> None:
    ward = wards.start("import time; time.sleep(600)")
    probe = a_probe("line", match="never said", after_s=100.0, failures=3)
    for _ in range(5):
        assert (await ward.look(probe)).failing == ()
    ward.clock.ahead_s = 200.0
    since = ward.clock.now()
    assert [names(await ward.look(probe)) for _ in range(3)] == [[], [], ["line"]]
    (failing,) = (await ward.look(probe)).failing
    assert since <= failing.since < since + 30
    with ward.out.open("a") as log:
        log.write("never said\n")
    assert (await ward.look(probe)).failing == ()


async def test_one_look_decides_where_there_is_only_one(wards: Wards) -> None:
    ward = wards.start("import time; time.sleep(600)")
    probe = a_probe("line", match="never said", failures=3, every_s=3600.0)
    assert names(await ward.look(probe)) == []
    assert names(await ward.look(probe, at_once=True)) == ["line"]


async def test_a_probe_is_asked_again_only_when_it_is_due(wards: Wards) -> None:
    ward = wards.start(SAYS)
    probe = a_probe("exec", argv=("/bin/sh", "-c", "echo asked >>count"), use="liveness", every_s=60.0)
    for _ in range(3):
        await ward.look(probe)
    assert (ward.place / "count").read_text() == "asked\n"
    ward.clock.ahead_s = 70.0
    await ward.look(probe)
    assert (ward.place / "count").read_text() == "asked\nasked\n"


@pytest.mark.parametrize("seen_dead", [True, False])
async def test_a_new_run_is_judged_afresh(wards: Wards, seen_dead: bool) -> None:
    first = wards.start("import sys, time; print('Traceback', file=sys.stderr, flush=True); time.sleep(600)")
    first.says("Traceback")
    probe = a_probe("no_line", match="Traceback", stream="stderr")
    assert names(await first.look(probe)) == ["no_line"]
    first.process.kill()
    first.process.wait()
    if seen_dead:
        assert await first.look(probe) == Health(False, "its process")
    second = wards.start("import time; time.sleep(600)")
    second.memory = first.memory
    assert await second.look(probe) == Health(ready=True)


@pytest.mark.parametrize(
    ("host", "family"), [("127.0.0.1", socket.AF_INET), ("0.0.0.0", socket.AF_INET), ("::", socket.AF_INET6)]
)
async def test_a_port_is_its_own_whichever_address_it_listens_at(wards: Wards, host: str, family: int) -> None:
    (port,) = free_ports(1)
    ward = wards.start(LISTENS, str(port), host, str(int(family)), port=port)
    assert (await ward.until(lambda health: health.ready, a_probe("port", port=port))).failing == ()


async def test_a_socket_that_no_longer_listens_is_found_out(wards: Wards) -> None:
    (port,) = free_ports(1)
    source = (
        f"{LISTENS.replace('time.sleep(600)', '')}time.sleep(1); listener.shutdown(2); print('deaf'); time.sleep(600)"
    )
    ward = wards.start(source, str(port), "127.0.0.1", str(int(socket.AF_INET)), port=port)
    await ward.until(lambda health: health.ready, a_probe("port", port=port))
    ward.says("deaf")
    assert (await ward.look(a_probe("port", port=port))).ready, "its descriptor alone is looked at, for a minute"
    ward.clock.ahead_s = 100.0
    assert names(await ward.look(a_probe("port", port=port))) == ["port"]


async def test_a_port_that_somebody_else_holds_is_not_its_own(wards: Wards) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        ward = wards.start(SAYS, port=port)
        found = await ward.look(a_probe("port", port=port))
    assert found.waits_for == f"its port {port}, which pid {os.getpid()} holds"
    assert found.failing[0].why == f"its port {port} is held by pid {os.getpid()}"
    assert (await ward.look(a_probe("port", port=port))).waits_for == f"its port {port}"


@pytest.mark.parametrize("how", ["child", "child that left the group", "only the group"])
async def test_a_port_of_a_child_or_of_its_group_is_its_own(wards: Wards, how: str) -> None:
    """Also where who started the child is gone, so that only the group tells whose it is."""
    parted = how == "only the group"
    (port,) = free_ports(1)
    argv = [sys.executable, "-c", LISTENS, str(port), "127.0.0.1", str(int(socket.AF_INET))]
    start = f"import json, subprocess, sys; subprocess.Popen({argv!r}, start_new_session={'left' in how})"
    between = f"import subprocess, sys, time; subprocess.run([sys.executable, '-c', {start!r}]); time.sleep(600)"
    ward = wards.start(between if parted else f"{start}; import time; time.sleep(600)", port=port)
    await ward.until(lambda health: health.ready, a_probe("port", port=port))
    (listener,) = [c.pid for c in psutil.net_connections("tcp") if c.status == "LISTEN" and c.laddr.port == port]
    assert listener is not None
    try:
        assert (psutil.Process(listener).ppid() == ward.process.pid) is not parted
    finally:
        psutil.Process(listener).kill()


async def test_what_the_chain_has_of_it_is_judged_by_its_row(wards: Wards) -> None:
    ward = wards.start(SAYS)
    registered, served = a_probe("registered"), a_probe("axon_served")

    async def waits_for(*rows: MetagraphRow) -> list[str | None]:
        return [(await ward.look(probe, metagraph=a_metagraph(*rows))).waits_for for probe in (registered, served)]

    assert await waits_for(a_row()) == [None, None]
    assert await waits_for() == ["its registration", "its axon on the chain (not registered)"]
    assert await waits_for(a_row(axon=None)) == [None, "its axon on the chain (none yet)"]
    assert await waits_for(a_row(axon="127.0.0.1:8099")) == [None, "its axon on the chain (127.0.0.1:8099)"]
    assert await waits_for(a_row(axon="10.0.0.1:8091")) == [None, "its axon on the chain (10.0.0.1:8091)"]


async def test_a_chain_that_was_not_read_neither_clears_nor_blames(wards: Wards) -> None:
    ward = wards.start(SAYS)
    probe = a_probe("registered")
    assert await ward.look(probe) == Health(False, "the chain, which was not read")
    assert await ward.look(probe, metagraph=a_metagraph(a_row())) == Health(ready=True)
    assert await ward.look(probe) == Health(ready=True)
    assert names(await ward.look(probe, metagraph=a_metagraph())) == ["registered"]
    assert names(await ward.look(probe)) == ["registered"]
    assert json.dumps([probe.why for probe in (await ward.look(probe)).failing]) == '["not registered on the chain"]'
