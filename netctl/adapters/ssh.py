"""The system's ssh client: one command on another machine, without a question to anybody."""

from __future__ import annotations

import subprocess
from urllib.parse import urlsplit

from netctl.errors import PrerequisiteError, SessionError

CONNECT_S = 10
OPTIONS = ("-o", "BatchMode=yes", "-o", f"ConnectTimeout={CONNECT_S}")
UNREACHABLE = 255
"""ssh's own exit code; any other is the command's."""


def run(address: str, script: str, *, deadline_s: float = 60.0) -> str:
    """What a shell script says at ``ssh://user@host:port``; it is sent on standard input, so that no argv shows it.

    SessionError where nobody answers or the script fails, PrerequisiteError without an ssh client.
    """
    parts = urlsplit(address)
    where = [*(["-l", parts.username] if parts.username else []), *(["-p", str(parts.port)] if parts.port else [])]
    argv = ["ssh", *OPTIONS, *where, "--", parts.hostname or "", "/bin/sh -s"]
    hint = f"try it by hand: ssh {address} true"
    try:
        done = subprocess.run(argv, input=script, capture_output=True, text=True, timeout=deadline_s, check=False)
    except FileNotFoundError:
        raise PrerequisiteError(
            "ssh: there is no such program on the PATH", hint="apt-get install openssh-client"
        ) from None
    except subprocess.TimeoutExpired:
        raise SessionError(f"{address}: no answer within {deadline_s:g} s", hint=hint) from None
    if done.returncode == 0:
        return done.stdout
    said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    found = said[-1] if said else f"ended with {done.returncode}"
    if done.returncode == UNREACHABLE:
        raise SessionError(f"{address} does not let us in: {found}", hint=hint)
    raise SessionError(f"{address}: {found}", hint=hint)
