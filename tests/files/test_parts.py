"""What a session was started with, in parts: what is kept of it, and how a difference is told."""

from __future__ import annotations

import base64
import zlib
from dataclasses import replace

import pytest

from netctl.parts import Parts, differences, parts_of, read

pytestmark = pytest.mark.fast

VARIABLES = {"WAIT": "5", "LONG": "x" * 500, "TOKEN": "s3cr3t-of-the-operator"}
PUBLIC = {name: value for name, value in VARIABLES.items() if name != "TOKEN"}
SETTINGS = {"interpreter": "/old/venv/bin/python", "code directory": "/old", "grace": "5 s"}
ARGV = ("/old/venv/bin/python", "/old/neurons/miner.py", "--axon.port", "8091", "--wallet.name=a", "--fast")


def parts(**changes: object) -> Parts:
    given: dict[str, object] = {
        "salt": "/state/miner_1",
        "argv": ARGV,
        "variables": VARIABLES,
        "public": PUBLIC,
        "files": {"conf.json": b"one"},
        "settings": SETTINGS,
    }
    return parts_of(**{**given, **changes})  # type: ignore[arg-type]


def test_they_go_into_one_word_and_come_back() -> None:
    text = parts().text()
    assert read(text) == parts()
    assert text.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("text", ["", "garbage", parts().text()[:-9], base64.b64encode(zlib.compress(b"[]")).decode()])
def test_what_is_none_of_ours_is_not_read(text: str) -> None:
    assert read(text) is None


def test_no_secret_and_nothing_long_is_in_them() -> None:
    text = parts().text()
    plain = zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))).decode()
    assert "WAIT" in plain
    assert "s3cr3t" not in plain
    assert "xxxx" not in plain
    assert parts(salt="/state/miner_2").secrets["TOKEN"] != parts().secrets["TOKEN"]


def with_variables(**values: str) -> Parts:
    public = {name: value for name, value in values.items() if name != "TOKEN"}
    return parts(variables={**VARIABLES, **values}, public={**PUBLIC, **public})


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (parts(), ()),
        (with_variables(WAIT="10"), ("variable WAIT 5 → 10",)),
        (with_variables(WAIT=""), ("variable WAIT 5 → empty",)),
        (with_variables(NEW="a b"), ("variable NEW added: a b",)),
        (with_variables(TOKEN="other"), ("variable TOKEN changed",)),
        (with_variables(LONG="y" * 500), ("variable LONG changed",)),
        (parts(variables={"TOKEN": VARIABLES["TOKEN"]}), ("variable LONG removed", "variable WAIT removed")),
        # Kept from sight from now on, and the same: nothing that differs.
        (parts(public={}), ()),
        (parts(public={}, variables={**VARIABLES, "WAIT": "6"}), ("variable WAIT changed",)),
        (parts(files={"conf.json": b"two"}), ("file conf.json changed",)),
        (parts(files={"other.json": b"one"}), ("file conf.json removed", "file other.json added")),
        (parts(argv=(*ARGV[:3], "8092", *ARGV[4:])), ("argument --axon.port 8091 → 8092",)),
        (parts(argv=(*ARGV[:4], "--wallet.name", "b")), ("argument --wallet.name a → b", "argument --fast removed")),
        (parts(argv=(*ARGV, "-q", "--shift", "-5")), ("argument -q added", "argument --shift added: -5")),
        (parts(argv=(*ARGV, "8")), ("argument --fast without a value → 8",)),
        (parts(argv=(*ARGV[:2], "--fast", *ARGV[2:5])), ("order of the arguments changed",)),
        (
            parts(argv=(ARGV[0], "/old/neurons/other.py", *ARGV[2:])),
            ("program /old/venv/bin/python /old/neurons/miner.py → /old/venv/bin/python /old/neurons/other.py",),
        ),
        (parts(settings={**SETTINGS, "grace": "9 s"}), ("grace 5 s → 9 s",)),
    ],
)
def test_a_difference_is_told_by_its_part(now: Parts, told: tuple[str, ...]) -> None:
    assert differences(parts(), now) == told


def test_where_the_code_lies_is_told_once_and_not_for_each_word_that_names_it() -> None:
    path = {"PATH": "/old/venv/bin:/usr/bin", "PYTHONPATH": "/old"}
    before = parts(variables=path, public=path)
    moved = {name: value.replace("/old", "/new") for name, value in path.items()}
    settings = {name: value.replace("/old", "/new") for name, value in SETTINGS.items()}
    argv = tuple(word.replace("/old", "/new") for word in ARGV)
    now = parts(argv=argv, variables=moved, public=moved, settings=settings)
    told = ("interpreter /old/venv/bin/python → /new/venv/bin/python", "code directory /old → /new")
    assert differences(before, now) == told
    assert differences(before, replace(now, argv=(*argv, "--more"))) == (*told, "argument --more added")
