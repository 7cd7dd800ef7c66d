"""A program that writes numbered lines to its standard output, as fast as it can or at a pace, until it is told enough.

    python -m tests.logs.writing LINES [LINES_PER_BURST PAUSE_S]

Lines are of very different lengths, up to 230 kB, and written in one piece each, as a logger does.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator

LONG = b"x" * 230_000


def line(number: int) -> bytes:
    """The line of that number: its length depends on it, and every 5000th is 230 kB long."""
    if number % 5000 == 4999:
        return b"%09d %s\n" % (number, LONG)
    return b"%09d %s\n" % (number, LONG[: number * 7919 % 311])


def lines(count: int) -> Iterator[bytes]:
    return map(line, range(count))


def main() -> None:
    count, *pace = sys.argv[1:]
    burst, pause_s = (int(pace[0]), float(pace[1])) if pace else (0, 0.0)
    for number, content in enumerate(lines(int(count))):
        os.write(1, content)
        if burst and number % burst == burst - 1:
            time.sleep(pause_s)


if __name__ == "__main__":
    main()
