"""A launcher on disk is read back as it was written, and leads to the interpreter that the kernel takes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from string import printable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netctl import packs
from netctl.render.fleet import render_fleet
from netctl.render.launcher import Launcher, Written, read_back, script
from netctl.truth.launched import Desk, Standard, interpreter_of, on_disk, standard_of
from tests.files.conftest import OPERATOR, a_fleet, a_neuron

pytestmark = pytest.mark.fast

TEXT = st.text(st.sampled_from(f"{printable}'\"$`üé\u2028") | st.characters(codec="utf-8", exclude_characters="\0"))
WORDS = st.lists(TEXT, min_size=1, max_size=6)
ENVIRONS = st.dictionaries(st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True), TEXT, max_size=6)


@example(argv=["a\nb", "it's", ""], environ={"A": "x\nexport B=y", "C": 'it\'s "so"'}, cwd="w\nx")
@given(argv=WORDS, environ=ENVIRONS, cwd=TEXT)
def test_whatever_a_launcher_holds_is_read_back(argv: list[str], environ: dict[str, str], cwd: str) -> None:
    place = f"/w/{cwd.replace('/', '')}".rstrip()
    launcher = Launcher("miner_1", tuple(argv), environ, Path(place), Path("/l/out"), Path("/l/err"))
    found = read_back(script(launcher).decode())
    assert found == Written(tuple(argv), {**environ, "PWD": str(launcher.cwd)}, str(launcher.cwd))


@pytest.mark.parametrize("text", ["", "#!/bin/sh\nexec python x.py\n", "cd /x || exit 111\n"])
def test_what_netctl_did_not_write_is_not_read(text: str) -> None:
    assert read_back(text) is None


def test_a_standard_holds_no_secret_and_knows_what_may_be_shown(tmp_path: Path) -> None:
    fleet = a_fleet(tmp_path)
    pack = packs.load("rehearsal")
    (one,) = render_fleet(fleet, pack, OPERATOR).rendered
    standard = standard_of(fleet, fleet.neurons[0], pack)
    # A variable that comes to nothing, such as trouble where none is planted, is not in the environment.
    assert {name for name in standard.public if name in one.environ} == set(one.public)
    assert "RAPIDAPI_KEY" not in standard.public
    assert OPERATOR["RAPIDAPI_KEY"] not in repr(standard)
    assert on_disk(standard, Desk()) is None


def test_what_an_env_file_may_set_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "more.env").write_text("PYTHONUNBUFFERED=s3cret\n")
    fleet = a_fleet(tmp_path, a_neuron(env_files=(tmp_path / "more.env",)))
    pack = packs.load("rehearsal")
    (one,) = render_fleet(fleet, pack, OPERATOR).rendered
    public = set(standard_of(fleet, fleet.neurons[0], pack).public)
    assert public <= set(one.public)
    assert public >= {"MINER_EVAL_PERIOD_MINUTES", "NETCTL_NEURON"}


def test_an_interpreter_is_what_the_kernel_would_run(tmp_path: Path) -> None:
    real = str(Path(sys.executable).resolve())
    link, script_, enved = tmp_path / "python", tmp_path / "run.py", tmp_path / "env.py"
    link.symlink_to(sys.executable)
    script_.write_text(f"#!{link}\n")
    enved.write_text("#!/usr/bin/env -S python -u\n")
    for path in (script_, enved):
        path.chmod(0o755)
    assert interpreter_of(str(link), "/", "") == real
    assert interpreter_of("./run.py", str(tmp_path), "") == real
    assert interpreter_of("env.py", "/", str(tmp_path)) == real
    assert interpreter_of("nothing", "/", str(tmp_path)) is None
    assert interpreter_of(str(tmp_path / "gone"), "/", "") is None


def test_a_standard_is_data_that_json_carries() -> None:
    standard = Standard("miner_1", "/l", ("A",), ("/.env",))
    fields = {name: getattr(standard, name) for name in Standard.__slots__}
    assert json.loads(json.dumps(fields)) == {**fields, "public": ["A"], "dotenvs": ["/.env"]}


def test_a_launcher_that_was_written_anew_is_read_anew_and_no_other(tmp_path: Path) -> None:
    path, desk = tmp_path / "launch.sh", Desk()
    for word in ("one", "another"):
        launcher = Launcher("miner_1", (word,), {}, tmp_path, tmp_path / "out", tmp_path / "err")
        path.write_bytes(script(launcher))
        first = desk.launcher(str(path))
        assert first is not None
        assert first.argv == (word,)
        assert desk.launcher(str(path)) is first
    path.unlink()
    assert desk.launcher(str(path)) is None
