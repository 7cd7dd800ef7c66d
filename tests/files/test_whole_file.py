"""A note is replaced whole, for its owner alone, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl import whole_file

pytestmark = pytest.mark.fast


def test_a_note_takes_the_place_of_the_last_one(tmp_path: Path) -> None:
    note = tmp_path / "note.json"
    for content in (b"a longer one", b"new"):
        whole_file.put(note, content)
        assert note.read_bytes() == content
    assert note.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [note]


def test_where_it_cannot_be_put_there_nothing_is_left_beside(tmp_path: Path) -> None:
    in_the_way = tmp_path / "note.json"
    in_the_way.mkdir()
    with pytest.raises(OSError, match="directory"):
        whole_file.put(in_the_way, b"new")
    assert list(tmp_path.iterdir()) == [in_the_way]
