"""What a neuron said last, in a line that fits into a sentence."""

from __future__ import annotations

from contextlib import suppress

from netctl.fleet import Fleet
from netctl.layout import error_log_of, log_of
from netctl.logs.lines import without_colours, without_prefix
from netctl.logs.logfile import LogFile
from netctl.ports import SessionFacts

LAST_WORDS_WITHIN = 16 * 1024
LONGEST_WORDS = 200


def last_words(fleet: Fleet, session: SessionFacts) -> str:
    """The last line that a run of a neuron wrote to standard error, else to its log; without colours, cut short."""
    for path, label in ((error_log_of(fleet, session.name), "err_offset"), (log_of(fleet, session.name), "log_offset")):
        with suppress(OSError):
            log = LogFile(path)
            begin, end = log.begin_of(session.labels.get(label)), log.end()
            start = max(begin, end - LAST_WORDS_WITHIN)
            lines = without_colours(log.read(start, end - start).decode("utf-8", errors="replace")).split("\n")
            words = next((line for each in reversed(lines) if (line := " ".join(each.split()))), "")
            if words:
                words = without_prefix(words.encode())
                return words if len(words) <= LONGEST_WORDS else f"{words[: LONGEST_WORDS - 3]}..."
    return ""
