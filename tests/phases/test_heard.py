"""What a validator lacks to be heard, in words with figures; and the limit as the miners get it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from netctl.fleet import Fleet, Network, NetworkKind, NeuronsCode
from netctl.heard import Miners, Since, lack_of, miners_of
from netctl.ports import Metagraph, MetagraphRow
from tests.phases import fleets
from tests.phases.fleets import TAO

pytestmark = pytest.mark.fast

LIMIT = Miners(300 * TAO)


def row(stake_tao: float, *, permit: bool = True, uid: int = 0) -> MetagraphRow:
    stake = int(stake_tao * TAO)
    return MetagraphRow(uid, f"5H{uid}", "5C", 0, permit, True, None, 0, 0.0, 0.0, 0, 0.0, stake)


def graph(*rows: MetagraphRow, most: int = 64, last_epoch: int = 700) -> Metagraph:
    return Metagraph(428, 812, rows, last_epoch, most)


def test_one_with_stake_and_permit_lacks_nothing() -> None:
    assert lack_of(row(300), LIMIT, graph(row(300))) is None
    assert lack_of(row(0), Miners(), graph(row(0))) is None


def test_stake_below_the_limit_is_told_by_how_much_and_since_when() -> None:
    lack = "its stake of 299.5 is 0.5 below the miners' limit of 300.0"
    assert lack_of(row(299.5), LIMIT) == lack
    assert lack_of(row(299.5), LIMIT, since=Since(staked_at=77)) == f"{lack}, since block 77 or before"


def test_a_missing_permit_is_told_with_the_epochs_around_it() -> None:
    low = row(310, permit=False)
    assert lack_of(low, LIMIT) == "it has no validator permit"
    assert lack_of(low, LIMIT, graph(low), Since(next_epoch=830)) == (
        "it has no validator permit: the epoch in block 700 gave it none, the next epoch is in 18 blocks"
    )
    young = lack_of(low, LIMIT, graph(low, last_epoch=0), Since(next_epoch=830))
    assert young == "it has no validator permit, the next epoch is in 18 blocks"


def test_what_is_missing_to_the_last_permit_is_told_where_all_are_taken() -> None:
    low, others = row(310, permit=False), (row(900, uid=1), row(500, uid=2))
    lack = lack_of(low, LIMIT, graph(low, *others, most=2))
    assert lack is not None
    assert lack.endswith("gave it none, and lacks 190.0 to the last of 2 who have one")
    free = lack_of(low, LIMIT, graph(low, *others, most=3))
    assert free is not None
    assert "lacks" not in free


def test_one_without_stake_gets_no_permit() -> None:
    low = row(0, permit=False)
    assert str(lack_of(low, Miners(), graph(low))).endswith("gave it none, and no stake to get one")


def fleet(kind: NetworkKind, *args: tuple[str, str | None], netuid: int = 428) -> Fleet:
    miner = fleets.neuron("miner_1", args=args)
    code = NeuronsCode(Path("/nowhere"), Path("/nowhere/python"), "resi")
    return replace(fleets.fleet(miner), network=Network(kind, "ws://x"), code=code, netuid=netuid)


@pytest.mark.parametrize(
    ("kind", "netuid", "limit"), [("test", 428, 300), ("test", 7, 300), ("finney", 46, 10_000), ("custom", 428, 300)]
)
def test_the_limit_is_what_the_miners_are_started_with(kind: NetworkKind, netuid: int, limit: int) -> None:
    assert miners_of(fleet(kind, netuid=netuid)).limit_rao == limit * TAO


def test_the_profiles_own_option_wins() -> None:
    assert miners_of(fleet("test", ("vpermit_rao_limit", "55.5"))).limit_rao == 55.5 * TAO


def test_a_pack_that_is_not_there_asks_for_nothing() -> None:
    lost = replace(fleet("test"), code=NeuronsCode(None, Path("/x"), "no-such-pack"))
    assert miners_of(lost) == Miners()
