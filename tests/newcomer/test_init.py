"""netctl init at the command line: what it writes, what it says, and that it never writes over anything."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import yaml

from netctl import packs
from netctl.adapters import disk
from netctl.newcomer.laying import shipped
from tests.cli.program import Ended, call
from tests.newcomer.trees import NAMES, copied, written

pytestmark = pytest.mark.fast
RUN = "if __name__ == '__main__':\n    pass\n"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of the user's, with a checkout beside it."""
    copied("bare", tmp_path / "my-subnet")
    (tmp_path / "fleet").mkdir()
    monkeypatch.chdir(tmp_path / "fleet")
    return tmp_path / "fleet"


def everything(place: Path) -> dict[str, bytes]:
    return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def done(capsys: pytest.CaptureFixture[str], *words: str) -> Ended:
    ended = call(capsys, "init", *words)
    assert ended.code == 0, ended.err
    return ended


def test_what_netctl_brings_is_copied_out_and_can_be_edited(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = done(capsys)
    assert set(everything(place)) == {target.path for target in shipped()}
    for shelf in ("profiles", "templates", "runbooks"):
        for path in (ROOT / shelf).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert (place / path.relative_to(ROOT)).is_file()
    assert stat.S_IMODE((place / "profiles/day2.yaml").stat().st_mode) & 0o444 == 0o444
    assert "wrote profiles/day2.yaml" in ended.err
    assert "  netctl fleet up profiles/day2.yaml --rehearse" in ended.err
    pack = place / "templates/resi/pack.yaml"
    pack.write_text(pack.read_text().replace("title: RESI", "title: My RESI"))
    named = yaml.safe_load((place / "profiles/day2.yaml").read_text())["neurons"]["pack"]
    assert packs.load(named, place / "profiles").spec.title.startswith("My RESI")
    assert call(capsys, "profile", "validate", *map(str, (place / "profiles").glob("*.yaml"))).code == 0


def test_a_changed_file_stays_and_is_named_and_a_missing_one_comes_back(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done(capsys)
    (place / "profiles/day2.yaml").write_text("mine")
    (place / "templates/resi/pack.yaml").write_text("mine too")
    (place / "profiles/two-validators.yaml").unlink()
    before = everything(place)
    ended = done(capsys, "--json")
    document = ended.document
    assert document["wrote"] == ["profiles/two-validators.yaml"]
    assert document["other"] == ["profiles/day2.yaml", "templates/resi/pack.yaml"]
    assert len(document["same"]) == len(before) - 2
    after = everything(place)
    assert {path: after[path] for path in before} == before
    assert "left alone: profiles/day2.yaml" in ended.err
    assert "left alone: templates/resi/pack.yaml" in ended.err


def test_a_dry_run_writes_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = done(capsys, "there", "--dry-run")
    assert "would write there/profiles/day2.yaml" in ended.err
    ended = done(capsys, "--from-repo", "../my-subnet", "--dry-run")
    assert "would write profiles/my-subnet.yaml" in ended.err
    assert "name: my-subnet" in ended.out
    document = done(capsys, "--from-repo", "../my-subnet", "--dry-run", "--json").document
    assert document["would_write"] == ["profiles/my-subnet.yaml", "templates/my-subnet/pack.yaml"]
    assert document["wrote"] == []
    assert everything(place) == {}


@pytest.mark.parametrize("name", NAMES)
def test_a_checkout_gets_a_pack_and_a_profile(
    tmp_path: Path, place: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    copied(name, tmp_path / name)
    ended = done(capsys, "--from-repo", f"../{name}", "--json")
    document = ended.document
    assert document["wrote"] == [f"profiles/{name}.yaml", f"templates/{name}/pack.yaml"]
    assert set(everything(place)) == set(document["wrote"])
    assert {guess["certainty"] for guess in document["guesses"]} <= {"certain", "likely", "guessed"}
    assert document["next"][-1] == f"netctl fleet up profiles/{name}.yaml --rehearse"
    for line in document["next"]:
        words = line.split()
        assert words[0] == "netctl"
        if words[1:3] == ["profile", "validate"]:
            assert call(capsys, *words[1:]).code == 0


def test_it_says_what_to_look_at_and_what_to_type(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(place.parent / "keyed", miner_py=f"import os\nos.environ['LISTINGS_API_KEY']\n{RUN}")
    ended = done(capsys, "--from-repo", "../keyed")
    assert "miner: miner.py" in ended.err
    assert "note: miner.py: no option or variable was found that tells it its hotkey" in ended.err
    assert "note: no interpreter in the checkout" in ended.err
    assert "  export LISTINGS_API_KEY=..." in ended.err
    assert ended.out == ""


def test_typed_again_it_writes_nothing_and_says_so(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done(capsys, "--from-repo", "../my-subnet")
    before = everything(place)
    ended = done(capsys, "--from-repo", "../my-subnet")
    assert "there already, just as it would be written: profiles/my-subnet.yaml" in ended.err
    assert "wrote" not in ended.err
    assert everything(place) == before


def test_files_in_the_way_are_all_named_and_nothing_is_written(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done(capsys, "--from-repo", "../my-subnet")
    for path in ("profiles/my-subnet.yaml", "templates/my-subnet/pack.yaml"):
        (place / path).write_text("mine")
    before = everything(place)
    ended = call(capsys, "init", "--from-repo", "../my-subnet")
    assert ended.code == 2
    assert "profiles/my-subnet.yaml, templates/my-subnet/pack.yaml" in ended.err
    assert "--name" in ended.err
    assert everything(place) == before
    (place / "templates/my-subnet/pack.yaml").unlink()
    before = everything(place)
    assert call(capsys, "init", "--from-repo", "../my-subnet").code == 2
    assert everything(place) == before
    done(capsys, "--from-repo", "../my-subnet", "--name", "another")
    assert (place / "templates/another/pack.yaml").is_file()
    assert (place / "profiles/my-subnet.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from-repo", "../gone"], "expected a subnet's checkout, found nothing there"),
        (["--from-repo", "../my-subnet/miner.py"], "expected a subnet's checkout, found a file"),
        (["--from-repo", "."], "no miner found: neither neurons/miner.py, miner.py, src/miner.py"),
        (["--from-repo", "../my-subnet", "--validator", "gone.py"], "gone.py: no file of the checkout"),
        (["--from-repo", "../my-subnet", "--python", "gone"], "gone: no interpreter there"),
        (["../my-subnet/miner.py"], "miner.py is no directory"),
        (["--name", "x", "--netuid", "3"], "--name, --netuid: only for a checkout"),
    ],
)
def test_a_fault_is_two_lines(place: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    ended = call(capsys, "init", *words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert [line.split(":")[0] for line in ended.err.splitlines()] == ["error", "hint"]
    assert everything(place) == {}


def test_a_directory_that_cannot_be_written_to_is_a_fault(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "profiles").write_text("a file of the user's")
    ended = call(capsys, "init", "--from-repo", "../my-subnet")
    assert ended.code == 2
    assert (place / "profiles").read_text() == "a file of the user's"


def test_what_the_user_says_comes_over_what_is_guessed(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place.parent / "python").write_text("")
    done(capsys, "--from-repo", "../my-subnet", "--name", "first", "--netuid", "99", "--python", "../python")
    document = yaml.safe_load((place / "profiles/first.yaml").read_text())
    assert (document["name"], document["netuid"]) == ("first", 99)
    assert (place / "profiles" / document["neurons"]["python"]).resolve() == place.parent / "python"
    assert document["rehearsal"]["neurons"]["pack"] == "../templates/first"


def test_inside_the_checkout_the_paths_are_right_too(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place.parent / "my-subnet")
    done(capsys, "--from-repo", ".")
    document = yaml.safe_load(Path("profiles/my-subnet.yaml").read_text())
    assert document["neurons"]["path"] == ".."


def test_a_file_that_comes_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    disk.create(tmp_path / "a" / "b", b"first")
    with pytest.raises(FileExistsError):
        disk.create(tmp_path / "a" / "b", b"second")
    assert everything(tmp_path) == {"a/b": b"first"}
