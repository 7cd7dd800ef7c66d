"""The truth of processes that run in real tmux sessions, started by netctl and by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from netctl.adapters.tmux_panes import LABELS
from netctl.phases import files, sessions
from netctl.truth.drift import Drift
from tests.identity.conftest import Start
from tests.identity.scene import Scene, a_scene
from tests.sessions.conftest import wait_until

PYTHON = Path(sys.executable).resolve()


async def drift(scene: Scene, name: str = "miner_1") -> tuple[Drift, ...]:
    """What `netctl status` says of it in JSON."""
    return (await scene.status(name)).drift


def environ_of(scene: Scene, name: str = "miner_1") -> dict[str, str]:
    found = scene.world.host.running(scene.pid(name))
    assert found is not None
    return dict(found.environ or {})


async def test_what_runs_as_rendered_has_no_drift(scene: Scene) -> None:
    await scene.up()
    assert (await scene.seen()).drift == {"miner_1": (), "miner_2": ()}


async def test_a_process_keeps_what_it_was_started_with_and_that_is_named(scene: Scene) -> None:
    await scene.up()
    later = scene.changed(env=(("OWN", "2"), ("MORE", "1")), args=(("netuid", "7"),))
    assert await drift(later) == ()
    await later.settle(files)
    assert await drift(later) == (
        Drift("missing", "MORE", None, "1"),
        Drift("stale", "OWN", "1", "2"),
        Drift("argv", "--netuid", None, "7"),
    )
    assert await drift(later, "miner_2") == ()
    await later.settle(sessions)
    wait_until(lambda: environ_of(later).get("OWN") == "2", "it is restarted")
    assert await drift(later) == ()


async def test_rule_5_a_removed_variable_is_removed_at_restart(scene: Scene) -> None:
    """pm2 keeps it for ever (#3486, #3672): here it is gone with the restart, which reads the profile again."""
    await scene.up()
    assert environ_of(scene)["OWN"] == "1"
    later = scene.changed(env=())
    await later.settle(files)
    assert await drift(later) == (Drift("extra", "OWN", "********", None),)
    assert await later.settle(sessions) == ["restart miner_1"]
    wait_until(lambda: "OWN" not in environ_of(later), "it is restarted")
    assert await drift(later) == ()
    assert await later.settle() == []


async def test_a_changed_secret_differs_and_is_never_shown(tmp_path: Path) -> None:
    key = (("API_KEY", "$KEY"),)
    before = a_scene(tmp_path, environ={"KEY": "first-s3cret"}).changed(env=key)
    try:
        await before.up()
        later = Scene(before.fleet, replace(before.world, environ={"KEY": "second-s3cret"}))
        await later.settle(files)
        status = await later.status()
        assert status.drift == (Drift("stale", "API_KEY", "********", "********"),)
        assert "s3cret" not in f"{status} {status.problem}"
    finally:
        assert before.world.host.shut_down(grace_s=3) == ()


async def test_a_dotenv_that_came_after_the_start_is_named(scene: Scene) -> None:
    await scene.up()
    (scene.code / ".env").write_text("OWN=9\nPERIOD=60\n")
    assert await drift(scene) == (Drift("shadowed", "OWN", f"{scene.code}/.env", "1"),)


async def test_another_program_put_into_the_session_by_hand_is_not_what_was_rendered(scene: Scene) -> None:
    """tmux respawn-pane keeps the session, its name and its labels: only the process itself can tell."""
    await scene.up()
    words = [sys.executable, "-c", "import time; time.sleep(99)"]
    before = scene.pid()
    started = f"'{words[0]}' -c '{words[2]}'; true"
    scene.world.host.server.run(  # type: ignore[attr-defined]
        "respawn-pane", "-k", "-t", "=miner_1:neuron", "-c", str(scene.code), "/bin/sh", "-c", started
    )
    wait_until(lambda: (scene.world.host.sessions()["miner_1"].pid or before) != before, "it is another process")
    assert scene.world.host.sessions()["miner_1"].spec_hash
    found = {(one.what, one.name) for one in await drift(scene)}
    assert {("missing", "NETCTL_NEURON"), ("missing", "OWN"), ("cwd", None), ("argv", None)} <= found


async def test_an_interpreter_that_was_made_anew_is_another_one(tmp_path: Path) -> None:
    scene = a_scene(tmp_path)
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(PYTHON)
    scene = Scene(replace(scene.fleet, code=replace(scene.fleet.code, python=python)), scene.world)
    try:
        await scene.up()
        assert await drift(scene) == ()
        other = tmp_path / "python3.99"
        shutil.copy(PYTHON, other)
        python.unlink()
        python.symlink_to(other)
        assert await drift(scene) == (Drift("interpreter", None, str(PYTHON), str(other)),)
    finally:
        assert scene.world.host.shut_down(grace_s=3) == ()


async def test_a_working_directory_that_was_deleted_is_told(scene: Scene) -> None:
    await scene.up()
    work = scene.fleet.state / "work" / "miner_1"
    shutil.rmtree(work)
    work.mkdir()
    assert await drift(scene) == (Drift("cwd", None, f"{work} (deleted)", str(work)),)


@pytest.fixture
def foreign_tmux() -> Iterator[None]:
    """Somebody else's tmux server, with a session that has a neuron's name."""
    server = ["tmux", "-L", f"netctl-rule-1-{os.getpid()}", "-f", "/dev/null"]
    subprocess.run([*server, "new-session", "-d", "-s", "miner_1", "sleep 99"], check=True)
    yield
    subprocess.run([*server, "kill-server"], check=True)


@pytest.mark.usefixtures("foreign_tmux")
async def test_rule_1_running_is_never_decided_from_a_file_or_a_name(scene: Scene, by_hand: Start) -> None:
    """overmind #16 to #164, tmuxp #839: only the fleet's own session with its label, and the process in it, count."""
    work = scene.fleet.state / "work" / "miner_1"
    await scene.settle(files)
    (work / "miner_1.pid").write_text(str(os.getpid()))
    (scene.fleet.state / "logs").mkdir(exist_ok=True)
    (scene.fleet.state / "logs" / "miner_1.log").write_text("ready\n")
    by_hand(*["--db", str(work / "other.sqlite")], env={**os.environ, "NETCTL_NEURON": f"{scene.fleet.state}/miner_1"})
    assert (await scene.status()).state == "missing"
    wanted = [step.summary() for step in (await scene.diff(sessions)).steps]
    assert wanted == ["launch miner_1, miner_2"]
    await scene.up()
    server = scene.world.host.server  # type: ignore[attr-defined]
    server.run("set-environment", "-u", "-t", "=miner_2:", LABELS)
    assert (await scene.status("miner_1")).state == "running"
    assert (await scene.status("miner_2")).state == "missing"
    os.kill(scene.pid(), 9)
    wait_until(lambda: scene.world.host.sessions()["miner_1"].exit_signal == 9, "it is dead")
    assert (await scene.status()).state == "killed"
