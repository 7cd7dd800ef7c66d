"""Epochs of the real chain, each predicted from the state before it by the independent computation."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from bittensor_core import Keypair

from netctl.devchain.pallets.subtensor.commits import commit_hash
from netctl.devchain.storage import Item
from tests.devchain.lab import ALICE
from tests.oracle.compare import assert_next_epoch, rao_tolerance
from tests.oracle.reading import read
from tests.oracle.stage import Stage, a_stage

EPOCHS = 3
WEIGHTS = {0: {3: 60, 4: 30, 5: 10}, 1: {3: 20, 4: 70, 5: 10}, 2: {5: 1}}
MODES: dict[str, Callable[[Stage], None]] = {
    "as the chain has it": lambda stage: None,
    "yuma 2": lambda stage: stage.root("sudo_set_yuma3_enabled", netuid=1, enabled=False),
    "liquid alpha": lambda stage: stage.root("sudo_set_liquid_alpha_enabled", netuid=1, enabled=True),
    "liquid alpha by current consensus": lambda stage: liquid(stage, "Current"),
    "liquid alpha by previous consensus": lambda stage: liquid(stage, "Previous"),
    "half a bonds penalty": lambda stage: stage.root("sudo_set_bonds_penalty", netuid=1, bonds_penalty=32_768),
    "no bonds penalty": lambda stage: stage.root("sudo_set_bonds_penalty", netuid=1, bonds_penalty=0),
    "kappa of three quarters": lambda stage: stage.root("sudo_set_kappa", netuid=1, kappa=49_151),
    "fast bonds": lambda stage: stage.root("sudo_set_bonds_moving_average", netuid=1, bonds_moving_average=300_000),
    "two permits": lambda stage: stage.root("sudo_set_max_allowed_validators", netuid=1, max_allowed_validators=2),
}


def liquid(stage: Stage, mode: str) -> None:
    stage.root("sudo_set_liquid_alpha_enabled", netuid=1, enabled=True)
    stage.root("sudo_set_liquid_alpha_consensus_mode", netuid=1, mode=mode)


def disagree(stage: Stage) -> None:
    """Three validators, three miners: a majority, a minority, and one that favours a single miner."""
    for uid, row in WEIGHTS.items():
        stage.weights(uid, row)


@pytest.mark.parametrize("mode", MODES)
def test_epochs_are_as_predicted(mode: str) -> None:
    with a_stage([300, 250, 100, 0, 0, 0]) as stage:
        MODES[mode](stage)
        disagree(stage)
        for _ in range(EPOCHS):
            assert_next_epoch(stage)
        stage.weights(1, {3: 50, 4: 40, 5: 10})
        paid = assert_next_epoch(stage)
        assert sum(paid.incentive.values()) > 0


def test_validator_that_fell_silent_is_left_out_as_predicted() -> None:
    with a_stage([300, 250, 0, 0], tempo=30) as stage:
        stage.root("sudo_set_activity_cutoff_factor", netuid=1, factor_milli=2_000)
        stage.weights(0, {2: 1})
        stage.weights(1, {3: 1})
        assert_next_epoch(stage)
        seen = set()
        for _ in range(3):
            stage.weights(1, {3: 1})
            seen.add(tuple(assert_next_epoch(stage).outcome.active[:2]))
        assert seen == {(True, True), (False, True)}


def test_slot_that_changed_hands_starts_anew_as_predicted() -> None:
    with a_stage([300, 250, 0, 0, 0]) as stage:
        for uid in (0, 1):
            stage.weights(uid, {2: 1, 3: 1, 4: 2})
        for _ in range(2):
            assert_next_epoch(stage)
        stage.root("sudo_set_immunity_period", netuid=1, immunity_period=0)
        stage.root("sudo_set_min_non_immune_uids", netuid=1, min=0)
        stage.root("sudo_set_max_allowed_uids", netuid=1, max_allowed_uids=5)
        assert len(stage.hotkeys) == 5
        pruned = stage.neuron()
        assert pruned in (2, 3)
        paid = assert_next_epoch(stage)
        assert paid.outcome.incentive[pruned] == 0
        stage.weights(0, {2: 1, 3: 1, 4: 2})
        stage.weights(1, {2: 1, 3: 1, 4: 2})
        assert assert_next_epoch(stage).outcome.incentive[pruned] > 0


@pytest.mark.parametrize("fate", ["Burn", "Recycle"])
def test_what_the_owners_miners_earn_is_withheld_as_predicted(fate: str) -> None:
    with a_stage([300, 250, 0]) as stage:
        stage.root("sudo_set_recycle_or_burn", netuid=1, recycle_or_burn=fate)
        owned = stage.neuron(ALICE)
        for uid in (0, 1):
            stage.weights(uid, {2: 1, owned: 1})
        stage.mine_to_eve()
        before = {name: stage.read(name) for name in ("SubnetAlphaOut", "SubnetProtocolAlpha")}
        paid = assert_next_epoch(stage)
        assert paid.withheld_share() == Fraction(1, 2)
        assert alpha_of(stage, owned) == 0
        bought = stage.read("SubnetProtocolAlpha") - before["SubnetProtocolAlpha"]
        gone = before["SubnetAlphaOut"] + stage.read("SubnetAlphaOutEmission") + bought - stage.read("SubnetAlphaOut")
        withheld = int(sum(paid.withheld.values()))
        assert abs(gone - (withheld if fate == "Recycle" else 0)) <= rao_tolerance(len(stage.hotkeys), paid.budget)


def alpha_of(stage: Stage, uid: int) -> int:
    """What stands behind a neuron on its subnet, in rao."""
    return int(read(stage.chain.view(), "TotalHotkeyAlpha", stage.hotkeys[uid].ss58_address, stage.netuid))


def test_nominators_share_dividends_and_root_counts_as_predicted() -> None:
    fan = Keypair.create_from_uri("//OracleFan")
    with a_stage([300, 250, 0, 0]) as stage:
        stage.fund(fan)
        stage.stake(fan, stage.hotkeys[0], 77.7)
        stage.stake(fan, stage.hotkeys[1], 500, netuid=0)
        stage.stake(stage.coldkeys[1], stage.hotkeys[1], 10_000, netuid=0)
        for uid in (0, 1):
            stage.weights(uid, {2: 3, 3: 1})
        for _ in range(EPOCHS):
            paid = assert_next_epoch(stage)
        assert paid.outcome.dividends[1] > paid.outcome.dividends[0]


def test_root_gets_its_part_in_alpha_once_prices_are_high_as_predicted() -> None:
    with a_stage([300, 250, 0, 0]) as stage:
        for uid in (0, 1):
            stage.call(stage.coldkeys[uid], "root_register", hotkey=stage.hotkeys[uid].ss58_address)
        stage.stake(stage.coldkeys[0], stage.hotkeys[0], 20_000, netuid=0)
        stage.stake(stage.coldkeys[1], stage.hotkeys[1], 100_000, netuid=0)
        raised = {"bits": 3 << 31}
        stage.chain.seal(lambda frame: Item("SubtensorModule", "SubnetMovingPrice").put(frame, raised, 1))
        for uid in (0, 1):
            stage.weights(uid, {2: 3, 3: 1})
        stage.mine_epoch()
        paid = assert_next_epoch(stage)
        assert sum(paid.root.values()) > 0


def test_half_of_the_root_part_that_was_recycled_is_nobodys_as_predicted() -> None:
    """While prices are low root's part is recycled, but miners still have half of what is left instead of their own."""
    with a_stage([300, 250, 0, 0]) as stage:
        stage.call(stage.coldkeys[0], "root_register", hotkey=stage.hotkeys[0].ss58_address)
        stage.stake(stage.coldkeys[0], stage.hotkeys[0], 100_000, netuid=0)
        for uid in (0, 1):
            stage.weights(uid, {2: 3, 3: 1})
        stage.mine_epoch()
        recycled = Item("AlphaAssets", "AlphaRecycled")
        stood = recycled.get(stage.chain.view(), stage.netuid)
        paid = assert_next_epoch(stage)
        gone = recycled.get(stage.chain.view(), stage.netuid) - stood
        assert gone > 10**6
        assert abs(paid.unpaid() - Fraction(gone, 2)) <= 2 * stage.read("Tempo")


@pytest.mark.parametrize("yuma3", [True, False])
def test_miners_have_it_all_where_bonds_are_not_allowed_to_grow_as_predicted(yuma3: bool) -> None:
    """Incentive without dividends; root's part waits too, so that all of it is paid once and no more."""
    with a_stage([300, 250, 0, 0]) as stage:
        stage.root("sudo_set_yuma3_enabled", netuid=1, enabled=yuma3)
        stage.root("sudo_set_bonds_moving_average", netuid=1, bonds_moving_average=1_000_000)
        stage.call(stage.coldkeys[0], "root_register", hotkey=stage.hotkeys[0].ss58_address)
        stage.stake(stage.coldkeys[0], stage.hotkeys[0], 100_000, netuid=0)
        stage.chain.seal(lambda frame: Item("SubtensorModule", "SubnetMovingPrice").put(frame, {"bits": 3 << 31}, 1))
        for uid in (0, 1):
            stage.weights(uid, {2: 3, 3: 1})
        stage.mine_epoch()
        paid = assert_next_epoch(stage)
        assert not any(paid.outcome.dividends)
        assert sum(paid.incentive.values()) == paid.budget - paid.owner_cut > 0


def test_alpha_at_the_last_epoch_is_noted_of_everybody_on_the_subnet() -> None:
    with a_stage([300, 0, 0]) as stage:
        stage.weights(0, {1: 1})
        stage.mine_epoch()
        for hotkey in stage.hotkeys:
            noted, held = (
                read(stage.chain.view(), name, hotkey.ss58_address, 1)
                for name in ("TotalHotkeyAlphaLastEpoch", "TotalHotkeyAlpha")
            )
            assert noted == held
        assert alpha_of(stage, 1) > 0


def test_subnet_without_weights_pays_validators_as_predicted() -> None:
    with a_stage([300, 250, 0, 0]) as stage:
        paid = assert_next_epoch(stage)
        assert not any(paid.incentive.values())
        assert sum(paid.nominators.values()) > 0


def test_miners_that_stake_automatically_are_paid_where_they_asked() -> None:
    with a_stage([300, 250, 0, 0]) as stage:
        target = stage.hotkeys[0].ss58_address
        destination = Item("SubtensorModule", "AutoStakeDestination")
        stage.chain.seal(lambda frame: destination.put(frame, target, stage.coldkeys[2].ss58_address, 1))
        for uid in (0, 1):
            stage.weights(uid, {2: 3, 3: 1})
        assert_next_epoch(stage)
        assert alpha_of(stage, 2) == 0


def test_bond_is_forgotten_from_the_block_after_the_last_epoch_as_predicted() -> None:
    """Who came in the very block of the last epoch keeps its bonds (subtensor: bond_cutoff_block is the one after)."""
    with a_stage([300, 250, 0, 0]) as stage:
        for _ in range(2):
            for uid in (0, 1):
                stage.weights(uid, {2: 1, 3: 1})
            assert_next_epoch(stage)
        last = stage.read("LastMechansimStepBlock")
        registered = Item("SubtensorModule", "BlockAtRegistration")
        stage.chain.seal(lambda frame: registered.put(frame, last + 1, 1, 2))
        stage.chain.seal(lambda frame: registered.put(frame, last, 1, 3))
        for uid in (0, 1):
            stage.weights(uid, {2: 1, 3: 1})
        bonds = assert_next_epoch(stage).outcome.bonds
        assert bonds[0][2] < bonds[0][3]


@pytest.mark.parametrize("more_rao", [0, 20])
def test_of_equal_stakes_the_higher_uids_have_the_permits_as_predicted(more_rao: int) -> None:
    """Equal is also who has less than a unit of 2**-32 more of the whole stake."""
    with a_stage([300, 250, 200, 150, 100]) as stage:
        stage.root("sudo_set_max_allowed_validators", netuid=1, max_allowed_validators=2)
        least = alpha_of(stage, 4)
        alpha = Item("SubtensorModule", "TotalHotkeyAlpha")
        for uid in range(4):
            hotkey, more = stage.hotkeys[uid].ss58_address, 0 if uid else more_rao
            stage.chain.seal(lambda frame, hotkey=hotkey, more=more: alpha.put(frame, least + more, hotkey, 1))
        assert_next_epoch(stage)
        assert stage.read("ValidatorPermit") == [False, False, False, True, True]


def test_committed_weights_count_once_revealed_and_not_for_who_came_after_an_open_one_as_predicted() -> None:
    """Two epochs after each commitment it is revealed. The newcomer comes before the reveal of one that may mean it,
    behind another that cannot.
    """
    with a_stage([300, 250, 0, 0, 0]) as stage:
        stage.root("sudo_set_immunity_period", netuid=1, immunity_period=0)
        stage.root("sudo_set_min_non_immune_uids", netuid=1, min=0)
        stage.root("sudo_set_max_allowed_uids", netuid=1, max_allowed_uids=5)
        stage.root("sudo_set_commit_reveal_weights_enabled", netuid=1, enabled=True)
        stage.root("sudo_set_commit_reveal_weights_interval", netuid=1, interval=2)
        rows: dict[int, tuple[list[int], list[int]]] = {0: ([2, 3, 4], [1, 1, 2]), 1: ([2, 3, 4], [1, 2, 1])}
        newcomer = None
        for epoch in range(6):
            if epoch == 3:
                newcomer = stage.neuron()
                assert newcomer in rows[0][0]
            for uid, (dests, values) in rows.items():
                told = {"uids": dests, "values": values, "version_key": 0}
                if epoch > 1:
                    stage.call(stage.hotkeys[uid], "reveal_weights", netuid=1, salt=[epoch - 2], **told)
                digest = commit_hash(stage.hotkeys[uid].ss58_address, 1, dests, values, [epoch], 0)
                stage.call(stage.hotkeys[uid], "commit_weights", netuid=1, commit_hash=digest)
            paid = assert_next_epoch(stage)
            got = [paid.outcome.incentive[uid] > 0 for uid in (2, 3, 4)]
            assert got == [epoch > 1 and (epoch, uid) != (3, newcomer) for uid in (2, 3, 4)], epoch
