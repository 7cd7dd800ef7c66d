"""Every class of fault is a file under bad/, with exactly the faults it must show beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl.errors import Fault, ProfileError
from netctl.profile import load

pytestmark = pytest.mark.fast

BAD = sorted((Path(__file__).parent / "bad").glob("*.yaml"))
PACKS = ("rehearsal", "resi")


def _faults(path: Path) -> tuple[Fault, ...]:
    with pytest.raises(ProfileError) as caught:
        load(path, packs=PACKS)
    return caught.value.faults


def _written(faults: tuple[Fault, ...]) -> str:
    return "\n".join(f"{f.line} {f.field or '-'}\n  {f.message}\n  hint: {f.hint}\n" for f in faults)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_bad_profile_shows_exactly_its_faults_each_with_a_place_and_a_way_out(path: Path) -> None:
    faults = _faults(path)
    assert _written(faults) == path.with_suffix(".expected").read_text(encoding="utf-8")
    for fault in faults:
        assert fault.file == path
        assert fault.line is not None
        assert 1 <= fault.line <= path.read_bytes().count(b"\n") + 1
        assert fault.message
        assert fault.hint
        assert not fault.hint.endswith(".")
        assert not fault.hint[0].isupper()


def test_at_least_sixty_classes_of_fault_are_covered() -> None:
    singles = [path for path in BAD if not path.stem.startswith("mixed")]
    shown = {path.with_suffix(".expected").read_text(encoding="utf-8").split("\n", 1)[1] for path in singles}
    assert len(shown) >= 60


@pytest.mark.parametrize("path", [path for path in BAD if path.stem.startswith("mixed")], ids=lambda path: path.stem)
def test_a_mixed_profile_shows_all_of_its_faults_at_once(path: Path) -> None:
    assert len(_faults(path)) >= 5


def test_no_expectation_is_left_without_its_profile() -> None:
    expected = {path.stem for path in (Path(__file__).parent / "bad").glob("*.expected")}
    assert expected == {path.stem for path in BAD}


@pytest.mark.parametrize(
    "name",
    [
        "mnemonic",
        "mnemonic-as-a-key",
        "mnemonic-of-24-words",
        "private-key",
        "private-key-as-a-key-twice",
        "private-key-unquoted",
        "secret-in-env",
    ],
)
def test_a_secret_is_never_repeated(name: str) -> None:
    faults = _faults(Path(__file__).parent / "bad" / f"{name}.yaml")
    shown = " ".join(str(fault) + fault.hint for fault in faults)
    assert not any(secret in shown for secret in ("abandon", "0123456789", "5f3c0a9b7e"))
