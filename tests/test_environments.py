"""The environments of the chain's clients."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.environments import clients, python_of


def test_an_environment_that_is_not_pinned_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match=r"bittensor-1\.0"):
        python_of("bittensor-1.0", tmp_path)


def test_no_client_has_two_libraries_that_own_the_name_scalecodec() -> None:
    for name in clients():
        pins = (Path(__file__).parent / "clients" / "requirements" / f"{name}.txt").read_text()
        assert not ("cyscale==" in pins and "scalecodec==" in pins), name


@pytest.mark.slow
@pytest.mark.parametrize("name", clients())
def test_an_environment_is_made_once_and_again_when_it_is_broken(name: str, tmp_path: Path) -> None:
    python = python_of(name, tmp_path)
    made = (python.parent.parent / "made-of").stat().st_mtime_ns
    assert python_of(name, tmp_path) == python
    assert (python.parent.parent / "made-of").stat().st_mtime_ns == made
    (python.parent.parent / "made-of").write_text("other pins")
    python_of(name, tmp_path)
    assert (python.parent.parent / "made-of").read_text() != "other pins"
