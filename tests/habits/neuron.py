"""A neuron that says what it was started with, then lives until it is told to end."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

TOLD = Path("told.json")


def end(number: int, _frame: object) -> None:
    Path("ended").write_text(signal.Signals(number).name)
    sys.exit(0)


deaf = [signal.Signals(n).name for n in range(1, 16) if signal.getsignal(n) is signal.SIG_IGN and n != signal.SIGPIPE]
stubborn = os.environ.get("BEHAVIOUR") == "stubborn"
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    signal.signal(number, signal.SIG_IGN if stubborn else end)
sys.stdout.write(f"hello from {sys.argv[2]}\n")
sys.stdout.flush()
sys.stderr.write("and a complaint\n")
starts = json.loads(TOLD.read_text())["starts"] + 1 if TOLD.exists() else 1
told = {"argv": sys.argv[1:], "cwd": str(Path.cwd()), "env": dict(os.environ), "pid": os.getpid(), "at": time.time()}
Path("told.new").write_text(
    json.dumps({**told, "starts": starts, "stdin": str(Path("/proc/self/fd/0").readlink()), "deaf": deaf})
)
Path("told.new").replace(TOLD)
while True:
    signal.pause()
