"""The contract of a host, held by every kind of it: the same tests on one machine's tmux and on a swarm's nodes."""

from __future__ import annotations

import json
import os
import signal
import time

import psutil
import pytest

from netctl.errors import SessionError
from netctl.ports import STOPPED
from tests.hosts.stage import PYTHON, Stage
from tests.swarm.cluster import wait_until

SHOW = "import json,os;print(json.dumps({'env': dict(os.environ), 'cwd': os.getcwd()}), flush=True)"
SLEEP = "import time;time.sleep(600)"


def test_a_launched_program_runs_with_exactly_the_environment_that_was_rendered(stage: Stage) -> None:
    awkward = "a'b\"c $HOME `id` \\ #{pid} ünï =;&"
    before = time.time()
    spec = stage.launch("miner_1", PYTHON, "-c", f"{SHOW};{SLEEP}", environ={"ODD": awkward})
    stage.says("miner_1", "}")
    seen = json.loads(stage.log("miner_1").splitlines()[-1])
    wanted = {
        "PATH": "/usr/bin:/bin",
        "NETCTL_NEURON": f"{stage.host.state}/miner_1",
        "ODD": awkward,
        "PWD": str(spec.cwd),
    }
    assert seen["env"] == wanted | {key: value for key, value in seen["env"].items() if key == "LC_CTYPE"}
    assert seen["cwd"] == str(spec.cwd)
    facts = stage.facts("miner_1")
    assert facts.pid is not None
    assert psutil.pid_exists(facts.pid)
    assert facts.started_at is not None
    assert before - 2 < facts.started_at < time.time() + 2
    assert (facts.spec_hash, facts.restarts, facts.is_dead, facts.unknown, facts.waits) == (
        spec.spec_hash, 0, False, "", "",
    )  # fmt: skip
    assert facts.labels["own"] == "é &=1"
    assert stage.host.started_with(["miner_1", "nobody"]) == {"miner_1": "parts"}


def test_a_second_launch_of_the_same_changes_nothing(stage: Stage) -> None:
    spec = stage.launch("miner_1", PYTHON, "-c", SLEEP)
    before = stage.facts("miner_1")
    stage.host.launch([spec])
    assert stage.facts("miner_1") == before


def test_a_different_launch_of_one_that_lives_is_refused_and_changes_nothing(stage: Stage) -> None:
    stage.launch("miner_1", PYTHON, "-c", SLEEP)
    before = stage.facts("miner_1")
    other = stage.spec("miner_1", PYTHON, "-c", f"{SLEEP};1")
    with pytest.raises(SessionError, match="already runs, started differently"):
        stage.host.launch([other])
    assert stage.facts("miner_1") == before


@pytest.mark.parametrize(
    ("program", "ended"),
    [
        ("raise SystemExit(3)", (3, None)),
        ("raise SystemExit(0)", (0, None)),
        ("import os;os.kill(os.getpid(), 9)", (None, 9)),
        ("import os;os.kill(os.getpid(), 11)", (None, 11)),
    ],
)
def test_a_death_is_told_by_code_or_by_signal(stage: Stage, program: str, ended: tuple[int | None, int | None]) -> None:
    stage.launch("miner_1", PYTHON, "-c", program)
    facts = stage.ended("miner_1")
    assert (facts.exit_code, facts.exit_signal) == ended
    assert facts.pid is None
    assert facts.ended_at is None or abs(facts.ended_at - time.time()) < 60
    assert set(stage.host.ended()) == {"miner_1"}


def test_a_dead_one_is_replaced_and_finds_its_working_directory_as_it_left_it(stage: Stage) -> None:
    leave = "from pathlib import Path;p=Path('kept');print(p.exists(), flush=True);p.touch()"
    stage.launch("miner_1", PYTHON, "-c", leave)
    stage.ended("miner_1")
    stage.launch("miner_1", PYTHON, "-c", f"{leave};{SLEEP}")
    stage.says("miner_1", "True")
    facts = stage.facts("miner_1")
    assert facts.restarts == 1
    assert not facts.is_dead


def test_the_two_streams_are_kept_apart(stage: Stage) -> None:
    stage.launch("miner_1", PYTHON, "-c", "import sys;print('out');print('err', file=sys.stderr)")
    stage.says("miner_1", "out")
    stage.says("miner_1", "err", "stderr")
    assert "err" not in stage.log("miner_1")
    assert "out" not in stage.log("miner_1", "stderr")


def test_stopped_with_labels_it_stays_dead_with_these_until_it_is_launched_again(stage: Stage) -> None:
    spec = stage.launch("miner_1", PYTHON, "-c", SLEEP)
    pid = stage.facts("miner_1").pid
    assert stage.host.stop(["miner_1", "nobody"], grace_s=2, leave={STOPPED: "somebody", "more": "1"}) == ()
    facts = stage.facts("miner_1")
    assert (facts.exit_code, facts.exit_signal, facts.pid) == (None, signal.SIGTERM, None)
    assert (facts.labels[STOPPED], facts.labels["more"], facts.labels["own"]) == ("somebody", "1", "é &=1")
    assert pid is not None
    wait_until(lambda: not psutil.pid_exists(pid), "its process is gone", 5)
    assert stage.host.revive([spec]) in ((), [])
    assert stage.facts("miner_1").is_dead
    stage.host.launch([spec])
    stage.begins("miner_1")
    assert STOPPED not in stage.facts("miner_1").labels
    assert stage.facts("miner_1").restarts == 1


def test_stopped_without_labels_it_is_gone(stage: Stage) -> None:
    stage.launch("miner_1", PYTHON, "-c", SLEEP)
    stage.launch("miner_2", PYTHON, "-c", SLEEP)
    assert stage.host.stop(["miner_1"], grace_s=2) == ()
    assert set(stage.host.sessions()) == {"miner_2"}


def test_who_does_not_hear_the_signal_is_killed_after_its_grace(stage: Stage) -> None:
    deaf = f"import signal;signal.signal(signal.SIGTERM, signal.SIG_IGN);print('deaf', flush=True);{SLEEP}"
    stage.launch("miner_1", PYTHON, "-c", deaf, grace_s=0.5)
    stage.says("miner_1", "deaf")
    assert stage.host.stop(["miner_1"], grace_s=0.5, leave={STOPPED: "somebody"}) == ()
    assert stage.facts("miner_1").exit_signal == signal.SIGKILL


def test_another_netctl_finds_what_runs_and_may_end_it(stage: Stage) -> None:
    spec = stage.launch("miner_1", PYTHON, "-c", SLEEP)
    other = stage.another()
    assert other.sessions() == stage.host.sessions()
    other.launch([spec])
    assert other.sessions() == stage.host.sessions()
    assert other.stop(["miner_1"], grace_s=2) == ()
    assert stage.host.sessions() == {}


def test_only_that_very_run_is_stopped(stage: Stage) -> None:
    stage.launch("miner_1", PYTHON, "-c", SLEEP)
    run = stage.facts("miner_1")
    stage.host.stop(["miner_1"], grace_s=2, leave={STOPPED: "somebody"})
    stage.launch("miner_1", PYTHON, "-c", SLEEP)
    assert stage.host.stop_run(run, grace_s=2, leave={STOPPED: "another"}) is None
    now = stage.facts("miner_1")
    assert not now.is_dead
    assert stage.host.stop_run(now, grace_s=2, leave={STOPPED: "another"}) == ()
    assert stage.facts("miner_1").labels[STOPPED] == "another"


def test_attaching_to_what_does_not_run_is_refused_and_starts_nothing(stage: Stage) -> None:
    with pytest.raises(SessionError, match="no session miner_9 runs"):
        stage.host.attach_argv("miner_9", [])
    assert not stage.host.is_alive()


def test_shut_down_leaves_nothing(stage: Stage) -> None:
    for name in ("miner_1", "miner_2"):
        stage.launch(name, PYTHON, "-c", SLEEP)
    pids = [stage.facts(name).pid for name in ("miner_1", "miner_2")]
    assert stage.host.shut_down(grace_s=2) == ()
    assert stage.host.sessions() == {}
    wait_until(lambda: not any(psutil.pid_exists(pid or os.getpid()) for pid in pids), "their processes are gone", 5)
