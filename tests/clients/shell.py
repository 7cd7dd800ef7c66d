"""A command line driven as a person would, and how a walk of its operations is told; for clients' own interpreters."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

STEP_SECONDS = 60
TAO = 10**9


class Shell:
    """The `btcli` next to this interpreter, with environment variables of its own, and the chain's own methods."""

    def __init__(self, url: str, **environment: str) -> None:
        # Clients that print JSON through a terminal's formatter break its lines, and its strings, at the width.
        self._environment = {**os.environ, "COLUMNS": "20000", **environment}
        self._command = str(Path(sys.executable).with_name("btcli"))
        self.url = url

    def text(self, *words: str) -> str:
        """What a command says; AssertionError where it ends with an error, TimeoutError where it does not end."""
        return "".join(self._run(*words))

    def refused(self, why: str, *words: str) -> None:
        """A command that must fail and say why."""
        try:
            said = self.text(*words)
        except AssertionError as error:
            if why not in str(error):
                raise
        else:
            raise AssertionError(f"btcli {' '.join(words[:2])} was not refused: {said[-300:]}")

    def _run(self, *words: str) -> tuple[str, str]:
        process = subprocess.Popen(
            [self._command, *words],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        name = f"btcli {' '.join(words[:2])}"
        try:
            printed, errors = process.communicate(timeout=STEP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise TimeoutError(f"{name} hung: no end after {STEP_SECONDS} s") from None
        assert process.returncode == 0, f"{name}: exit {process.returncode}: {printed[-600:]} {errors[-600:]}"
        return printed, errors

    def json(self, *words: str) -> Any:
        """The JSON that a command prints, after whatever else it says."""
        printed, errors = self._run(*words)
        lines = printed.splitlines()
        for at, line in enumerate(lines):
            if line.strip():
                try:
                    return json.loads("\n".join(lines[at:]))
                except ValueError:
                    continue
        raise AssertionError(f"btcli {' '.join(words[:2])}: no JSON in {printed[-300:]!r} {errors[-300:]!r}")

    def rpc(self, method: str, *params: Any) -> Any:
        """One of the chain's methods, past the client."""
        with connect(self.url, max_size=None) as socket:
            socket.send(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
            answer = json.loads(socket.recv(timeout=STEP_SECONDS))
        assert "error" not in answer, answer
        return answer["result"]

    def next_epoch(self, netuid: int) -> None:
        """Go to the block after the subnet's next epoch."""
        self.rpc("dev_warp", {"epoch": netuid})
        self.rpc("dev_mine", 1)


def walk(steps: Iterable[Callable[[], str | None]]) -> None:
    """Take the steps, each the operation that its doc string names, and print what came of it.

    NotImplementedError says that the client does not offer it; what a step returns is its note.
    """
    for step in steps:
        told: dict[str, Any] = {"operation": str(step.__doc__)}
        try:
            told |= {"ok": True, "note": step() or ""}
        except NotImplementedError as absent:
            told |= {"ok": None, "note": str(absent)}
        except AssertionError as error:
            # a bare one says nothing but where it stands
            told |= {"ok": False, "note": str(error) or str(traceback.extract_tb(error.__traceback__)[-1].line)}
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is the answer
            told |= {"ok": False, "note": f"{type(error).__name__}: {error}"}
        sys.stdout.write(f"{json.dumps(told)}\n")
        sys.stdout.flush()
