"""What is read of a checkout: where it stands, whose it is, and that none of it is run."""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path

import pytest

from netctl.errors import UsageError
from netctl.newcomer.belonging import role_of_file, role_said
from netctl.newcomer.facts import Checkout, Program
from netctl.newcomer.reading import read_checkout
from netctl.newcomer.sources import Sources
from netctl.newcomer.values import Evaluator
from tests.newcomer.trees import LAYOUTS, NAMES, written

pytestmark = pytest.mark.fast
NAMED = "from consts import THERE as ELSEWHERE\nimport consts\nNAMED = 'n.db'\nLOOP = LOOP\n"
NAMED += "def f(x):\n    local = 'l.db'\n    twice = 'a'\n    twice = 'b'\n"
RUN = "if __name__ == '__main__':\n    pass\n"


def line_of(file: Path, text: str) -> int:
    """The first line that has it."""
    return next(number for number, line in enumerate(file.read_text().split("\n"), start=1) if text in line)


def names_of(program: Program) -> set[str]:
    return {argument.name for argument in program.arguments if not argument.of_sdk}


@pytest.mark.parametrize("name", NAMES)
def test_the_options_are_those_of_the_code_each_with_its_line(name: str) -> None:
    read = read_checkout(LAYOUTS / name)
    assert read.notes == ()
    for program in read.programs.values():
        for argument in program.arguments:
            line = (LAYOUTS / name / argument.place.file).read_text().split("\n")[argument.place.line - 1]
            assert ("add_args" in line) if argument.of_sdk else ("add_argument(" in line), argument


def test_options_of_one_role_are_not_the_others() -> None:
    for name, shared, miners, validators in (
        ("subnet-template", "--neuron.device", "--blacklist.allow_non_registered", "--neuron.sample_size"),
        ("listings-universe", "--neuron.epoch_length", "--neuron.database_name", "--neuron.api_port"),
    ):
        programs = read_checkout(LAYOUTS / name).programs
        miner, validator = names_of(programs["miner"]), names_of(programs["validator"])
        assert {shared, miners} <= miner
        assert {shared, validators} <= validator
        assert miners not in validator
        assert validators not in miner


def test_the_template_s_options_are_found_through_the_imports_of_its_classes() -> None:
    miner = read_checkout(LAYOUTS / "subnet-template").programs["miner"]
    config = LAYOUTS / "subnet-template" / "template/utils/config.py"
    name = miner.argument("--neuron.name")
    assert name is not None
    assert (name.default, name.kind) == ("miner", "str")
    assert (name.place.file, name.place.line) == (
        "template/utils/config.py",
        line_of(config, 'default="miner"'),
    )
    assert miner.paths == ("",)
    assert miner.module is None


def test_a_file_of_the_other_role_counts_for_nothing_though_it_is_imported(tmp_path: Path) -> None:
    text = "import os, logging\ndef work():\n    logging.info('Weights are set.')\n    os.environ['X']\n"
    place = written(tmp_path, miner_py=f"import net.validator\n{RUN}", net__validator_py=text)
    miner = read_checkout(place).programs["miner"]
    assert (miner.said, miner.variables) == ((), ())


def test_defaults_are_followed_to_constants_and_paths() -> None:
    miner = read_checkout(LAYOUTS / "listings-universe").programs["miner"]
    database, state = miner.argument("--neuron.database_name"), miner.argument("--miner_upload_state_file")
    assert database is not None
    assert (database.default, database.below_code) == ("ListingsStorage.sqlite", False)
    assert state is not None
    assert (state.default, state.below_code) == ("upload/state_file.json", True)
    netuid = miner.argument("--netuid")
    assert netuid is not None
    assert netuid.default == 13


def test_what_stands_beside_the_code_is_read() -> None:
    papers = read_checkout(LAYOUTS / "listings-universe").papers
    assert [(each.name, each.example, each.place.line) for each in papers.variables] == [
        ("LISTINGS_API_TOKEN", "", 2),
        ("LISTINGS_REGION", "south", 3),
        ("SCRAPE_SECONDS", "2", 4),
    ]
    assert papers.sdk is not None
    assert papers.sdk[0] == "==9.9.0"
    assert papers.python is not None
    assert (papers.python.text, str(papers.python.place)) == (">=3.10", "pyproject.toml:4")
    template = read_checkout(LAYOUTS / "subnet-template").papers
    assert [(line.program, line.options["--netuid"], line.place.line) for line in template.run_lines] == [
        ("neurons/miner.py", "247", 6),
        ("neurons/validator.py", "247", 12),
    ]
    assert template.machine["miner"][0] == "4 cores, 16 GB of memory"
    assert template.machine["validator"][0] == "8 cores, 32 GB of memory, 100 GB of disk"


def test_a_variable_without_a_default_is_needed_and_one_with_is_not() -> None:
    miner = read_checkout(LAYOUTS / "listings-universe").programs["miner"]
    assert {variable.name: variable.needed for variable in miner.variables} == {
        "LISTINGS_REGION": True,
        "LISTINGS_API_TOKEN": False,
        "SCRAPE_SECONDS": False,
    }


def test_nothing_of_the_checkout_is_run_or_imported(tmp_path: Path) -> None:
    scream = "import pathlib\npathlib.Path(__file__).with_name('ran').write_text('yes')\n"
    place = written(
        tmp_path / "loud",
        miner_py=f"{scream}import helper, sitecustomize\n{RUN}",
        helper_py=scream,
        setup_py=scream,
        conftest_py=scream,
        sitecustomize_py=scream,
    )
    (place / "venv" / "bin").mkdir(parents=True)
    (place / "venv" / "bin" / "python").write_text(f"#!/bin/sh\ntouch {place}/ran\n")
    (place / "venv" / "bin" / "python").chmod(0o755)
    before = set(sys.modules)
    assert read_checkout(place).papers.interpreter == place / "venv" / "bin" / "python"
    assert not (place / "ran").exists()
    assert not {"helper", "miner"} & (set(sys.modules) - before)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("'a.json'", ("a.json", False)),
        ("-3", (-3, False)),
        ("60 * 60", (3600, False)),
        ("os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'x', 'y.db')", ("x/y.db", True)),
        ("Path(__file__).resolve().parent.parent / 'x.db'", ("x.db", True)),
        ("Path(__file__).parents[1] / 'a' / '..' / 'x.db'", ("x.db", True)),
        ("os.getenv('DB', 'x.db')", ("x.db", False)),
        ("NAMED", ("n.db", False)),
        ("local", ("l.db", False)),
        ("twice", None),
        ("ELSEWHERE + '.db'", ("there.db", False)),
        ("consts.THERE", ("there", False)),
        ("f(x)", None),
        ("[1]", None),
        ("LOOP", None),
    ],
)
def test_an_expression_is_read_as_far_as_it_can_be(
    tmp_path: Path, text: str, found: tuple[object, bool] | None
) -> None:
    sources = Sources(
        written(
            tmp_path,
            neurons__miner_py=f"{NAMED}X = {text}\n",
            consts_py="THERE = 'there'\n",
        )
    )
    source = sources.get("neurons/miner.py")
    assert source is not None
    last = source.tree.body[-1]
    assert isinstance(last, ast.Assign)
    value = Evaluator(sources, ("",)).read(last.value, source)
    assert ((value.scalar, value.below_code) if value.known else None) == found


@pytest.mark.parametrize(
    ("name", "role"),
    [("BaseMinerNeuron", "miner"), ("add_validator_args", "validator"), ("vali_utils", "validator"), ("forward", None)],
)
def test_a_name_speaks_of_a_role(name: str, role: str | None) -> None:
    assert role_said(name) == role


def test_a_file_is_of_the_role_that_is_nearest_to_its_name() -> None:
    assert role_of_file("validators/miner.py") == "miner"
    assert role_of_file("storage/miner/sqlite.py") == "miner"
    assert role_of_file("common/constants.py") is None


def test_a_broken_file_is_a_note_and_the_rest_is_read(tmp_path: Path) -> None:
    read = read_checkout(written(tmp_path, miner_py=f"import broken\n{RUN}", broken_py="def f(:\n"))
    assert read.notes == ("broken.py:1: no Python of today, left out",)


def test_files_outside_the_checkout_are_not_read(tmp_path: Path) -> None:
    written(tmp_path, outside_py="import argparse\nargparse.ArgumentParser().add_argument('--outside')\n")
    place = written(tmp_path / "code", miner_py=f"import linked\n{RUN}")
    (place / "linked.py").symlink_to(tmp_path / "outside.py")
    assert read_checkout(place).programs["miner"].arguments == ()


def test_a_pipe_that_is_called_a_miner_holds_nothing_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "miner.py")
    with pytest.raises(UsageError, match="no miner found"):
        read_checkout(tmp_path)


def program_of(place: Path) -> str:
    return read_checkout(place).programs["miner"].file


def test_the_program_that_is_run_is_found_wherever_it_lies(tmp_path: Path) -> None:
    assert program_of(written(tmp_path / "a", src__net__miner__main_py=RUN, src__net__miner__model_py="X = 1")) == (
        "src/net/miner/main.py"
    )
    assert program_of(written(tmp_path / "b", neurons__run_miner_py=RUN, net__miner_py="class Miner: ...")) == (
        "neurons/run_miner.py"
    )
    shown = written(
        tmp_path / "c", a__miner_py=RUN, b__c__miner_py=RUN, README_md="    python b/c/miner.py --netuid 3\n"
    )
    assert program_of(shown) == "b/c/miner.py"
    assert read_checkout(shown).programs["miner"].others == ("a/miner.py",)


def test_tests_environments_and_builds_are_passed_over(tmp_path: Path) -> None:
    place = written(tmp_path, tests__miner_py=RUN, build__lib__miner_py=RUN, venv__lib__miner_py=RUN, test_miner_py=RUN)
    (place / "venv" / "pyvenv.cfg").write_text("version = 3.11.7\n")
    with pytest.raises(UsageError, match="no miner found"):
        read_checkout(place)


def test_a_program_with_relative_imports_is_run_as_a_module(tmp_path: Path) -> None:
    place = written(tmp_path, net__miner_py=f"from .config import X\n{RUN}", net__config_py="X = 1")
    miner = read_checkout(place).programs["miner"]
    assert miner.module == "net.miner"


def test_no_miner_says_what_was_looked_for(tmp_path: Path) -> None:
    written(tmp_path, neurons__validator_py=RUN, odd_py="def f(:\n")
    with pytest.raises(UsageError) as told:
        read_checkout(tmp_path)
    assert "neither neurons/miner.py, miner.py, src/miner.py" in told.value.message
    assert "found only the validator neurons/validator.py" in told.value.message
    assert "--miner" in told.value.hint


def test_a_program_can_be_named(tmp_path: Path) -> None:
    place = written(tmp_path, serve_py=RUN)
    read = read_checkout(place, {"miner": "serve.py"})
    assert (read.programs["miner"].file, read.programs["miner"].certainty) == ("serve.py", "certain")
    for wrong in ("gone.py", "../serve.py", "/etc/passwd"):
        with pytest.raises(UsageError, match="no file of the checkout"):
            read_checkout(place, {"miner": wrong})


def test_a_checkout_is_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path, found in ((tmp_path / "gone", "nothing there"), (tmp_path / "file", "a file")):
        with pytest.raises(UsageError, match=f"expected a subnet's checkout, found {found}"):
            read_checkout(path)


def test_options_of_click_and_typer_are_options(tmp_path: Path) -> None:
    text = (
        "import click, typer\n"
        "@click.option('-p', '--port', default=9000, type=int)\n"
        "def main(port, hotkey: str = typer.Option('default', '--hotkey', help='its name')):\n"
        "    pass\n"
    )
    read: Checkout = read_checkout(written(tmp_path, miner_py=text + RUN))
    assert names_of(read.programs["miner"]) == {"--port", "--hotkey"}
