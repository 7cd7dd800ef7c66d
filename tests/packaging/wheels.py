"""Both archives, built from a copy of the tree, and netctl installed out of the wheel as a person installs a tool."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.survivors import MARK

ROOT = Path(__file__).parents[2]
BUILDS_S, INSTALLS_S = 300, 540
NOT_THE_TREE = shutil.ignore_patterns(
    *(".git", ".venv", ".netctl", "__pycache__", "*.pyc", ".*_cache", ".hypothesis", ".clients", "dist", "build")
)


@dataclass(frozen=True)
class Archives:
    """What was built: the wheel is made of the source distribution, `direct` of the tree."""

    sdist: Path
    wheel: Path
    direct: Path


@dataclass(frozen=True)
class Tool:
    """netctl as a tool: its program, its environment, and who made it."""

    program: Path
    prefix: Path
    by: str

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        return self.prefix / "bin" / "python"


def build(place: Path) -> Archives:
    """Build from a copy of the tree, which is gone afterwards: what runs later can have nothing of it."""
    tree = place / "tree"
    shutil.copytree(ROOT, tree, ignore=NOT_THE_TREE, symlinks=True)
    try:
        _uv(["build", "--quiet", "--out-dir", str(place / "archives"), str(tree)], BUILDS_S)
        _uv(["build", "--quiet", "--wheel", "--out-dir", str(place / "direct"), str(tree)], BUILDS_S)
    finally:
        shutil.rmtree(tree)
    (sdist,), (wheel,) = (place / "archives").glob("*.tar.gz"), (place / "archives").glob("*.whl")
    (direct,) = (place / "direct").glob("*.whl")
    return Archives(sdist, wheel, direct)


def install(wheel: Path, place: Path) -> Tool:
    """`uv tool install` into directories below `place`."""
    folders = {"UV_TOOL_DIR": str(place / "tools"), "UV_TOOL_BIN_DIR": str(place / "bin")}
    _uv(["tool", "install", "--quiet", "--python", sys.executable, str(wheel)], INSTALLS_S, folders)
    return Tool(place / "bin" / "netctl", place / "tools" / "netctl", "uv tool")


def install_by_pipx(wheel: Path, place: Path) -> Tool:
    """`pipx install`, likewise."""
    folders = {"PIPX_HOME": str(place / "pipx"), "PIPX_BIN_DIR": str(place / "bin")}
    words = ["pipx", "install", "--quiet", "--python", sys.executable, str(wheel)]
    done = subprocess.run(words, env={**_environ(), **folders}, capture_output=True, text=True, timeout=INSTALLS_S)
    assert done.returncode == 0, done.stderr
    return Tool(place / "bin" / "netctl", place / "pipx" / "venvs" / "netctl", "pipx")


def clean_environ(tool: Tool, home: Path) -> dict[str, str]:
    """What a shell has that never heard of this checkout; the run's mark with it, so that nothing is left behind."""
    (home / "tmux").mkdir(parents=True, exist_ok=True)
    path = f"{tool.program.parent}:/usr/local/bin:/usr/bin:/bin"
    own = {"HOME": str(home), "PATH": path, "TMUX_TMPDIR": str(home / "tmux"), "LANG": "C.UTF-8", "COLUMNS": "100"}
    return own | {MARK: os.environ[MARK]}


def _environ() -> dict[str, str]:
    """The caches and settings of who runs the tests, whose HOME tests do not see; no environment that is active."""
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return {"UV_CACHE_DIR": str(home / ".cache" / "uv"), **kept, "HOME": str(home)}


def _uv(words: Sequence[str], timeout_s: float, more: Mapping[str, str] | None = None) -> None:
    """By what is in uv's cache, else from the configured index."""
    beside = Path(sys.executable).parent / "uv"
    uv = str(beside) if beside.exists() else shutil.which("uv") or "uv"
    done = None
    for offline in (["--offline"], []):
        environ = {**_environ(), **(more or {})}
        argv = [uv, *offline, *words]
        done = subprocess.run(argv, env=environ, cwd="/", capture_output=True, text=True, timeout=timeout_s)
        if done.returncode == 0:
            return
    raise AssertionError(f"uv {words[0]}: {done.stderr if done else ''}")
