"""The dashboard's threads: what they decode at once for the first time, and that nobody waits for them at the end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from netctl.supervisor import orders
from tests.cli.fleet_values import FLEET

pytestmark = pytest.mark.slow

PROGRAM = """
import sys, threading
from pathlib import Path
from netctl.supervisor import orders
sys.setswitchinterval(1e-6)
start, found = threading.Barrier(4), []
def decode():
    start.wait()
    found.append(orders.lately(Path(sys.argv[1])))
threads = [threading.Thread(target=decode) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(found) == 4 and None not in found and len({each.name for each in found}) == 1
"""


def test_threads_that_are_the_first_to_decode_orders_all_get_them(tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    path.write_bytes(orders.encoded(FLEET))
    for _ in range(6):
        done = subprocess.run([sys.executable, "-c", PROGRAM, str(path)], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")


SLOW = """
import asyncio, time
from netctl.adapters.clock import SystemClock
from netctl.board.live import Live, Part
async def main():
    live = Live({"coverage": Part("coverage", lambda: time.sleep(300), 60.0)}, SystemClock())
    running = asyncio.create_task(live.run())
    async for told in live.messages(0.5):
        break
    running.cancel()
asyncio.run(main())
"""


def test_a_look_that_takes_long_is_not_waited_for_at_the_end() -> None:
    done = subprocess.run([sys.executable, "-c", SLOW], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
