"""The tiny image of nodes that are provisioned alike: no program, only where theirs are mounted."""

from __future__ import annotations

import io
import json
import tarfile
from functools import cache
from hashlib import sha256

DIRECTORIES = ("dev", "etc", "proc", "root", "run", "sys", "tmp", "usr", "var")
LINKS = ("bin", "lib", "lib64", "sbin")
_NEVER = "1970-01-01T00:00:00Z"


@cache
def archive() -> tuple[str, bytes]:
    """The image's id (``sha256:...``) and what `docker load` makes it of: the same bytes on every machine."""
    layer = _tar([(name, None) for name in DIRECTORIES] + [(name, f"usr/{name}") for name in LINKS])
    configuration = {
        "architecture": "amd64",
        "config": {},
        "created": _NEVER,
        "history": [{"created": _NEVER, "created_by": "netctl"}],
        "os": "linux",
        "rootfs": {"diff_ids": [f"sha256:{sha256(layer).hexdigest()}"], "type": "layers"},
    }
    config = json.dumps(configuration, sort_keys=True).encode()
    digest = sha256(config).hexdigest()
    manifest = [{"Config": f"{digest}.json", "Layers": ["layer.tar"], "RepoTags": None}]
    files = {f"{digest}.json": config, "layer.tar": layer, "manifest.json": json.dumps(manifest).encode()}
    return f"sha256:{digest}", _tar(list(files.items()))


def _tar(members: list[tuple[str, bytes | str | None]]) -> bytes:
    """A file for bytes, a symbolic link for a text, a directory for None."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, what in members:
            member = tarfile.TarInfo(name)
            member.mode = 0o755
            if what is None:
                member.type = tarfile.DIRTYPE
                tar.addfile(member)
            elif isinstance(what, str):
                member.type, member.linkname = tarfile.SYMTYPE, what
                tar.addfile(member)
            else:
                member.size = len(what)
                tar.addfile(member, io.BytesIO(what))
    return out.getvalue()
