"""`netctl dashboard` as the program it is: where it serves, what it refuses, and a real fleet on its page."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from netctl.fleets import Remembered, remember
from tests.browser import chromium, program
from tests.cli.program import call, run, small_profile
from tests.metrics.stored import full

NAMES = ("miner_1", "validator_1")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the state of a fleet that is down."""
    monkeypatch.chdir(tmp_path)
    state = tmp_path / ".netctl" / "day2-rehearsal"
    state.parent.mkdir()
    with full(state):
        pass
    remember(Remembered("day2-rehearsal", state, tmp_path / "gone.yaml", True, None, NAMES))
    return tmp_path


@dataclass
class Served:
    """A dashboard that runs."""

    process: subprocess.Popen[str]
    url: str

    def messages(self, parts: set[str], named: int = 0) -> dict[str, Any]:
        """The last message of each of these parts, once there is one of each and so many neurons are named."""
        found: dict[str, Any] = {}
        with urllib.request.urlopen(f"{self.url}events", timeout=60) as stream:
            name = ""
            for line in stream:
                key, _, value = line.decode().strip().partition(": ")
                if key == "event":
                    name = value
                elif key == "data":
                    found[name] = {**found.get(name, {}), **json.loads(value)}
                if parts <= found.keys() and len(found["health"]["neurons"]) >= named:
                    return found
        raise AssertionError(found.keys())


@contextmanager
def dashboard(here: Path, *words: str, **environ: str) -> Iterator[Served]:
    """The program on a free port, ended by Ctrl-C."""
    process = subprocess.Popen(
        [sys.executable, "-m", "netctl", "dashboard", *words, "--port", "0", "--json"],
        cwd=here,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield Served(process, json.loads(process.stdout.readline())["url"])
        once = process.poll() is None
        if once:
            process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        # One more Ctrl-C, when it has all but ended, ends it by the signal itself: 130 to a shell as well.
        assert process.returncode in {130, -signal.SIGINT}
        assert "Traceback" not in err
        assert not once or "error" not in err, "nothing else ends it: no error, and nothing to go on with"
    finally:
        process.kill()
        process.communicate()


@pytest.mark.fast
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--last", "soon"], 2, "error: --last soon: no duration"),
        (["--last", "0s"], 2, "error: --last 0s: no duration"),
        (["--port", "70000"], 2, "should be less than or equal to 65535"),
        (["gone.yaml"], 2, "error: gone.yaml: no such profile"),
    ],
)
def test_what_makes_no_sense_is_refused(
    words: list[str], code: int, said: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = call(capsys, "dashboard", *words)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err


@pytest.mark.slow
def test_a_fleet_that_is_down_is_told_with_all_that_is_known_of_it(place: Path) -> None:
    with dashboard(place) as served:
        told = served.messages({"health", "board", "calls", "coverage"}, named=2)
    health = told["health"]
    assert (health["fleet"], health["live"], health["ok"]) == ("day2-rehearsal", False, None)
    assert "nothing was sampled yet" in health["why"]
    assert [(each["name"], each["role"], each["state"]) for each in health["neurons"]] == [
        ("miner_1", "miner", "running"),
        ("miner_2", "miner", "killed"),
    ]
    assert told["calls"] == told["coverage"] == {"why": "this fleet was not brought up yet"}
    judged = told["board"]["series"]["judged"]
    assert [(row["key"], row["values"][0]) for row in judged] == [(["validator_1", "miner_1"], [5.0, 2.26e-38])]


@pytest.mark.slow
@pytest.mark.parametrize("pause_s", [60.0, 0.03], ids=["once", "again and again"])
def test_ctrl_c_ends_it_without_a_word_too_many_while_pages_are_open(place: Path, pause_s: float) -> None:
    with dashboard(place) as served, urllib.request.urlopen(f"{served.url}events", timeout=60) as stream:
        stream.readline()
        while served.process.poll() is None:
            served.process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                served.process.wait(pause_s)


@pytest.mark.slow
def test_a_port_that_is_taken_is_told(place: Path) -> None:
    with dashboard(place) as served:
        port = served.url.rstrip("/").rpartition(":")[2]
        ended = run("dashboard", "--port", port, cwd=place)
    assert (ended.code, ended.out) == (4, "")
    assert f"error: 127.0.0.1:{port} cannot be listened at" in ended.err


@pytest.mark.slow
def test_the_browser_is_opened_at_the_page(place: Path) -> None:
    opener = place / "opener"
    opener.write_text(f'#!/bin/sh\nprintf %s "$1" > {place}/opened\n')
    opener.chmod(0o755)
    with dashboard(place, "--open", BROWSER=f"{opener} %s") as served:
        served.messages({"health"})
        url = served.url
    assert (place / "opened").read_text() == url


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(program() is None, reason="no Chromium here: apt-get install chromium-headless-shell")
async def test_a_fleet_that_runs_is_followed_on_its_page(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(small_profile())
    (tmp_path / "home").mkdir()
    home = str(tmp_path / "home")

    def netctl(*words: str) -> Any:
        return run(*words, cwd=tmp_path, timeout_s=120, HOME=home)

    up = netctl("fleet", "up", "small.yaml", "--rehearse", "--yes")
    try:
        assert up.code == 0, up.err
        with dashboard(tmp_path, HOME=home) as served:
            async with chromium(tmp_path, height=3600) as page:
                await page.open(served.url)
                await page.wait_for("document.querySelectorAll('#rows tr').length === 2")
                await page.wait_for("document.querySelector('#verdict').innerText === 'all well'", 120)
                for card in ("scores", "heat", "states", "resources", "calls"):
                    await page.wait_for(f"document.querySelector('#{card} .empty').hidden", 120)
                await page.wait_for("document.querySelector('#map-told').innerText.includes('zipcodes')", 120)
                assert netctl("chaos", "kill", "miner_1", "--yes").code == 0
                row = "document.querySelector('#rows tr').innerText.split('\\t')"
                await page.wait_for(f"{row}[6] === '1' && {row}[3].includes('running')", 120)
                state = "document.querySelector('#states canvas[role=img]').getAttribute('aria-label')"
                await page.wait_for(f"{state}.includes('; 1 restart ')", 120)
                assert page.complaints == []
    finally:
        netctl("fleet", "down", "small.yaml", "--rehearse")


@pytest.mark.slow
def test_an_endpoint_of_metrics_ends_as_quietly(place: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "netctl", "metrics", "--serve", "127.0.0.1:0", "--json"],
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["url"]
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, "error" in err) == (130, False), err
