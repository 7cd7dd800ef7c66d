"""The docker command line: runs what `netctl.localnet` builds, and says in one line what is wrong when it fails."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from netctl.errors import PrerequisiteError, SessionError

DEADLINE_S = 60.0
NO_DAEMON = ("cannot connect to the docker daemon", "is the docker daemon running", "permission denied")


def output_of(argv: Sequence[str], *, both: bool = False) -> str:
    """What the command says, with `both` on standard error too.

    PrerequisiteError without docker or where its daemon does not answer, SessionError where the command fails.
    """
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE_S, check=False
        )
    except FileNotFoundError:
        hint = "install Docker, or use the embedded chain: netctl chain up"
        raise PrerequisiteError("docker: there is no such program on the PATH", hint=hint) from None
    except subprocess.TimeoutExpired:
        message = f"docker {argv[1]}: no answer within {DEADLINE_S:g} s"
        raise PrerequisiteError(message, hint="does its daemon run? docker info") from None
    if done.returncode == 0:
        return done.stdout + done.stderr if both else done.stdout
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    found = said[-1] if said else f"ended with {done.returncode}"
    if any(sign in done.stderr.lower() for sign in NO_DAEMON):
        hint = "start its daemon, or get the right to use it; docker info must answer"
        raise PrerequisiteError(f"docker: the daemon does not answer: {said[0]}", hint=hint)
    raise SessionError(f"docker {argv[1]}: {found}", hint=f"try it by hand: docker {argv[1]} --help")
