"""Every effect of netctl on the world, named and counted, with a way to die right before or right after one.

A boundary is ``kind#ordinal:side``: ``link#3:after`` is the moment after the third keyfile got its name. `arm` wraps
the few functions through which netctl acts; the program under test is otherwise the real one.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

Side = str


class Boundaries:
    """Counts crossings into `record`, and ends this process with SIGKILL at `fatal`."""

    def __init__(self, record: Path, fatal: str | None) -> None:
        self.record = record
        self.fatal = fatal
        self.ordinals: Counter[str] = Counter()
        self.turn = threading.Lock()

    def cross(self, name: str) -> None:
        with self.record.open("a", encoding="utf-8") as stream:
            stream.write(name + "\n")
        if name == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def next(self, kind: str) -> str:
        with self.turn:
            self.ordinals[kind] += 1
            return f"{kind}#{self.ordinals[kind]}"

    def around(self, kind: str, function: Callable[..., Any], when: Callable[..., bool]) -> Callable[..., Any]:
        @wraps(function)
        def crossed(*args: Any, **kwargs: Any) -> Any:
            if not when(*args, **kwargs):
                return function(*args, **kwargs)
            name = self.next(kind)
            self.cross(f"{name}:before")
            result = function(*args, **kwargs)
            self.cross(f"{name}:after")
            return result

        return crossed

    def around_async(self, kind: str, function: Callable[..., Any], when: Callable[..., bool]) -> Callable[..., Any]:
        @wraps(function)
        async def crossed(*args: Any, **kwargs: Any) -> Any:
            if not when(*args, **kwargs):
                return await function(*args, **kwargs)
            name = self.next(kind)
            self.cross(f"{name}:before")
            result = await function(*args, **kwargs)
            self.cross(f"{name}:after")
            return result

        return crossed


def always(*_args: Any, **_kwargs: Any) -> bool:
    return True


def arm(boundaries: Boundaries) -> None:
    """Put a boundary before and after every extrinsic (twice: its bytes on the wire, and its outcome), keyfile,
    file replacement, journal line and launch; on a swarm also what is asked of the engine, the note of it, and waits.
    """
    from websockets.asyncio.connection import Connection

    from netctl import journal, reconcile, spread
    from netctl.adapters import disk, keyfiles, tmux_server
    from netctl.adapters.chain import SdkChain
    from netctl.adapters.swarm.engine import Engine
    from netctl.fleet import Fleet

    def sends_an_extrinsic(_self: Any, message: Any, *_args: Any, **_kwargs: Any) -> bool:
        return isinstance(message, str | bytes) and "author_submit" in str(message[:200])

    def launches(_self: Any, *_words: str, script: str | None = None, **_kwargs: Any) -> bool:
        return script is not None and ("new-session" in script or "respawn-pane" in script)

    def is_elsewhere(fleet: Fleet, *_args: Any, **_kwargs: Any) -> bool:
        return fleet.swarm is not None

    Connection.send = boundaries.around_async("wire", Connection.send, sends_an_extrinsic)  # type: ignore[method-assign]
    SdkChain.submit = boundaries.around_async("submit", SdkChain.submit, always)  # type: ignore[method-assign]
    journal.FileJournal.append = boundaries.around("journal", journal.FileJournal.append, always)  # type: ignore[method-assign]
    keyfiles.write = boundaries.around("keyfile", keyfiles.write, always)
    keyfiles.link = boundaries.around("link", keyfiles.link, always)
    disk.replace = boundaries.around("replace", disk.replace, always)
    tmux_server.TmuxServer.run = boundaries.around("launch", tmux_server.TmuxServer.run, launches)  # type: ignore[method-assign]
    Engine.change = boundaries.around("engine", Engine.change, always)  # type: ignore[method-assign]
    spread.write = boundaries.around("note", spread.write, always)
    spread.remove = boundaries.around("forget", spread.remove, always)
    reconcile._ready = boundaries.around_async("ready", reconcile._ready, is_elsewhere)
