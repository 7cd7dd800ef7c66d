"""What a pack says of a miner's work, and of the API that neurons call, is checked like the rest of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from netctl import packs
from netctl.errors import ProfileError

pytestmark = pytest.mark.fast

GOOD = """\
pack: mine
title: Mine
activity:
  looked: {signal: page, amount: count}
  rounds: {signal: page}
  quality: {signal: checked, outcome: verdict, good: [fine], bad: [poor]}
api:
  name: Listings
  variable: LISTINGS_KEY
  told: [{role: miner, signal: page}, {role: validator, signal: checked, calls: 2}]
  expected: [{role: miner, calls: 2, every: 5m}]
roles:
  miner:
    program: [run]
    signals:
      - name: page
        match: '(?P<count>[0-9]+) in (?P<z>[0-9]{5})'
        means: m
        fields: {z: zipcode, count: int}
        examples: [7 in 08701]
      - {name: idle, match: 'idle', means: m, examples: [idle]}
  validator:
    program: [run]
    signals:
      - name: checked
        match: 'checked (?P<how>.*)'
        means: m
        sort: {of: how, into: verdict, classes: {poor: bad}, otherwise: fine}
        examples: [checked bad]
"""


def load(tmp_path: Path, text: str) -> packs.Pack:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "pack.yaml").write_text(text)
    return packs.load(str(tmp_path / "mine"))


def test_a_pack_of_another_subnet_says_it_all_without_python(tmp_path: Path) -> None:
    spec = load(tmp_path, GOOD).spec
    assert spec.activity is not None
    assert spec.api is not None
    assert (spec.activity.looked.amount, spec.activity.sent) == ("count", None)
    assert [told.calls for told in spec.api.told] == [1, 2]
    assert spec.api.expected[0].every_s == 300


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("looked: {signal: page,", "looked: {signal: pages,", "4: activity.looked.signal: no miner has a signal pages"),
        ("amount: count", "amount: counts", "4: activity.looked.amount: signal page has no field counts"),
        (
            "looked: {signal: page, amount: count}",
            "looked: {signal: idle}",
            "4: activity.looked.signal: it tells of no zipcode",
        ),
        (
            "signal: checked, outcome",
            "signal: page, outcome",
            "6: activity.quality.signal: no validator has a signal page",
        ),
        ("outcome: verdict", "outcome: score", "6: activity.quality.outcome: signal checked has no field score"),
        ("good: [fine], ", "", "6: activity.quality.good: field required"),
        (
            "told: [{role: miner, signal: page}",
            "told: [{role: miner, signal: pge}",
            "10: api.told[0].signal: no miner has a signal pge",
        ),
        (
            "role: validator, signal: checked",
            "role: miner, signal: checked",
            "10: api.told[1].signal: no miner has a signal checked",
        ),
        (
            "calls: 2}]\n  expected",
            "calls: 0}]\n  expected",
            "10: api.told[1].calls: input should be greater than or equal to 1",
        ),
        ("every: 5m", "every: 5", "11: api.expected[0].every: expected a duration"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(ProfileError) as caught:
        load(tmp_path, GOOD.replace(old, new))
    assert told in "\n".join(f"{fault.line}: {fault.field}: {fault.message}" for fault in caught.value.faults)
