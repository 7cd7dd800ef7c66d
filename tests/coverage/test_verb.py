"""`netctl coverage`, on the stand-ins' own databases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from netctl.rehearsal.store import Store
from netctl.rehearsal.world import World
from tests.cli.program import Ended, call

PROFILE = """\
name: grounds
network: test
netuid: 428
neurons: {pack: resi, path: ./checkout}
miners:
  - {name: "miner_{i}", count: 4, wallet: "w{i}", hotkey: "h{i}"}
validators:
  - {name: validator_1, wallet: v, hotkey: v, stake: 310}
"""
GROUND = {
    "miner_1": ["77494", "08701", "77449"],
    "miner_2": ["77494", "10001"],
    "miner_3": ["59901"],
}
"""What three hold; the fourth has not started."""


@pytest.fixture
def netctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """`netctl coverage WORDS` on a rehearsal whose miners have stored a page of each zipcode."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NETCTL_HOME", str(tmp_path / "home"))
    Path("grounds.yaml").write_text(PROFILE)
    world = World(7)
    for name, zipcodes in GROUND.items():
        work = tmp_path / "home" / "grounds-rehearsal" / "work" / name
        work.mkdir(parents=True)
        store = Store(work / "store.sqlite")
        for zipcode in zipcodes:
            store.add(world.page(zipcode, 1000)[:20], hour=1000, now_s=60_000.0)
        store.close()

    def run(*words: str) -> Ended:
        ended = call(capsys, "coverage", "-p", "grounds.yaml", "--rehearse", *words)
        return Ended(ended.code, ended.out.replace(str(tmp_path), "/here"), ended.err.replace(str(tmp_path), "/here"))

    return run


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tables", ()),
        ("gaps", ("--gaps", "--state", "TX", "--state", "nj", "--tier", "t1", "--tier", "t2")),
        ("narrow", ("--neuron", "miner_1", "--state", "TX")),
    ],
)
def test_it_reads_as_reviewed(
    netctl: Callable[..., Ended], golden: Callable[[str, str], None], name: str, words: tuple[str, ...]
) -> None:
    golden(f"coverage-{name}.txt", netctl(*words).out)


def test_a_miner_without_a_database_is_told_and_the_others_go_on(netctl: Callable[..., Ended]) -> None:
    assert netctl().code == 1
    assert netctl("--neuron", "miner_1", "--neuron", "miner_2").code == 0
    found = netctl("--json")
    assert (found.code, found.err, found.document["ok"]) == (1, "", False)
    by_name = {miner["name"]: miner for miner in found.document["miners"]}
    assert by_name["miner_4"]["zipcodes"] is None
    assert "is not there" in by_name["miner_4"]["problem"]
    assert by_name["miner_1"]["zipcodes"] == 3


def test_the_document_holds_what_the_tables_do(netctl: Callable[..., Ended]) -> None:
    found = netctl("--json", "--gaps").document
    assert (found["fleet"], found["rehearsal"]) == ("grounds-rehearsal", True)
    assert (found["universe"]["zipcodes"], len(found["gaps"])) == (263, 258)
    first = found["miners"][0]
    assert first["premium"] == {**dict.fromkeys(found["universe"]["premium"], 0), "77494": 20, "08701": 20, "77449": 20}
    assert first["states"]["NJ"] == {"zipcodes": 8, "held": 1, "entities": 20, "bytes": first["held"]["08701"]["bytes"]}
    assert first["validated"] is None
    assert first["hhi"] == pytest.approx(1 / 3)
    assert found["overlap"] == {
        "miners": ["miner_1", "miner_2", "miner_3"],
        "jaccard": [[1.0, 0.25, 0.0], [0.25, 1.0, 0.0], [0.0, 0.0, 1.0]],
    }
    assert found["concentration"]["zipcodes_over_miners"]["gini"] == pytest.approx(2 / 9)
    # Hour 1000 of a clock that runs sixty times as fast.
    assert first["newest_at"] == "1970-01-01T16:40:00Z"


def test_profiles_args_say_where_a_database_lies(netctl: Callable[..., Ended], tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere.sqlite"
    (tmp_path / "home/grounds-rehearsal/work/miner_3/store.sqlite").rename(moved)
    text = PROFILE.replace("miners:", f"defaults: {{args: {{neuron.database_name: {moved}}}}}\nminers:")
    Path("grounds.yaml").write_text(text.replace("count: 4", "count: 1"))
    found = netctl("--json").document["miners"]
    assert [(miner["name"], list(miner["held"])) for miner in found] == [("miner_1", ["59901"])]


def test_what_lies_on_a_node_is_not_told_from_what_lies_here(netctl: Callable[..., Ended]) -> None:
    nodes = "[{name: nd1, address: 10.77.0.11}]"
    swarm = f"host: swarm\nhosts: {{manager: 'ssh://ops@nd1', here: 10.77.0.1, nodes: {nodes}}}\n"
    Path("grounds.yaml").write_text(PROFILE.replace("miners:", f"{swarm}miners:", 1))
    ended = netctl("--json", "--neuron", "miner_1")
    (miner,) = ended.document["miners"]
    assert (ended.code, miner["zipcodes"]) == (1, None)
    assert miner["problem"] == "lies on nd1, and cannot be read from here"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--tier", "t5"), "no tier t5 in the subnet's list of zipcodes"),
        (("--state", "PR"), "no state PR in the subnet's list of zipcodes"),
        (("--neuron", "validator_1"), "fleet grounds-rehearsal has no miner validator_1"),
    ],
)
def test_what_there_is_not_is_refused(netctl: Callable[..., Ended], words: tuple[str, ...], said: str) -> None:
    ended = netctl(*words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_without_the_subnets_checkout_its_list_is_missed(
    netctl: Callable[..., Ended], capsys: pytest.CaptureFixture[str]
) -> None:
    ended = call(capsys, "coverage", "-p", "grounds.yaml")
    assert (ended.code, ended.out) == (4, "")
    assert "the list of zipcodes cannot be read" in ended.err
    assert netctl("--neuron", "miner_1").code == 0


@pytest.mark.slow
def test_the_picture_is_put_in_place_whole(netctl: Callable[..., Ended], tmp_path: Path) -> None:
    ended = netctl("--svg", "map.svg", "--map", "--neuron", "miner_1")
    assert ended.code == 0
    assert (tmp_path / "map.svg").read_text().startswith("<svg ")
    drawn = ended.out.splitlines()[1:-1]
    assert sum(line.count("+") for line in drawn) == 2, "the two of Katy are one cell, Lakewood another"
    assert ended.err == "wrote map.svg\n"
    refused = netctl("--svg", "no/such/place.svg", "--neuron", "miner_1")
    assert (refused.code, "no/such/place.svg cannot be written" in refused.err) == (2, True)
    (tmp_path / "folder").mkdir()
    assert netctl("--svg", "folder", "--neuron", "miner_1").code == 2
    (tmp_path / "folder").rmdir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["grounds.yaml", "home", "map.svg"]
