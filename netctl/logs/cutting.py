"""Removing the beginning of a file that a process goes on writing to.

Only file systems can do that without a loss: ext4 and xfs take the bytes out (the file begins later), those and most
others give their blocks back (the file begins with a hole). Both only of whole blocks.
"""

from __future__ import annotations

import ctypes
import errno
import os
from functools import cache
from typing import Any

ALIGNED = 64 * 1024
"""A multiple of every file system's block."""

_KEEP_SIZE_PUNCH_HOLE = 0x01 | 0x02
_COLLAPSE_RANGE = 0x08
_CANNOT = {errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.ENODEV, errno.EPERM}


def punch(file: int, count: int) -> bool:
    """Turn the first `count` bytes into a hole; False where the file system cannot. Again does no harm."""
    return _fallocate(file, _KEEP_SIZE_PUNCH_HOLE, count)


def collapse(file: int, count: int) -> bool:
    """Take the first `count` bytes out of the file; False, and nothing done, where the file system cannot."""
    return _fallocate(file, _COLLAPSE_RANGE, count)


def begins_with_hole(file: int, count: int) -> bool:
    """Whether the first `count` bytes are a hole, and not just zeros that somebody wrote."""
    try:
        return os.lseek(file, 0, os.SEEK_DATA) >= count
    except OSError as error:
        return error.errno == errno.ENXIO


def _fallocate(file: int, mode: int, count: int) -> bool:
    fallocate = _libc()
    if fallocate is None:
        return False
    while fallocate(file, mode, 0, count):
        code = ctypes.get_errno()
        if code == errno.EINTR:
            continue
        if code in _CANNOT:
            return False
        raise OSError(code, os.strerror(code))
    return True


@cache
def _libc() -> Any:
    """The C library's fallocate; None where there is none (macOS)."""
    found = getattr(ctypes.CDLL(None, use_errno=True), "fallocate", None)
    if found is not None:
        found.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    return found
