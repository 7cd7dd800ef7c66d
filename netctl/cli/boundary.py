"""The one error boundary: turns whatever ends a command into two lines on stderr and an exit code."""

from __future__ import annotations

import os
import shlex
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import typer

from netctl import __version__
from netctl.cli.redaction import redact
from netctl.errors import NetctlError, ProfileError, ReconcileFailed
from netctl.supplied import with_pages

BUG = 3
INTERRUPTED = 130


def guard(command: Callable[[], object], *, argv: Sequence[str], environ: Mapping[str, str], debug: bool) -> int:
    """Run the command and return its exit code; prints its error, and never lets one through.

    A bug's traceback is kept under the state root; with `debug` every traceback goes to stderr as well.
    """
    try:
        code = _run(command)
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go_of_stdout()
        return 0
    except BaseException as error:  # noqa: BLE001 - the boundary is where every error ends
        if debug and not isinstance(error, typer.Exit | SystemExit):
            print(redact("".join(traceback.format_exception(error)), environ), file=sys.stderr)
        return _report(_told(error), argv=argv, environ=environ)
    return code


def _run(command: Callable[[], object]) -> int:
    result = command()
    return result if isinstance(result, int) else 0


def _told(error: BaseException) -> BaseException:
    """The one error to tell of those that concurrent steps raised together: a bug first, else the first."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    leaves = [_told(each) for each in error.exceptions]
    bugs = [leaf for leaf in leaves if not isinstance(leaf, NetctlError | KeyboardInterrupt)]
    return (bugs or leaves)[0]


def _report(error: BaseException, *, argv: Sequence[str], environ: Mapping[str, str]) -> int:
    match error:
        case typer.Exit():
            return error.exit_code
        case SystemExit():
            return error.code if isinstance(error.code, int) else 1
        case KeyboardInterrupt() | typer.Abort():
            _say("interrupted", "run the same command again: it goes on where this one stopped")
            return INTERRUPTED
        case ProfileError():
            _say_faults(error)
            return error.exit_code
        case ReconcileFailed():
            for neuron, why in error.failures:
                print(f"  {neuron}: {why}", file=sys.stderr)
            _say(error.message, error.hint or "run the same command again: what is done stays done")
            return error.exit_code
        case NetctlError():
            _say(error.message, error.hint or "add --debug to see where")
            return error.exit_code
        case typer.TyperException():
            context = getattr(error, "ctx", None)
            path = context.command_path if context is not None else "netctl"
            said = _one_line(error.format_message())
            which = "netctl status names them; " if said.startswith("Missing argument 'NEURON") else ""
            _say(said, f"{which}{path} --help")
            return 2
        case _:
            _say_bug(error, argv=argv, environ=environ)
            return BUG


def _say(what: str, hint: str) -> None:
    print(f"error: {what}\nhint: {with_pages(hint)}", file=sys.stderr)


def _say_faults(error: ProfileError) -> None:
    for fault in error.faults:
        tail = f" ({with_pages(fault.hint)})" if fault.hint else ""
        print(f"{fault}{tail}", file=sys.stderr)
    _say(error.message, error.hint)


def _say_bug(error: BaseException, *, argv: Sequence[str], environ: Mapping[str, str]) -> None:
    what = redact(_one_line(f"{type(error).__name__}: {error}"), environ)
    try:
        kept = _keep_traceback(error, argv=argv, environ=environ)
    except OSError:
        _say(f"a bug of netctl: {what}", "run it again with --debug and report what it prints")
    else:
        _say(f"a bug of netctl: {what}", f"please report it with {kept} and what netctl --version says")


def _keep_traceback(error: BaseException, *, argv: Sequence[str], environ: Mapping[str, str]) -> Path:
    folder = Path(environ.get("NETCTL_HOME") or ".netctl") / "bugs"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{os.getpid()}.txt"
    head = f"netctl {__version__}, Python {sys.version.split()[0]}, {sys.platform}\n$ netctl {shlex.join(argv)}\n\n"
    text = redact(head + "".join(traceback.format_exception(error)), environ)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return path


def _one_line(text: str) -> str:
    return " ".join(text.split()) or "no message"


def _let_go_of_stdout() -> None:
    """The reader has gone: point stdout elsewhere, so that the interpreter's last flush stays quiet."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, sys.stdout.fileno())
