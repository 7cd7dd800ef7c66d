"""The funding sheet is a pure function of what is due and what is there."""

from __future__ import annotations

from typing import Any

import pytest

from netctl.money import tao_short
from netctl.paying.dues import Dues
from netctl.paying.sheet import Line, sheet_of
from netctl.phases.funding import FundingFacts
from netctl.ports import BlockRef, BurnRule, KeyFacts, MetagraphRow
from tests.phases import fleets
from tests.phases.fleets import TAO

pytestmark = pytest.mark.fast

RULE = BurnRule(TAO, 500_000, 100 * TAO, 1.26, 360)


def lines(free: dict[str, float], *names: str, registered: tuple[str, ...] = (), **changes: Any) -> list[Line]:
    fleet = fleets.fleet(*(fleets.neuron(name) for name in names), kind="test", **changes)
    keys = {name: KeyFacts(f"5C{name}", f"5H{name}", True, False) for name in names}
    row = MetagraphRow(0, "5H", "5C", 0, True, True, None, 0, 0.0, 0.0, 0, 0.0)
    subnet: Any = object()
    dues = Dues(BlockRef(7, "0x"), 0.0, 12.0, keys, subnet, RULE, dict.fromkeys(registered, row), {})
    held = {f"wallet_{name}": int(tao * TAO) for name, tao in free.items()}
    return list(sheet_of(fleet, FundingFacts(dues, held, None, 0)).lines)


def test_one_that_is_short_is_asked_for_a_step_of_the_price_and_the_reserve_as_well() -> None:
    (line,) = lines({"miner_1": 0.5}, "miner_1")
    assert (tao_short(line.needs_rao), tao_short(line.short_rao)) == ("1.268076818", "0.768076818")


def test_one_that_has_what_is_due_is_not_asked_for_more() -> None:
    (line,) = lines({"miner_1": 1.1}, "miner_1")
    assert (tao_short(line.needs_rao), line.short_rao) == ("0.998576943", 0)


def test_a_coldkey_with_nothing_due_is_listed_with_what_it_has() -> None:
    first, second = lines({"miner_1": 0.3}, "miner_1", "miner_2", registered=("miner_1",))
    assert (first.has_rao, first.needs_rao, first.short_rao) == (3 * TAO // 10, 0, 0)
    assert second.short_rao > TAO


def test_on_the_testnet_it_says_how_tao_is_come_by() -> None:
    fleet = fleets.fleet(fleets.neuron("miner_1"), kind="test")
    keys = {"miner_1": KeyFacts("5C", "5H", True, False)}
    subnet: Any = object()
    dues = Dues(BlockRef(7, "0x"), 0.0, 12.0, keys, subnet, RULE, {}, {})
    advice = sheet_of(fleet, FundingFacts(dues, {}, None, 0)).advice
    assert advice is not None
    assert "Discord" in advice
    assert sheet_of(fleet, FundingFacts(dues, {"wallet_miner_1": 9 * TAO}, None, 0)).advice is None
