"""Every cause that any program can have, provoked for real in a session of tmux, and explained."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from netctl.why.explanation import Explanation
from netctl.why.generic import CAUSES
from tests.files.conftest import a_neuron
from tests.sessions.conftest import wait_until
from tests.why.conftest import PACK, Trial, trial_fleet
from tests.why.programs import ELSEWHERE, PROGRAMS, python


def test_every_cause_that_netctl_knows_is_provoked() -> None:
    assert {cause.name for cause in CAUSES} == set(PROGRAMS) | ELSEWHERE


@pytest.fixture(scope="module")
def whys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Explanation]]:
    """Each program in a session named after its cause, all at once; what is said of their ends."""
    place = tmp_path_factory.mktemp("ends")
    neurons = [a_neuron(name, strategy=None, env=()) for name in PROGRAMS]
    trial = Trial(trial_fleet(place, *neurons))
    specs = [trial.stage.spec(name, *program.argv) for name, program in PROGRAMS.items()]
    shutil.rmtree(next(spec.cwd for spec in specs if spec.name == "directory_missing"))
    trial.host.launch(specs)
    wait_until(lambda: trial.host.sessions()["killed"].pid is not None, "the one to be killed begins")
    os.kill(trial.stage.pid("killed"), signal.SIGKILL)
    wait_until(lambda: all(map(trial.stage.has_ended, PROGRAMS)), "all of them end")
    yield asyncio.run(trial.explained(*PROGRAMS))
    assert trial.host.shut_down(grace_s=3) == ()


@pytest.mark.parametrize("cause", PROGRAMS)
def test_why_says_by_what_a_program_ended_and_shows_the_line(cause: str, whys: Mapping[str, Explanation]) -> None:
    found = whys[cause]
    assert found.cause is not None
    assert (found.cause.name, found.cause.known_by, found.cause.confidence) == (cause, "netctl", "sure")
    assert PROGRAMS[cause].says in found.says
    assert PROGRAMS[cause].line in found.cause.line
    assert not found.well
    assert found.next


def test_why_says_that_another_process_has_the_port_of_one_that_runs(trial: Trial) -> None:
    """Nothing is logged by a second axon on a port, and the process lives: only the owner of the port tells."""
    trial.write_pack(PACK.replace("program: [sh]", "program: [sh], ready: {port: true}"))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        trial.fleet = replace(trial.fleet, neurons=(replace(trial.fleet.neurons[0], axon_port=port),))
        trial.stage.launch("miner_1", "sleep", "600")
        found = trial.why()
    assert found.says.startswith(f"it runs, but port {port} belongs to another process, pid {os.getpid()}: ")
    assert found.cause is not None
    assert (found.cause.name, found.well) == ("port_of_another", False)


@pytest.fixture
def small_group() -> Iterator[Path]:
    """A control group in which little memory may be used; the file that takes its processes in."""
    name = f"netctl-why-{os.getpid()}"
    old = Path("/sys/fs/cgroup/memory") / name
    new = Path("/sys/fs/cgroup") / name
    group = old if old.parent.is_dir() else new
    try:
        group.mkdir()
        limit = group / ("memory.limit_in_bytes" if group is old else "memory.max")
        limit.write_text(str(64 << 20))
    except OSError as exc:
        pytest.skip(f"no control group can be made here: {exc}")
    yield group / "cgroup.procs"
    group.rmdir()


def test_why_says_that_the_kernel_killed_for_want_of_memory(trial: Trial, small_group: Path) -> None:
    hungry = f"open({str(small_group)!r}, 'w').write('0'); held = [bytearray(1 << 20) for _ in range(1 << 12)]"
    trial.stage.launch("miner_1", *python(hungry))
    trial.stage.ended("miner_1")
    found = trial.why()
    assert found.says == "it was killed while the kernel killed 1 process(es) of this machine for want of memory"
    assert found.end is not None
    assert (found.end.how, found.end.oom_kills) == ("signal SIGKILL", 1)
