"""Programs for tests that kill themselves between any two of their effects on the disk."""

from __future__ import annotations

DYING = """
import json, os, signal, sys
from pathlib import Path
import bittensor_core

UNHARMED = 1_000_000
left = UNHARMED

def dying(original):
    def effect(*args, **kwargs):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return original(*args, **kwargs)
    return effect

os.mkdir, os.open, os.fdopen, os.fsync = map(dying, (os.mkdir, os.open, os.fdopen, os.fsync))
os.link, os.unlink, os.rmdir, os.replace = map(dying, (os.link, os.unlink, os.rmdir, os.replace))
Path.mkdir, Path.unlink, Path.replace = map(dying, (Path.mkdir, Path.unlink, Path.replace))

def effects_of(act, place):
    global left
    left = UNHARMED
    act(place)
    return UNHARMED - left

def in_a_process(act, place, effects):
    global left
    pid = os.fork()
    if pid == 0:
        left = effects
        act(place)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
"""
"""`effects_of` counts what an act does to a place; `in_a_process` does it in a child that dies after so many."""
