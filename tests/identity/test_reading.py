"""What a command line says of the things that no two processes may share."""

from __future__ import annotations

import pytest

from netctl.identity.reading import option, program_at, uses_of
from netctl.ports import Exclusive, Use

pytestmark = pytest.mark.fast

RESI = {"interpreter": "python", "program": "neurons/miner.py"}
DATABASE = Exclusive("database", "file", "--neuron.database_name", "Sqlite.sqlite", **RESI)  # type: ignore[arg-type]
STATE = Exclusive(
    "upload state",
    "file",
    "--state",
    "upload/s.json",
    "code",
    until=".json",
    add="_s3.json",
    **RESI,  # type: ignore[arg-type]
)
PORT = Exclusive("axon port", "port", "--axon.port", "8091", **RESI)  # type: ignore[arg-type]
ALL = (DATABASE, STATE, PORT)
KEY = ("--wallet.name", "w", "--wallet.hotkey", "h", "--wallet.path", "/keys")


def said(*argv: str, cwd: str | None = "/repo", **environ: str) -> set[tuple[str, str]]:
    return {(use.what, use.value) for use in uses_of(argv, cwd, environ, ALL)}


def test_a_program_started_by_hand_takes_its_defaults_where_it_stands() -> None:
    assert said("python", "neurons/miner.py", *KEY) == {
        ("hotkey", "/keys/w/hotkeys/h"),
        ("database", "/repo/Sqlite.sqlite"),
        ("upload state", "/repo/upload/s_s3.json"),
        ("axon port", "8091"),
    }


@pytest.mark.parametrize(
    ("argv", "cwd"),
    [
        (("python3.11", "/repo/neurons/miner.py"), "/repo"),
        (("/venv/bin/python", "-u", "./neurons/miner.py"), "/repo"),
        (("python3", "-m", "neurons.miner"), "/repo"),
        (("python3", "miner.py"), "/repo/neurons"),
        (("python3", "../neurons/miner.py"), "/repo/upload"),
    ],
)
def test_a_program_is_known_however_it_was_named(argv: tuple[str, ...], cwd: str) -> None:
    assert ("upload state", "/repo/upload/s_s3.json") in said(*argv, cwd=cwd)


@pytest.mark.parametrize(
    "argv",
    [
        ("vim", "neurons/miner.py"),
        ("python", "other.py", "neurons/miner.py"),
        ("python", "-m", "pytest", "neurons/miner.py"),
        ("grep", "-r", "--wallet.hotkey"),
        ("python", "neurons/validator.py"),
        ("python",),
    ],
)
def test_who_only_names_a_program_uses_nothing_of_it(argv: tuple[str, ...]) -> None:
    assert said(*argv, HOME="/home/me") == set()


def test_an_option_counts_in_any_program_and_what_it_leaves_out_does_not() -> None:
    assert said("node", "x.js", *KEY, "--axon.port=9000") == {("hotkey", "/keys/w/hotkeys/h"), ("axon port", "9000")}


def test_the_last_of_an_option_wins_as_in_argparse() -> None:
    assert option(("p", "--a", "1", "--a=2"), "--a") == "2"
    assert option(("p", "--ab", "1"), "--a") is None
    assert ("database", "/x/b.db") in said(
        "python", "neurons/miner.py", "--neuron.database_name", "/x/a.db", "--neuron.database_name", "/x/b.db"
    )


def test_the_real_file_is_what_the_program_makes_of_its_argument() -> None:
    argv = ("python", "neurons/miner.py", "--state", "../up/of.me.json")
    assert ("upload state", "/up/of.me_s3.json") in said(*argv)


def test_wallets_are_found_as_the_sdk_finds_them() -> None:
    run = ("python", "neurons/miner.py")
    assert ("hotkey", "/home/me/.bittensor/wallets/default/hotkeys/default") in said(*run, HOME="/home/me")
    assert ("hotkey", "/home/me/w/a/hotkeys/b") in said(
        *run, "--wallet.path", "~/w", HOME="/home/me", BT_WALLET_NAME="a", BT_WALLET_HOTKEY="b"
    )
    assert ("hotkey", "/repo/keys/w/hotkeys/h") in said(*run, *KEY[:4], "--wallet.path", "keys")


def test_what_cannot_be_told_is_left_out() -> None:
    assert said("python", "neurons/miner.py", "--wallet.hotkey", "h", cwd=None) == {("axon port", "8091")}


def test_one_file_is_one_thing_whatever_two_programs_call_it() -> None:
    assert Use("file", "database", "/a").key == Use("hotkey", "hotkey", "/a").key != Use("port", "port", "/a").key


def test_the_program_of_a_pack_is_named_from_its_checkout() -> None:
    argv = ("/repo/venv/bin/python3.11", "/repo/neurons/miner.py", "--netuid", "1")
    assert program_at(argv, 1, "/repo") == ("python", "neurons/miner.py")
    assert program_at(("/usr/bin/python", "-m", "a.b", "--x"), 2, "") == ("python", "a.b")
