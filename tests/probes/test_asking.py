"""Probes that ask from outside: commands and requests end in time, see no secret, and leave nothing behind."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import psutil
import pytest

from netctl.probes.model import Health
from tests.probes.conftest import Wards, a_probe
from tests.sessions.conftest import wait_until

LIVES = "import time; time.sleep(600)"


async def why(wards: Wards, *argv: str, deadline_s: float = 10.0) -> str:
    """What is wrong by a probe of that command; empty for nothing."""
    found = await wards.start(LIVES).look(a_probe("exec", "mine", argv=argv, deadline_s=deadline_s))
    return found.failing[0].why if found.failing else ""


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("/bin/true",), ""),
        (("/bin/false",), "exit code 1"),
        (("/bin/sh", "-c", "echo one >&2; echo no answer >&2; exit 3"), "exit code 3: no answer"),
        (("/bin/sh", "-c", "kill -9 $$"), "ended by signal 9"),
        (("/nowhere/at-all",), "/nowhere/at-all cannot be started: No such file or directory"),
        (("/bin/sh", "-c", "yes | head -c 3000000 >&2; exit 2"), "exit code 2: y"),
    ],
)
async def test_a_command_is_judged_by_its_exit_code(wards: Wards, argv: tuple[str, ...], expected: str) -> None:
    assert await why(wards, *argv) == expected


async def test_a_command_runs_where_the_neuron_does_and_gets_no_variable_of_the_operator(
    wards: Wards, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPIDAPI_KEY", "s3cr3t")
    assert await why(wards, "/bin/sh", "-c", "env >env.txt; pwd >pwd.txt") == ""
    environ = dict(line.split("=", 1) for line in (wards.place / "env.txt").read_text().splitlines())
    assert {name: environ[name] for name in ("PATH", "LANG")} == {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    assert environ.keys() <= {"PATH", "LANG", "PWD", "SHLVL", "_", "OLDPWD"}
    assert (wards.place / "pwd.txt").read_text().strip() == str(wards.place)


async def test_rule_3_a_command_that_hangs_is_ended_at_its_deadline_and_said_to_be(wards: Wards) -> None:
    hangs = "trap '' TERM; echo $$ >pid.txt; sleep 600 & echo $! >>pid.txt; wait"
    assert await why(wards, "/bin/sh", "-c", hangs, deadline_s=1.0) == "no end within 1 s"
    pids = [int(word) for word in (wards.place / "pid.txt").read_text().split()]
    assert len(pids) == 2
    wait_until(lambda: not any(map(_lives, pids)), "both are gone")


async def test_what_a_command_leaves_in_its_group_ends_with_it(wards: Wards) -> None:
    assert await why(wards, "/bin/sh", "-c", "sleep 600 & echo $! >pid.txt") == ""
    left = int((wards.place / "pid.txt").read_text())
    wait_until(lambda: not _lives(left), "it is gone")


async def test_who_leaves_the_group_with_its_standard_error_is_not_waited_for(wards: Wards) -> None:
    leaves = "setsid sh -c 'echo $$ >pid.txt; exec sleep 60' & while [ ! -s pid.txt ]; do sleep 0.01; done; exit 4"
    assert await why(wards, "/bin/sh", "-c", leaves, deadline_s=20.0) == "exit code 4"
    psutil.Process(int((wards.place / "pid.txt").read_text())).kill()


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        code = int(self.path.strip("/"))
        self.send_response(code)
        self.send_header("Location", "/200")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def answering() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_a_request_is_judged_by_its_status_and_follows_nobody(wards: Wards) -> None:
    ward = wards.start(LIVES)
    with answering() as port:
        here = f"http://127.0.0.1:{port}"

        async def answer(path: str, status: int) -> Health:
            return await ward.look(a_probe("http", "page", url=f"{here}/{path}", status=status))

        assert await answer("200", 200) == Health(ready=True)
        assert await answer("503", 503) == Health(ready=True)
        assert (await answer("503", 200)).waits_for == f"its probe page (GET {here}/503: 503, not 200)"
        assert (await answer("302", 200)).failing[0].why == f"GET {here}/302: 302, not 200"
    assert (await answer("200", 200)).failing[0].why == f"GET {here}/200: ClientConnectorError"


async def test_rule_3_a_server_that_never_answers_costs_the_deadline_and_is_named(wards: Wards) -> None:
    ward = wards.start(LIVES)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        found = await ward.look(a_probe("http", url=url, deadline_s=1.0))
    assert found.failing[0].why == f"GET {url}: no answer within 1 s"


async def test_rule_3_many_that_hang_are_asked_side_by_side(wards: Wards) -> None:
    """Each of eight ends only once all eight have begun: one after the other, all but the last would be too late."""
    ward = wards.start(LIVES)
    meets = 'touch "met-$0"; until [ "$(ls met-* | wc -l)" -eq 8 ]; do sleep 0.05; done'
    probes = [a_probe("exec", f"p{n}", argv=("/bin/sh", "-c", meets, str(n)), deadline_s=20.0) for n in range(8)]
    assert (await ward.look(*probes)).failing == ()
