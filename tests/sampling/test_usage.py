"""What neurons use, told by real processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from netctl.adapters import usage
from tests.sessions.conftest import wait_until

PARENT = """
import subprocess, sys
held = bytearray(40_000_000)
child = subprocess.Popen([sys.executable, "-S", "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
print("up", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def neuron() -> Iterator[int]:
    """A process that leads a session, holds 40 MB and has a child."""
    argv = [sys.executable, "-S", "-c", PARENT]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        yield process.pid


def test_a_neuron_is_counted_with_all_that_it_has_started(neuron: int) -> None:
    wait_until(lambda: usage.of([neuron])[neuron].processes == 2, "its child")
    found = usage.of([neuron])[neuron]
    assert found.pid == neuron
    assert found.memory_bytes > 40_000_000
    assert found.cpu_s > 0
    assert found.threads >= 2
    assert found.descriptors is None or found.descriptors >= 6


def test_who_is_gone_is_left_out(neuron: int) -> None:
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    assert set(usage.of([neuron, gone.pid])) == {neuron}
    assert usage.of([]) == {}
