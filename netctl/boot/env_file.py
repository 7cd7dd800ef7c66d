"""An env file that both systemd and a shell read: what is written so that they would not agree is named."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Sequence

from dotenv.parser import parse_stream

_AGREED = re.compile(
    r"""[\w./:@%+,=-]*             # bare
    |'(?:[^'\\\r]|\\(?![\\'\r]))*'  # single quotes, and no backslash that one of them would take away
    |"[^"\\$`\r]*"                 # double quotes, and nothing that is filled in
    """,
    re.VERBOSE,
)


def faults_of(text: str, wanted: Collection[str]) -> Sequence[str]:
    """One line for each line that would be read differently, and for each wanted name that is missing."""
    faults = []
    names = set()
    for binding in parse_stream(io.StringIO(text)):
        line = binding.original.line
        if binding.error or (binding.key is not None and binding.value is None):
            faults.append(f"line {line} is not NAME=value")
            continue
        if binding.key is None:
            continue
        names.add(binding.key)
        name, _, value = binding.original.string.strip().partition("=")
        if name.startswith("export"):
            faults.append(f"line {line}: systemd does not know `export`: write {binding.key}=value")
        elif name != binding.key or not _AGREED.fullmatch(value):
            faults.append(f"line {line}: {binding.key} is read differently by others: put its value in single quotes")
    return [*faults, *(f"{name} is not in it" for name in sorted(set(wanted) - names))]
