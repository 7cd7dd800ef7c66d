"""Reading neurons' logs: the last lines from the end of a file, and what is added to many files at once.

Lines may be 230 kB long, and files large: nothing here reads a whole file, and waiting costs one stat per file.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from io import SEEK_END
from pathlib import Path
from typing import BinaryIO

from netctl.errors import NetctlError
from netctl.fleet import Fleet
from netctl.layout import error_log_of, log_of
from netctl.ports import SessionFacts

CHUNK = 256 * 1024
PAUSE_S = 0.2
LAST_WORDS_WITHIN = 16 * 1024
LONGEST_WORDS = 200
_PREFIX = re.compile(r"^[\d-]+ [\d:.]+ \| ?[A-Z]+ ?\| (?:\S+\.py:\d+ \| )?")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_TIME = re.compile(r"^(?:\x1b\[[0-9;]*m)*(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One whole line, without its end, and whose log it is from."""

    name: str
    text: str


def log_paths(fleet: Fleet, names: list[str], *, err: bool = False) -> Mapping[str, Path]:
    """Where the logs of these sessions lie; with `err` their standard error. The chain's is one of them."""
    return {name: error_log_of(fleet, name) if err else log_of(fleet, name) for name in names}


def has_log(fleet: Fleet, name: str) -> bool:
    """Whether a session's log lies where it belongs; a process that runs on may write to one that was deleted."""
    return log_of(fleet, name).exists()


def last_lines(path: Path, count: int, *, before: int | None = None) -> list[str]:
    """The last `count` lines, oldest first, a torn last one included; empty where there is no file.

    With `before`, of the file's first that many bytes.
    """
    try:
        with path.open("rb") as file:
            return _decoded(_tail(file, count, file.seek(0, SEEK_END) if before is None else before))
    except FileNotFoundError:
        return []
    except OSError as exc:
        raise NetctlError(f"{path}: cannot be read: {exc.strerror}", hint="check its owner and mode") from exc


def last_words(fleet: Fleet, session: SessionFacts) -> str:
    """The last line that a run of a neuron wrote to standard error, else to its log; without colours, cut short."""
    for path, label in ((error_log_of(fleet, session.name), "err_offset"), (log_of(fleet, session.name), "log_offset")):
        with suppress(OSError):
            with path.open("rb") as file:
                size = file.seek(0, SEEK_END)
                begin = int(session.labels.get(label, "0"))
                start = max(begin if begin <= size else 0, size - LAST_WORDS_WITHIN)
                file.seek(start)
                lines = _COLOUR.sub("", file.read(size - start).decode("utf-8", errors="replace")).split("\n")
            words = next((line for each in reversed(lines) if (line := " ".join(each.split()))), "")
            if words:
                words = _PREFIX.sub("", words)
                return words if len(words) <= LONGEST_WORDS else f"{words[: LONGEST_WORDS - 3]}..."
    return ""


def recent(paths: Mapping[str, Path], count: int) -> list[LogLine]:
    """The last `count` lines of each log, merged by time; a line without a stamp stays behind its forerunner."""
    return _merged({name: last_lines(path, count) for name, path in paths.items()})


def follow(
    paths: Mapping[str, Path],
    *,
    count: int = 10,
    pause_s: float = PAUSE_S,
    sleep: Callable[[float], None] = time.sleep,
) -> Generator[LogLine, None, None]:
    """The recent lines, then every line as it is completed, for ever.

    A log may appear, shrink or be replaced meanwhile. A line is told when it is whole, so two neurons never tear
    each other's. Close the generator to end it.
    """
    tails = [_Tail(name, path) for name, path in paths.items()]
    try:
        yield from _merged({tail.name: last_lines(tail.path, count, before=tail.start()) for tail in tails})
        while True:
            lines = [line for tail in tails for line in tail.news()]
            yield from lines
            if not lines:
                sleep(pause_s)
    finally:
        for tail in tails:
            tail.close()


def _merged(logs: Mapping[str, list[str]]) -> list[LogLine]:
    stamped: list[tuple[str, LogLine]] = []
    for name, lines in logs.items():
        stamp = ""
        for text in lines:
            found = _TIME.match(text)
            stamp = found[1].replace("T", " ") if found else stamp
            stamped.append((stamp, LogLine(name, text)))
    if len(logs) > 1:
        stamped.sort(key=lambda item: item[0])
    return [line for _, line in stamped]


@dataclass(slots=True)
class _Tail:
    """A place in one log, held open so that what a replaced file still had is not lost."""

    name: str
    path: Path
    file: BinaryIO | None = None
    torn: bytes = field(default=b"", repr=False)

    def start(self) -> int:
        """Stand behind the last whole line that is there now, and say where that is."""
        self._open()
        if self.file is None:
            return 0
        return self.file.seek(_whole_until(self.file, self.file.seek(0, SEEK_END)))

    def news(self) -> Iterator[LogLine]:
        """Lines completed since the last time, across truncation and replacement."""
        if self.file is None:
            self._open()
        yield from self._read()
        if self.file is None or not self._is_another():
            return
        if self.torn:
            yield LogLine(self.name, *_decoded([self.torn]))
        self.close()
        self._open()
        yield from self._read()

    def close(self) -> None:
        if self.file is not None:
            self.file.close()
        self.file, self.torn = None, b""

    def _open(self) -> None:
        with suppress(OSError):
            self.file = self.path.open("rb", buffering=0)

    def _read(self) -> Iterator[LogLine]:
        while self.file is not None and (content := self.file.read(CHUNK)):
            *whole, self.torn = (self.torn + content).split(b"\n")
            for line in _decoded(whole):
                yield LogLine(self.name, line)

    def _is_another(self) -> bool:
        """Whether the path now holds another file, or less than was read."""
        if self.file is None:
            return False
        try:
            status = self.path.stat()
        except OSError:
            return False
        return status.st_ino != os.fstat(self.file.fileno()).st_ino or status.st_size < self.file.tell()


def _whole_until(file: BinaryIO, size: int) -> int:
    """The offset behind the last line end."""
    position = size
    while position > 0:
        start = max(0, position - CHUNK)
        file.seek(start)
        found = file.read(position - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        position = start
    return 0


def _tail(file: BinaryIO, count: int, position: int) -> list[bytes]:
    """The last lines before a position, read backwards in chunks until there are enough line ends."""
    chunks: list[bytes] = []
    ends = 0
    while position > 0 and ends <= count:
        start = max(0, position - CHUNK)
        file.seek(start)
        chunk = file.read(position - start)
        ends += chunk.count(b"\n")
        chunks.append(chunk)
        position = start
    lines = b"".join(reversed(chunks)).split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    return lines[-count:] if count > 0 else []


def _decoded(lines: list[bytes]) -> list[str]:
    return [line.rstrip(b"\r").decode("utf-8", errors="replace") for line in lines]
