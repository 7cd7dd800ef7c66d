"""The command line: parse, call, render. `main` is the only place of netctl that prints an error."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from netctl.cli.completion import quick_answer


def main(argv: Sequence[str] | None = None) -> int:
    """Run one netctl command and return its exit code; raises nothing."""
    try:
        return _main(argv)
    except KeyboardInterrupt:  # before there was anything to interrupt
        return 130


def _main(argv: Sequence[str] | None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    if "_NETCTL_COMPLETE" in os.environ and (answer := quick_answer(os.environ)) is not None:
        sys.stdout.write(f"{answer}\n")
        return 0
    from netctl.cli.app import complete, invoke
    from netctl.cli.boundary import guard
    from netctl.cli.stagger import spell_out_stagger

    if "_NETCTL_COMPLETE" in os.environ:
        return guard(complete, argv=words, environ=os.environ, debug=False)
    own, rest = _split_at_dashes(words)
    debug = "--debug" in own
    args = spell_out_stagger([word for word in own if word != "--debug"] + rest)

    def run() -> object:
        if args[:1] == ["status"]:
            from netctl.cli.quick import quick_status

            if (code := quick_status(args[1:], os.environ)) is not None:
                return code
        return invoke(args)

    return guard(run, argv=words, environ=os.environ, debug=debug)


def _split_at_dashes(words: list[str]) -> tuple[list[str], list[str]]:
    end = words.index("--") if "--" in words else len(words)
    return words[:end], words[end:]
