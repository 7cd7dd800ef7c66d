"""Log lines as RESI's neurons print them: local time, ANSI colours even into files, the level centred to 16."""

from __future__ import annotations

import logging
import sys
import time

TRACE = 5
SUCCESS = 21
_COLOURS = {"TRACE": 36, "DEBUG": 34, "INFO": 37, "SUCCESS": 32, "WARNING": 33, "ERROR": 31, "CRITICAL": 31}


class RESIFormatter(logging.Formatter):
    """One record as one RESI log record; with `places`, the part that names logger, file and line is there too."""

    def __init__(self, *, places: bool) -> None:
        super().__init__()
        self.places = places

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.created))
        stamp = f"\x1b[34m{moment}.{int(record.msecs):03d}\x1b[39m"
        colour = _COLOURS.get(record.levelname, 37)
        level = f"\x1b[1m\x1b[{colour}m{record.levelname.center(16)}\x1b[39m\x1b[49m\x1b[0m"
        place = f"bittensor:{record.filename}:{record.lineno} | " if self.places else ""
        message = record.getMessage()
        if record.exc_info:
            message = f"{message}\n{self.formatException(record.exc_info)}"
        return f"{stamp} | {level} | {place}{message}"


def start_logging(*, debug: bool, trace: bool) -> logging.Logger:
    """Send the neuron's log to stdout, flushed per record; the last call decides."""
    logging.addLevelName(TRACE, "TRACE")
    logging.addLevelName(SUCCESS, "SUCCESS")
    # Python's stdout is block-buffered into a file; a log that lags is no log.
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)
    stream = logging.StreamHandler(sys.stdout)
    stream.setFormatter(RESIFormatter(places=debug or trace))
    logger = logging.getLogger("rehearsal")
    logger.handlers[:] = [stream]
    logger.propagate = False
    logger.setLevel(TRACE if trace else logging.DEBUG if debug else logging.INFO)
    return logger
