"""A program that is started with its secrets in a file: it sees them, and nobody can read them of its process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from netctl.render.placed import PROGRAM, SECRETS, START

SECRET = "s3cr3t-of-the-operator"
TELLING = """\
"A program."
import json, os, sys
main = sys.modules["__main__"]
plain = {k: repr(v) for k, v in vars(main).items() if k in ("__name__", "__package__", "__file__", "__doc__")}
spec = getattr(main, "__spec__", None)
names = sorted(k for k in vars(main) if not k.startswith("__") and k not in ("json", "os", "sys", "main", "plain"))
print(json.dumps({
    "argv": sys.argv, "path": sys.path[:2], "main": plain, "spec": spec and spec.name, "names": names,
    "loader": [getattr(main.__loader__, "name", None), getattr(main.__loader__, "path", None)],
    "same": globals() is vars(main), "key": os.environ.get("API_KEY"),
}), flush=True)
"""


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """The program start.py beside its secrets, and a directory of programs to start."""
    home = tmp_path / "files"
    home.mkdir()
    (home / START).write_bytes(PROGRAM)
    (home / SECRETS).write_text(json.dumps({"API_KEY": SECRET, "OTHER_KEY": "\udcff\u00e9"}), encoding="ascii")
    package = tmp_path / "code" / "pack"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    for place in (package / "inside.py", package / "__main__.py", tmp_path / "code" / "program.py"):
        place.write_text(TELLING)
    (tmp_path / "code" / "link.py").symlink_to(package / "inside.py")
    return home / START


def run(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-S", *map(str, words)]
    return subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, timeout=30, check=False)


WAYS = [
    ("program.py", "--option", "1"),
    ("link.py",),
    ("pack",),
    ("-m", "pack.inside", "--option"),
    ("-m", "pack"),
]


@pytest.mark.parametrize("words", WAYS, ids=" ".join)
@pytest.mark.parametrize("options", [(), ("-P",)], ids=["plain", "-P"])
def test_a_program_finds_itself_as_the_interpreter_would_have_started_it(
    start: Path, words: tuple[str, ...], options: tuple[str, ...]
) -> None:
    code = start.parent.parent / "code"
    if options and words[0] == "-m":
        pytest.skip("with -P the current directory is no place to find a module")
    plain, ours = run(*options, *words, cwd=code), run(*options, start, *words, cwd=code)
    assert ours.returncode == plain.returncode == 0, ours.stderr
    expected = {**json.loads(plain.stdout), "key": SECRET}
    assert json.loads(ours.stdout) == expected


FAILING = {
    "raises": "def f():\n    raise ValueError('no')\nf()\n",
    "exits": "import sys\nsys.exit('words')\n",
    "code": "raise SystemExit(7)\n",
    "syntax": "def f(:\n",
    "interrupted": "raise KeyboardInterrupt\n",
    "chained": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise RuntimeError('then') from e\n",
    "own hook": "import sys\nsys.excepthook = lambda k, e, t: print(k.__name__, t.tb_lineno)\nraise OSError\n",
    "at exit": "import atexit, threading\natexit.register(print, 'bye')\n"
    "threading.Timer(0.05, lambda: print(VALUE)).start()\nVALUE = 'still here'\n",
    "future": "def f(x: Nothing): pass\n",
}


@pytest.mark.parametrize("name", FAILING)
@pytest.mark.parametrize("as_module", [False, True], ids=["script", "module"])
def test_its_end_and_its_tracebacks_are_its_own(start: Path, name: str, as_module: bool) -> None:
    code = start.parent.parent / "code"
    (code / "failing.py").write_text(FAILING[name])
    words = ("-m", "failing") if as_module else ("failing.py",)
    plain, ours = run(*words, cwd=code), run(start, *words, cwd=code)
    assert (ours.returncode, ours.stdout, ours.stderr) == (plain.returncode, plain.stdout, plain.stderr)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
@pytest.mark.parametrize("words", [("program.py",), ("-m", "program")], ids=" ".join)
def test_no_secret_can_be_read_of_its_process(start: Path, words: tuple[str, ...]) -> None:
    code = start.parent.parent / "code"
    (code / "program.py").write_text("import os, sys\nprint(os.environ['API_KEY'], flush=True)\nsys.stdin.read()\n")
    command = [sys.executable, "-S", str(start), *words]
    environ = {"PATH": os.environ["PATH"], "VISIBLE": "yes"}
    with subprocess.Popen(command, cwd=code, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().decode().strip() == SECRET
        shown = {what: Path(f"/proc/{process.pid}/{what}").read_bytes() for what in ("environ", "cmdline")}
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0
    assert b"VISIBLE=yes" in shown["environ"]
    assert str(start).encode() in shown["cmdline"]
    assert all(SECRET.encode() not in content for content in shown.values())
