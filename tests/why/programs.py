"""Small real programs, each of which ends by one of the causes that any program can have, and what `why` says then."""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CODE_WITHOUT_RIGHTS = "import os\nif os.getuid() == 0: os.setuid(65534)\nopen('/etc/shadow')"
LITTLE_MEMORY = "import resource as r; r.setrlimit(r.RLIMIT_AS, (1 << 28, 1 << 28)); bytearray(1 << 30)"
FEW_FILES = "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (32, 32)); x = [open('/dev/null') for _ in range(64)]"
TWICE = (
    "import socket\nfor s in (a := socket.socket(), b := socket.socket()): s.bind(('127.0.0.1', a.getsockname()[1]))"
)
NOBODY = socket.socket()
NOBODY.bind(("127.0.0.1", 0))
"""A port that is ours, and on which nobody listens."""


@dataclass(frozen=True)
class Program:
    """What is run, and the sentence and the line that explain its end."""

    argv: Sequence[str]
    says: str
    line: str


def python(code: str) -> Sequence[str]:
    return (sys.executable, "-c", code)


def shell(code: str) -> Sequence[str]:
    return ("/bin/sh", "-c", code)


PROGRAMS: Mapping[str, Program] = {
    "out_of_memory": Program(python(LITTLE_MEMORY), "it ran out of memory", "MemoryError"),
    "disk_full": Program(
        python("open('/dev/full', 'w').write('x' * 99999)"), "the disk is full", "No space left on device"
    ),
    "interpreter_missing": Program(
        ("/nowhere/venv/bin/python", "neurons/miner.py"),
        "its interpreter /nowhere/venv/bin/python is not there, or may not be run",
        "not found",
    ),
    "command_missing": Program(shell("no-such-tool --now"), "a program that it starts is not there", "exit 127"),
    "command_refused": Program(shell("/dev/null"), "a program that it starts may not be run", "exit 126"),
    "directory_missing": Program(shell("true"), "was not there, or may not be entered", "exit 111"),
    "port_in_use": Program(python(TWICE), "a port that it wants is in use", "Address already in use"),
    "module_missing": Program(
        python("import no_such_module"),
        "the Python module no_such_module is not there for its interpreter",
        "ModuleNotFoundError: No module named 'no_such_module'",
    ),
    "import_failed": Program(
        python("from json import no_such_name"), "an import failed: cannot import name 'no_such_name'", "ImportError"
    ),
    "keyfile_unread": Program(
        python("raise RuntimeError('Generic error: DeserializationError(\"Failed to parse keyfile data.\")')"),
        "its SDK cannot read a keyfile: bittensor-wallet before 4.1 reads none of those that btcli 11 writes",
        "Failed to parse keyfile data",
    ),
    "permission_denied": Program(
        python(CODE_WITHOUT_RIGHTS), "it may not read or write /etc/shadow", "PermissionError: [Errno 13]"
    ),
    "chain_refused": Program(
        python(f"import socket; socket.create_connection(('127.0.0.1', {NOBODY.getsockname()[1]}))"),
        "nobody answers where it connects to",
        "ConnectionRefusedError: [Errno 111] Connection refused",
    ),
    "too_many_files": Program(python(FEW_FILES), "it has more files and connections open", "Too many open files"),
    "killed": Program(shell("exec sleep 600"), "it was ended from outside by SIGKILL", "signal SIGKILL"),
    "crashed": Program(python("import ctypes; ctypes.string_at(0)"), "it crashed with SIGSEGV", "signal SIGSEGV"),
    "uncaught_error": Program(
        python("raise ValueError('the stars are wrong')"),
        "nothing in its code caught this: ValueError: the stars are wrong",
        "ValueError: the stars are wrong",
    ),
    "done": Program(shell("true"), "it ended by itself with exit code 0, as if its work were done", "exit 0"),
}
ELSEWHERE = frozenset({"killed_for_memory", "port_of_another"})
"""Provoked by tests of their own: they take more than a program."""
