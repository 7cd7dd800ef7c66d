"""Probes that ask from outside, each within its deadline: by a command, a GET on loopback, a connection to a node."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import BinaryIO

from netctl.probes.model import ProbeSpec, Watched

AT_ONCE = 16
"""How many are asked at the same time: a fleet of two hundred starts no two hundred commands."""
LONGEST_WORDS = 160
LEFT_OPEN_S = 0.5
_KEPT = 2048


async def run_command(watched: Watched, probe: ProbeSpec) -> tuple[bool, str]:
    """Run the probe's command in the neuron's directory and a small environment; what it leaves behind is killed.

    Whether it ended with 0, and how it did. False also for one that cannot be started or does not end in time.
    """
    # A pipe of our own: asyncio would wait for whoever else holds its pipe, not for the command alone.
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb") as pipe:
        try:
            process = await asyncio.create_subprocess_exec(
                *probe.argv,
                cwd=watched.cwd,
                env=dict(watched.environ),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=theirs,
                start_new_session=True,
            )
        except OSError as exc:
            return False, f"{probe.argv[0]} cannot be started: {exc.strerror}"
        finally:
            os.close(theirs)
        said = asyncio.create_task(_end_of(pipe))
        code, words = None, ""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(probe.deadline_s):
                    code = await process.wait()
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            # Who left the command's group may hold its standard error open for ever.
            with suppress(TimeoutError):
                words = await asyncio.wait_for(said, LEFT_OPEN_S)
    if code is None:
        return False, f"no end within {probe.deadline_s:g} s"
    if code == 0:
        return True, ""
    end = f"exit code {code}" if code > 0 else f"ended by signal {-code}"
    return False, f"{end}: {words}" if words else end


async def _end_of(pipe: BinaryIO) -> str:
    """The last line of what a command says on standard error, however much it says."""
    stream = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), pipe
    )
    kept = b""
    try:
        while chunk := await stream.read(4096):
            kept = (kept + chunk)[-_KEPT:]
    finally:
        transport.close()
    lines = [words for line in kept.decode(errors="replace").splitlines() if (words := " ".join(line.split()))]
    return lines[-1][:LONGEST_WORDS] if lines else ""


async def listens(address: str, probe: ProbeSpec) -> bool:
    """Whether somebody takes a connection to the probe's port there, within its deadline."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(probe.deadline_s):
            _, writer = await asyncio.open_connection(address, probe.port)
        writer.close()
        return True
    return False


async def get(_: Watched, probe: ProbeSpec) -> tuple[bool, str]:
    """GET the probe's address: whether its status is the one expected, and what came instead."""
    from aiohttp import ClientError, ClientSession, ClientTimeout

    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=probe.deadline_s), trust_env=False) as session,
            session.get(probe.url, allow_redirects=False) as response,
        ):
            if response.status == probe.status:
                return True, ""
            return False, f"GET {probe.url}: {response.status}, not {probe.status}"
    except TimeoutError:
        return False, f"GET {probe.url}: no answer within {probe.deadline_s:g} s"
    except (ClientError, OSError) as exc:
        return False, f"GET {probe.url}: {type(exc).__name__}"
