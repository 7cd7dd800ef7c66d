"""What holds on the chain whatever its subnets do: sums to the rao, bounds, and no reward without stake behind it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netctl.devchain.storage import Item
from tests.devchain.lab import ALICE, BOB, TAO
from tests.devchain.laws import LOST_IN_A_BLOCK, check, check_growth
from tests.oracle import reading
from tests.oracle.compare import rao_tolerance
from tests.oracle.stage import Stage, a_stage
from tests.oracle.yuma import U16


def issuance(stage: Stage) -> int:
    return int(reading.read(stage.chain.view(), "TotalIssuance"))


def mine_counting(stage: Stage, blocks: int) -> None:
    """Empty blocks, after each of which TAO and alpha have to have grown by what a block emits, and be somewhere.

    Whose the alpha is, is known but for what rounding loses: a rao for each part of a block, some at an epoch.
    """
    tao, alpha = issuance(stage), stage.read("SubnetAlphaIn") + stage.read("SubnetAlphaOut")
    pool, unowned = reading.read(stage.chain.view(), "SubnetTAO", stage.netuid), check(stage.chain.view())
    near = rao_tolerance(len(stage.hotkeys), stage.read("Tempo") * TAO)
    for block in range(1, blocks + 1):
        stage.mine()
        assert issuance(stage) - tao == block * TAO
        assert stage.read("SubnetTAO") - pool == block * TAO
        assert stage.read("SubnetAlphaIn") + stage.read("SubnetAlphaOut") - alpha == block * TAO
        before, unowned = unowned, check(stage.chain.view())
        check_growth(before, unowned, stage.chain.view())
        assert unowned[stage.netuid] - before[stage.netuid] <= near + LOST_IN_A_BLOCK


def test_emission_adds_up_to_the_rao_in_every_block() -> None:
    with a_stage([300, 250, 100, 0, 0, 0], tempo=30) as stage:
        for uid, row in ((0, {3: 60, 4: 30, 5: 10}), (1, {3: 20, 4: 70, 5: 10}), (2, {5: 1})):
            stage.weights(uid, row)
        stage.mine()
        mine_counting(stage, 400)


@pytest.mark.slow
def test_emission_adds_up_to_the_rao_over_thousands_of_blocks() -> None:
    with a_stage([313, 257, 101, 0, 0, 0, 0], tempo=37) as stage:
        for uid, row in ((0, {3: 61, 4: 29, 5: 7}), (1, {3: 23, 4: 71, 6: 3}), (2, {5: 1})):
            stage.weights(uid, row)
        stage.mine()
        mine_counting(stage, 10_000)


def test_tao_that_two_subnets_share_adds_up_to_the_rao() -> None:
    with a_stage([300, 0, 0], tempo=30) as stage:
        stage.fund(ALICE)
        stage.call(ALICE, "register_network", hotkey=BOB.ss58_address)
        stage.chain.seal(lambda frame: Item("SubtensorModule", "StartCallDelay").put(frame, 0))
        stage.call(ALICE, "start_call", netuid=2)
        stage.root("sudo_set_subnet_emission_enabled", netuid=2, enabled=True)
        stage.chain.seal(lambda frame: Item("SubtensorModule", "SubnetMovingPrice").put(frame, {"bits": 1 << 31}, 2))
        stage.mine(2)
        tao = issuance(stage)
        pools = {netuid: reading.read(stage.chain.view(), "SubnetTAO", netuid) for netuid in (1, 2)}
        stage.mine(100)
        grown = {netuid: reading.read(stage.chain.view(), "SubnetTAO", netuid) - pools[netuid] for netuid in pools}
        assert sum(grown.values()) == issuance(stage) - tao
        assert 100 * TAO - 200 <= issuance(stage) - tao <= 100 * TAO
        assert grown[1] > grown[2] > 0


def test_consensus_never_exceeds_what_kappa_of_the_stake_agrees_to() -> None:
    with a_stage([300, 250, 100, 0, 0, 0]) as stage:
        for uid, row in ((0, {3: 60, 4: 30, 5: 10}), (1, {3: 20, 4: 70, 5: 10}), (2, {5: 1})):
            stage.weights(uid, row)
        stage.mine_epoch()
        before = reading.subnet(stage.chain.view(), stage.netuid, stage.chain.head.number)
        for uid, agreed in enumerate(stage.read("Consensus")):
            given_by = [dict(row).get(uid, 0) / max(1, sum(row.values())) for row in before.weights]
            behind = sum(
                float(stake)
                for stake, share in zip(before.stake, given_by, strict=True)
                if share * U16 >= agreed - 1 and stake
            )
            assert agreed == 0 or behind / float(sum(before.stake)) >= float(before.kappa) - 1e-6


@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.integers(2, 5), st.integers(1, 65_535), min_size=1))
def test_validator_without_stake_moves_nothing(row: dict[int, int]) -> None:
    """Its permit and its weights are put into the storage by force: no call would take them."""
    told = []
    for is_there in (False, True):
        with a_stage([300, 0, 0, 0, 0, 0]) as stage:
            stage.weights(0, {2: 3, 3: 1})
            stage.mine()
            if is_there:
                stage.chain.seal(lambda frame: put_vote(frame, 1, row))
            else:
                stage.mine()
            stage.mine_epoch()
            told.append([stage.read(name) for name in ("Incentive", "Consensus", "Dividends", "Emission")])
            assert all(amount == 0 for uid, amount in enumerate(stage.read("Incentive")) if uid not in (2, 3))
    assert told[0] == told[1]


def put_vote(frame: object, uid: int, row: dict[int, int]) -> None:
    def item(name: str) -> Item:
        return Item("SubtensorModule", name)

    item("Weights").put(frame, sorted(row.items()), 1, uid)  # type: ignore[arg-type]
    item("ValidatorPermit").put(frame, [True, True, False, False, False, False], 1)  # type: ignore[arg-type]
    item("LastUpdate").put(frame, [frame.block] * 6, 1)  # type: ignore[arg-type,attr-defined]


def test_nobody_earns_where_nobody_has_stake() -> None:
    with a_stage([0, 0, 0]) as stage:
        stage.chain.seal(lambda frame: put_vote_all(frame))
        stage.mine_epoch()
        assert stage.read("Incentive") == stage.read("Dividends") == [0, 0, 0]
        for hotkey in stage.hotkeys:
            assert reading.read(stage.chain.view(), "TotalHotkeyAlpha", hotkey.ss58_address, 1) == 0


def put_vote_all(frame: object) -> None:
    Item("SubtensorModule", "Weights").put(frame, [(1, 1), (2, 1)], 1, 0)  # type: ignore[arg-type]
    Item("SubtensorModule", "ValidatorPermit").put(frame, [True, False, False], 1)  # type: ignore[arg-type]
    Item("SubtensorModule", "LastUpdate").put(frame, [frame.block] * 3, 1)  # type: ignore[arg-type,attr-defined]
