"""A process that has netctl and the SDK imported already and forks one child per command: campaigns run hundreds.

Reads JSON lines {argv, cwd, env, output, record, fatal, after_s} and answers {status, signal}. With `trial` in place
of argv it is a trial of that order, see `tests.campaign.trial`.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import select
import signal
import sys
from pathlib import Path
from typing import Any

PROGRAMS = ("netctl.devchain", "netctl.rehearsal", "netctl.__main__", "netctl.adapters.sdk_probe")


def serve() -> None:
    import_all()
    for line in sys.stdin:
        order = json.loads(line)
        sys.stdout.write(json.dumps(_forked(order)) + "\n")
        sys.stdout.flush()


def import_all() -> None:
    """Load what takes the time: the SDK, and every module of netctl that is not a program of its own."""
    import bittensor  # noqa: F401

    import netctl
    import tests.campaign.boundaries
    import tests.campaign.trial  # noqa: F401

    for module in pkgutil.walk_packages(netctl.__path__, "netctl."):
        if not module.name.startswith(PROGRAMS):
            importlib.import_module(module.name)


def _forked(order: dict[str, Any]) -> dict[str, int | None]:
    pid = os.fork()
    if pid == 0:
        _child(order)
    if order.get("after_s") is not None:
        _kill_later(pid, order["after_s"])
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return {"status": None, "signal": os.WTERMSIG(status)}
    return {"status": os.WEXITSTATUS(status), "signal": None}


def _kill_later(pid: int, after_s: float) -> None:
    """SIGKILL at that moment, unless it has ended by then."""
    ended = os.pidfd_open(pid)
    try:
        if not select.select([ended], [], [], after_s)[0]:
            os.kill(pid, signal.SIGKILL)
    finally:
        os.close(ended)


def _child(order: dict[str, Any]) -> None:
    with Path(order["output"]).open("ab", buffering=0) as stream, Path(os.devnull).open() as nothing:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
        os.dup2(nothing.fileno(), 0)
    os.setsid()
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    code = 70
    try:
        from netctl.cli import main
        from tests.campaign.boundaries import Boundaries, arm

        if order.get("record"):
            arm(Boundaries(Path(order["record"]), order.get("fatal")))
        if order.get("trial") is not None:
            from tests.campaign.trial import main as trial

            code = trial(order["trial"])
        else:
            code = main(order["argv"])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
