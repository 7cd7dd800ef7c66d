"""Which version of a subnet's code lies in a checkout: its commit, and what differs from it. Nothing of it is run.

Git is asked with none of the operator's or the checkout's own settings that would start a program or a connection.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

DEADLINE_S = 10.0
SOURCES = (".py", ".pyx", ".so", ".pth")
"""A file that git does not know counts as a change where Python could import it."""
MOST_NAMED = 200
_CLEAN: Mapping[str, str] = {
    "LC_ALL": "C",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
}
_QUIET = (
    ("core.fsmonitor", "false"),
    ("core.hooksPath", "/dev/null"),
    ("protocol.allow", "never"),
    ("safe.directory", "*"),
)


@dataclass(frozen=True, slots=True)
class CodeVersion:
    """A checkout as it is now. `commit` is None where it cannot be told, and `why` says why.

    `changed` are paths below the checkout that differ from the commit, the first 200 by name; `digest` is one-way over
    their contents ("" for none), so that two states of one commit can be told apart.
    """

    commit: str | None
    changed: tuple[str, ...] = ()
    digest: str = ""
    why: str | None = None

    @property
    def dirty(self) -> bool | None:
        """Whether something differs from the commit; None where that is not known."""
        return None if self.commit is None else bool(self.changed)

    @property
    def mark(self) -> str | None:
        """The same for the same code and another for any other, for a label: ``<commit>`` or ``<commit>+<digest>``."""
        if self.commit is None:
            return None
        return f"{self.commit}+{self.digest}" if self.digest else self.commit

    def __str__(self) -> str:
        """For people: ``d2c4d9a12b3c``, ``d2c4d9a12b3c, changed: neurons/miner.py and 2 more``, or why not."""
        if self.commit is None:
            return f"unknown: {self.why}"
        if not self.changed:
            return self.commit[:12]
        more = f" and {len(self.changed) - 1} more" if len(self.changed) > 1 else ""
        return f"{self.commit[:12]}, changed: {self.changed[0]}{more}"


def code_version(path: Path, *, ignoring: Collection[str] = ()) -> CodeVersion:
    """The commit of the checkout at `path`, and what differs from it; takes two or three runs of git, some 10 ms.

    `ignoring` are paths below it that the programs write themselves. Never raises: `why` says what was in the way.
    """
    git = shutil.which("git")
    if git is None:
        return CodeVersion(None, why="git is not installed")
    if not path.is_dir():
        return CodeVersion(None, why=f"{path} is no directory")
    try:
        return _asked(git, path, frozenset(ignoring))
    except subprocess.TimeoutExpired:
        return CodeVersion(None, why=f"git did not answer within {DEADLINE_S:g} s")
    except OSError as exc:
        return CodeVersion(None, why=f"git could not be run: {exc.strerror}")
    except _Refused as refused:
        return CodeVersion(None, why=str(refused))


class _Refused(Exception):
    """Git said no; the text is its first line."""


def _asked(git: str, path: Path, ignoring: frozenset[str]) -> CodeVersion:
    top = path / ".git"
    settings = [*_QUIET, *_without_filters(git, path)]
    if not top.exists() and not _run(git, path, settings, "ls-files", "-z", "--", "."):
        return CodeVersion(None, why="it is not a git checkout")
    told = ["status", "--porcelain=v2", "--branch", "-z", "--no-renames", "--ignore-submodules=dirty"]
    records = _run(git, path, settings, *told, "--untracked-files=all", "--", ".").split("\0")
    commit = next((r.removeprefix("# branch.oid ") for r in records if r.startswith("# branch.oid ")), "(initial)")
    if commit == "(initial)":
        return CodeVersion(None, why="it has no commit yet")
    prefix = "" if top.exists() else _run(git, path, settings, "rev-parse", "--show-prefix").rstrip("\n")
    changed = sorted(name for r in records if (name := _changed(r, prefix)) and name not in ignoring)
    return CodeVersion(commit, tuple(changed[:MOST_NAMED]), _digest(path, changed) if changed else "")


def _changed(record: str, prefix: str) -> str | None:
    """The path below the checkout that a record of ``status --porcelain=v2 -z`` names as changed."""
    kind = record[:2]
    if kind == "? ":
        name = record[2:]
        return name.removeprefix(prefix) if name.endswith(SOURCES) else None
    fields = {"1 ": 8, "u ": 10}.get(kind)
    return None if fields is None else record.split(" ", fields)[fields].removeprefix(prefix)


def _digest(path: Path, changed: Sequence[str]) -> str:
    whole = sha256()
    for name in changed:
        whole.update(name.encode(errors="surrogateescape") + b"\0")
        file = path / name
        # A link is read as what it says; behind it may lie a device.
        if file.is_symlink():
            whole.update(str(file.readlink()).encode(errors="surrogateescape"))
        elif file.is_file():
            with file.open("rb") as stream:
                while chunk := stream.read(1 << 20):
                    whole.update(chunk)
    return whole.hexdigest()[:16]


def _without_filters(git: str, path: Path) -> list[tuple[str, str]]:
    """Settings that take the programs away which the checkout would have git filter its files by."""
    try:
        listed = _run(git, path, _QUIET, "config", "--name-only", "-z", "--get-regexp", r"^filter\.")
    except _Refused:  # there are none
        return []
    names = {name.rpartition(".")[0] for name in listed.split("\0") if name}
    keys = [(f"{name}.{part}", "") for name in sorted(names) for part in ("clean", "smudge", "process")]
    return [*keys, *((f"{name}.required", "false") for name in sorted(names))]


def _run(git: str, path: Path, settings: Sequence[tuple[str, str]], *words: str) -> str:
    environ = {**_CLEAN, "PATH": f"{Path(git).parent}:/usr/bin:/bin", "GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings):
        environ |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    done = subprocess.run(
        [git, "-C", str(path), *words],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=DEADLINE_S,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().split("\n")[0]
        raise _Refused("it is not a git checkout" if "not a git repository" in said else said or "git refused")
    return done.stdout.decode(errors="surrogateescape")
