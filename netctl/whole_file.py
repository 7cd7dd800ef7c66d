"""Notes beside a fleet's state, put in place of the last ones whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def put(path: Path, content: bytes) -> None:
    """Replace a file, 0600: whoever reads sees the old one or the new one, of which nothing is left where it fails.

    Not fsynced: what it tells can be found out again after the machine went down. OSError.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
