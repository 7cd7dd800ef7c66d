"""What a terminal of some width is sent."""

from __future__ import annotations

import os
import pty
import re
import struct
import subprocess
import sys
import termios
from fcntl import ioctl


def sent(columns: int, program: str, **environ: str) -> str:
    """What a Python program writes on a terminal of that many columns, colours and all; it must succeed."""
    screen, terminal = pty.openpty()
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=terminal,
        stderr=terminal,
        env=env | {"TERM": "xterm-256color"} | environ,
    )
    os.close(terminal)
    text = b""
    while True:
        try:
            text += os.read(screen, 65536)
        except OSError:  # the last writer has closed the terminal
            break
    os.close(screen)
    assert process.wait(10) == 0
    return text.decode()


def drawn(columns: int, program: str) -> str:
    """The same without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", sent(columns, program))
