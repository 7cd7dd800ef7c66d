"""What rendering would change, for people: a unified diff in which secrets are masked."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from netctl.render import session as session_file
from netctl.render.neuron import Rendered
from netctl.render.placed import SECRETS
from netctl.secrecy import MASK

_ASSIGNMENT = re.compile(r"^((?:export )?)([A-Za-z_][A-Za-z0-9_]*)=(.*)$")
_SECRET_VALUE = re.compile(r'^(\s*"[^"\\]*": )".*"', re.MULTILINE)
_SHORTEST = 6
_PARTS = re.compile(r'("parts": ")[\w-]+')


def diff_text(rendered: Sequence[Rendered], root: Path) -> str:
    """A unified diff from the files on disk to what was rendered; empty where nothing would change."""
    return "".join(line for one in rendered for line in _diff_of(one, root))


def shown(rendered: Rendered, root: Path) -> str:
    """Every file that was rendered, each under its name below `root`, secrets masked."""
    return "\n".join(
        f"==> {_short(file.path, root)} <==\n{masked(file.path, file.content, rendered)}" for file in rendered.files
    )


def masked(path: Path, content: bytes, rendered: Rendered) -> str:
    """A file's text without secrets: an assignment shows its value only if that variable is no secret *now*.

    So a key that the profile no longer has does not appear in the diff that takes it away.
    """
    text = content.decode(errors="replace")
    if path.name == session_file.FILE:
        text = _PARTS.sub(r"\1...", text)
    if path.name == SECRETS:
        text = _SECRET_VALUE.sub(rf'\1"{MASK}"', text)
    if path.suffix in (".env", ".sh"):
        text = "\n".join(_masked_lines(text.split("\n"), rendered, exported=path.suffix == ".sh"))
    for secret in sorted(rendered.secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, MASK)
    return text


def _masked_lines(lines: Sequence[str], rendered: Rendered, *, exported: bool) -> Iterator[str]:
    inside = False
    for line in lines:
        if inside:
            inside = not line.endswith("'")
            continue
        found = _ASSIGNMENT.match(line)
        if found is None or bool(found[1]) != exported or found[2] in rendered.public:
            yield line
            continue
        value = found[3]
        inside = value.startswith("'") and (len(value) == 1 or not value.endswith("'"))
        yield f"{found[1]}{found[2]}={MASK}"


def _diff_of(rendered: Rendered, root: Path) -> Iterator[str]:
    for file in rendered.files:
        try:
            before = file.path.read_bytes()
        except OSError:
            before = None
        if before == file.content:
            continue
        name = _short(file.path, root)
        old = "" if before is None else masked(file.path, before, rendered)
        lines = list(
            difflib.unified_diff(
                old.splitlines(keepends=True),
                masked(file.path, file.content, rendered).splitlines(keepends=True),
                "/dev/null" if before is None else f"a/{name}",
                f"b/{name}",
            )
        )
        yield from lines or [f"--- a/{name}\n", f"+++ b/{name}\n", "@@ a secret's value changed @@\n"]


def _short(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path
