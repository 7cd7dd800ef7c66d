"""What a neuron said last, in a line that fits into a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress

from netctl.fleet import Fleet
from netctl.layout import error_log_of, log_of
from netctl.logs.lines import without_colours, without_prefix
from netctl.logs.logfile import LogFile
from netctl.ports import SessionFacts

LAST_WORDS_WITHIN = 16 * 1024
LONGEST_WORDS = 200


_ERROR = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?::.*)?")
_LOGGED = re.compile(r"\d{4}-\d\d-\d\d")


def last_words(fleet: Fleet, session: SessionFacts) -> str:
    """The last line that a run of a neuron wrote to standard error, else to its log; without colours, cut short.

    Where it ends with a traceback, the error in it: its message may go on for lines, and the last ones say little.
    """
    for path, label in ((error_log_of(fleet, session.name), "err_offset"), (log_of(fleet, session.name), "log_offset")):
        with suppress(OSError):
            log = LogFile(path)
            begin, end = log.begin_of(session.labels.get(label)), log.end()
            start = max(begin, end - LAST_WORDS_WITHIN)
            lines = without_colours(log.read(start, end - start).decode("utf-8", errors="replace")).split("\n")
            words = _uncaught(lines) or next((line for each in reversed(lines) if (line := " ".join(each.split()))), "")
            if words:
                words = without_prefix(words.encode())
                return words if len(words) <= LONGEST_WORDS else f"{words[: LONGEST_WORDS - 3]}..."
    return ""


def _uncaught(lines: Sequence[str]) -> str:
    """The error of the last traceback, with where its message begins; nothing where more was logged after it."""
    began = max((at for at, line in enumerate(lines) if line.startswith("Traceback (most recent")), default=None)
    if began is None:
        return ""
    below = [line for line in lines[began + 1 :] if line.strip()]
    frames = next((at for at, line in enumerate(below) if not line.startswith(" ")), len(below))
    error, more = below[frames : frames + 1], below[frames + 1 :]
    if not error or not _ERROR.fullmatch(error[0].rstrip()) or any(map(_LOGGED.match, more)):
        return ""
    told = error[0].rstrip()
    return " ".join((f"{told} {more[0]}" if told.endswith(":") and more else told).split())
