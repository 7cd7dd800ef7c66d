"""What a pack says of zipcodes and holdings is checked like the rest of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl import packs
from netctl.errors import ProfileError

pytestmark = pytest.mark.fast

GOOD = """\
pack: mine
title: Mine
zipcodes: {path: z.csv, zipcode: zip, rank: size, tiers: [{name: t1, last_rank: 10}, {name: t2}]}
holdings: {owned: database, table: Rows, label: zip, prefix: "zip:", bytes: size, time: {column: hour}}
roles:
  miner:
    program: [run]
    owns: [{what: database, option: --db}, {what: axon port, kind: port, option: --port}]
  validator:
    program: [run]
    signals: [{name: seen, match: 'zip (?P<z>[0-9]{5})', means: m, fields: {z: zipcode}, examples: [zip 08701]}]
"""


def load(tmp_path: Path, text: str) -> packs.Pack:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "pack.yaml").write_text(text)
    return packs.load(str(tmp_path / "mine"))


def test_a_pack_of_another_subnet_says_it_all_without_python(tmp_path: Path) -> None:
    spec = load(tmp_path, GOOD).spec
    assert spec.zipcodes is not None
    assert spec.holdings is not None
    assert [tier.name for tier in spec.zipcodes.tiers] == ["t1", "t2"]
    assert (spec.holdings.table, spec.holdings.time is not None) == ("Rows", True)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("owned: database", "owned: databse", "4: holdings.owned: no miner owns a file databse"),
        ("owned: database", "owned: axon port", "4: holdings.owned: no miner owns a file axon port"),
        ("table: Rows", "table: 'Rows; DROP'", "4: holdings.table: string should match pattern"),
        ("label: zip", "label: 'a]b'", "4: holdings.label: string should match pattern"),
        (
            "prefix:",
            "validation: {asked: [seen, bad]}, prefix:",
            "4: holdings.validation.asked[1]: no signal bad has a zipcode",
        ),
        (GOOD.splitlines()[2] + "\n", "", "3: holdings: there is no list of zipcodes to hold it against"),
        ("rank: size, ", "", "3: zipcodes: value error, tiers are cut by rank: name its column"),
        ("{name: t2}", "{name: t1}", "3: zipcodes: value error, tiers: each needs a name of its own"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    with pytest.raises(ProfileError) as caught:
        load(tmp_path, GOOD.replace(old, new))
    assert any(f"pack.yaml:{told}" in str(fault) for fault in caught.value.faults), list(map(str, caught.value.faults))
