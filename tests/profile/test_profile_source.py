"""Files that are no profile at all, and what is kept of those that are."""

from __future__ import annotations

import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from netctl.errors import ProfileError
from netctl.profile import load, source
from netctl.profile.place import field_path
from netctl.profile.scalars import Ambiguous, resolve_plain

pytestmark = pytest.mark.fast

Write = Callable[[str | bytes], Path]


def _only_message(path: Path) -> str:
    with pytest.raises(ProfileError) as caught:
        load(path)
    (fault,) = caught.value.faults
    return fault.message


def test_a_file_of_ten_megabytes_is_refused_before_it_is_parsed(write: Write) -> None:
    path = write(b"- [[[[" * 1_700_000)
    assert path.stat().st_size > 10_000_000
    assert _only_message(path) == "larger than 1 MB"


def test_a_file_just_below_the_limit_is_refused_for_its_many_values(write: Write) -> None:
    assert "more than 20000 values" in _only_message(write("name: [" + "1," * 499_000 + "]"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert _only_message(tmp_path / "none.yaml") == "cannot be read: No such file or directory"


def test_a_directory_is_no_profile(tmp_path: Path) -> None:
    assert _only_message(tmp_path) in ("not a regular file", "cannot be read: Is a directory")


def test_a_named_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert _only_message(tmp_path / "pipe") == "not a regular file"


def test_a_path_with_a_nul_byte_is_no_crash() -> None:
    assert _only_message(Path("a\0b")) == "cannot be read: not a file name"


def test_a_byte_order_mark_at_the_start_is_forgiven(write: Write) -> None:
    document = source.read(write(b"\xef\xbb\xbfname: trial\n"))
    assert document.value == {"name": "trial"}


def test_windows_line_ends_keep_their_line_numbers(write: Write) -> None:
    document = source.read(write("name: trial\r\nnetuid: 428\r\n"))
    assert document.line_of(("netuid",)) == 2


def test_a_few_anchors_and_aliases_are_fine(write: Write) -> None:
    document = source.read(write("a: &x {k: 1}\nb: *x\nc: [*x, *x]\n"))
    assert document.value == {"a": {"k": 1}, "b": {"k": 1}, "c": ({"k": 1}, {"k": 1})}
    assert document.flaws == ()


def test_decimals_keep_their_digits(write: Write) -> None:
    document = source.read(write("a: 0.000000001\nb: 21000000.123456789\n"))
    assert document.value == {"a": Decimal("0.000000001"), "b": Decimal("21000000.123456789")}


def test_lines_are_those_of_the_keys(write: Write) -> None:
    document = source.read(write("a:\n  b:\n    - x\n    - c: |\n        text\n"))
    assert [document.line_of(place) for place in [("a",), ("a", "b"), ("a", "b", 1, "c"), ("a", "b", 1, "d")]] == [
        1,
        2,
        4,
        4,
    ]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-12", -12),
        ("77494", 77494),
        ("0.5", Decimal("0.5")),
        (".5", Decimal("0.5")),
        ("5.", Decimal(5)),
        ("2026-11-22", "2026-11-22"),
        ("1.2.3", "1.2.3"),
        ("10.0.0.1", "10.0.0.1"),
        ("30s", "30s"),
        ("=", "="),
        ("miner_1", "miner_1"),
        ("ws://127.0.0.1:9944", "ws://127.0.0.1:9944"),
    ],
)
def test_a_plain_word_means_one_thing(word: str, value: object) -> None:
    found = resolve_plain(word)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "word",
    [
        *("yes", "No", "on", "OFF", "y", "N", "08701", "02101", "007", "+01", "1:30", "12:30:45", "190:20:30.15"),
        *("1_000", "1_000.5", "0x1F", "0o17", "0b11", "1e3", "5e-4", "1.5E10", ".inf", "-.Inf", ".nan", "9" * 33),
    ],
)
def test_a_word_that_yaml_readers_disagree_about_is_refused(word: str) -> None:
    assert isinstance(resolve_plain(word), Ambiguous)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ((), ""),
        (("miners", 1, "hotkey"), "miners[1].hotkey"),
        (("miners", 0, "args", "wallet.name"), 'miners[0].args["wallet.name"]'),
    ],
)
def test_a_field_is_shown_as_a_person_writes_it(place: tuple[str | int, ...], text: str) -> None:
    assert field_path(place) == text
