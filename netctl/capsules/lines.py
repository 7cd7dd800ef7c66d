"""The end of what one run wrote to a log: bounded in lines and bytes, plain, and without secrets."""

from __future__ import annotations

import re
from pathlib import Path

from netctl.capsules.capsule import Stream
from netctl.capsules.masking import Mask
from netctl.logs import LogFile

COUNT = 200
WINDOW = 512 * 1024
LONGEST = 2000
MOST_CHARACTERS = 100_000
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def end_of_run(
    path: Path, begin: int, mask: Mask, *, until: int | None = None, count: int = COUNT, window: int = WINDOW
) -> Stream:
    """The last lines behind the offset `begin`, which is where the run began; empty where there is no file.

    `until` is where it ended at the latest, None for the log's end. Offsets are the log's, whatever of it lies in
    archives; one that was cut off since is read from its start.
    """
    try:
        log = LogFile(path)
        size, begin = log.end(), log.begin_of(str(begin))
        size = size if until is None else max(begin, min(size, until))
        start = max(begin, size - window)
        content = log.read(start, size - start)
    except OSError:
        return Stream()
    before, *lines = content.rsplit(b"\n", count + 1)
    is_torn = start > begin
    if len(lines) > count:
        content, start, is_torn = b"\n".join(lines), start + len(before) + 1, False
    text = mask(_ESCAPE.sub("", content.decode("utf-8", errors="replace")))
    if is_torn:
        # A secret may begin before the window: what can be its rest is left out.
        text = text[mask.longest :]
    return _bounded(text, start - begin, count, size)


def _bounded(text: str, skipped: int, count: int, end: int) -> Stream:
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    kept: list[str] = []
    room = MOST_CHARACTERS
    for line in reversed(lines[-count:]):
        # What a progress bar wrote over was never to be read.
        plain = cut(_CONTROL.sub("", line.rstrip("\r").rpartition("\r")[2]))
        room -= len(plain) + 1
        if room < 0:
            break
        kept.append(plain)
    kept.reverse()
    missing = lines[: len(lines) - len(kept)]
    return Stream(tuple(kept), skipped + sum(len(line.encode()) + 1 for line in missing), end)


def cut(line: str, longest: int = LONGEST) -> str:
    """The line, or its beginning and its end with how much was between them."""
    if len(line) <= longest:
        return line
    head, tail = longest * 3 // 4, longest // 4
    return f"{line[:head]} [... {len(line) - head - tail} characters ...] {line[-tail:]}"
