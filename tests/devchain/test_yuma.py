"""What holds in every epoch of every subnet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from netctl.devchain.pallets.subtensor.yuma import EpochInput, Row, Settings, run
from netctl.devchain.pallets.subtensor.yuma.fixed import ONE, U16_MAX, proportion
from netctl.devchain.pallets.subtensor.yuma.liquid_alpha import rate
from tests.devchain import yuma_cases

pytestmark = pytest.mark.fast

U16 = st.integers(0, U16_MAX)


@st.composite
def rows(draw: st.DrawFn, count: int) -> dict[int, Row]:
    """Rows of u16 pairs for some uids, each in an order of its own."""
    made = {}
    for uid in draw(st.sets(st.integers(0, count - 1))):
        dests = draw(st.lists(st.integers(0, count - 1), unique=True))
        made[uid] = [(dest, draw(U16)) for dest in dests]
    return made


@st.composite
def subnets(draw: st.DrawFn) -> EpochInput:
    """Up to seven neurons with different stakes, or none, whatever the hyperparameters."""
    count = draw(st.integers(1, 7))
    blocks = st.lists(st.integers(0, 99), min_size=count, max_size=count)
    stakes = st.lists(st.integers(1, 10**17), min_size=count, max_size=count, unique=True)
    has_any = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    low, high = sorted([draw(st.integers(1_638, U16_MAX)), draw(st.integers(1_638, U16_MAX))])
    return yuma_cases.given(
        [amount * staked for amount, staked in zip(draw(stakes), has_any, strict=True)],
        draw(rows(count)),
        bonds=draw(rows(count)),
        last_update=draw(blocks),
        registered_at=draw(blocks),
        bonds_since=draw(st.integers(0, 100)),
        activity_cutoff=draw(st.integers(1, 100)),
        permits=draw(st.lists(st.booleans(), min_size=count, max_size=count)),
        owner_uid=draw(st.none() | st.integers(0, count - 1)),
        emission_rao=draw(st.integers(0, 10**15)),
        previous_consensus=draw(st.lists(U16, max_size=count + 1)),
        kappa=draw(U16),
        max_validators=draw(st.integers(0, 8)),
        bonds_penalty=draw(st.sampled_from([0, U16_MAX]) | U16),
        bonds_moving_average=draw(st.integers(0, 1_000_000)),
        yuma3=draw(st.booleans()),
        liquid_alpha=draw(st.booleans()),
        alpha_low=low,
        alpha_high=high,
        alpha_steepness=draw(st.integers(-(2**15), 2**15 - 1)),
        consensus_mode=draw(st.sampled_from(["Current", "Previous", "Auto"])),
    )


def voters(subnet: EpochInput) -> list[int]:
    """Who votes: active, with stake, and with a permit or the subnet."""
    return [
        uid
        for uid, amount in enumerate(subnet.stake_q64)
        if amount
        and (subnet.permits[uid] or uid == subnet.owner_uid)
        and subnet.last_update[uid] + subnet.activity_cutoff >= subnet.block
    ]


@given(subnets())
def test_consensus_is_bounded_by_what_voters_gave(subnet: EpochInput) -> None:
    result = run(subnet)
    named = {dest for uid in voters(subnet) for dest, weight in subnet.weights[uid] if weight}
    assert all(0 <= value <= U16_MAX for value in result.consensus)
    assert {uid for uid, value in enumerate(result.consensus) if value} <= named
    assert {uid for uid, value in enumerate(result.incentive) if value} <= named


@given(subnets())
def test_nobody_earns_dividends_without_voting_and_no_bond_is_kept_without_permit(subnet: EpochInput) -> None:
    result = run(subnet)
    entitled = set(voters(subnet))
    if not subnet.settings.yuma3:
        entitled |= {uid for uid, row in enumerate(subnet.bonds) if row}
    assert {uid for uid, value in enumerate(result.dividends) if value} <= entitled
    assert all(permit or not row for permit, row in zip(result.permits, result.bonds, strict=True))


@given(subnets())
def test_shares_add_up_to_one_or_to_nothing(subnet: EpochInput) -> None:
    result = run(subnet)
    for shares in (result.incentive, result.dividends, result.stake_weight):
        assert sum(shares) == 0 or U16_MAX - len(shares) <= sum(shares) <= U16_MAX


@given(subnets())
def test_emission_is_divided_up_to_rounding_and_never_exceeded(subnet: EpochInput) -> None:
    result = run(subnet)
    count = len(subnet.permits)
    parts = [result.server_emission_rao, result.validator_emission_rao]
    paid = sum(map(sum, parts))
    assert paid <= subnet.emission_rao
    assert sum(result.emission_rao) <= subnet.emission_rao
    if any(subnet.stake_q64):
        lost = 2 * count * (1 + subnet.emission_rao // ONE)
        assert paid >= subnet.emission_rao - lost
        assert sum(result.emission_rao) >= subnet.emission_rao - lost


@given(subnets(), U16)
def test_nobody_gains_by_a_weight_for_itself(subnet: EpochInput, weight: int) -> None:
    def selfish(uid: int, row: Row) -> Row:
        return (
            row if uid == subnet.owner_uid else [*((dest, value) for dest, value in row if dest != uid), (uid, weight)]
        )

    changed = replace(subnet, weights=[selfish(uid, row) for uid, row in enumerate(subnet.weights)])
    assert run(changed) == run(subnet)


@given(subnets(), st.randoms(use_true_random=False))
def test_neurons_in_another_order_have_the_same_results(subnet: EpochInput, random: Any) -> None:
    order = list(range(len(subnet.permits)))
    random.shuffle(order)
    to = {old: new for new, old in enumerate(order)}
    assume(len(subnet.previous_consensus) >= len(order))

    def moved(values: list[Any]) -> list[Any]:
        return [values[old] for old in order]

    def renamed(matrix: list[Row]) -> list[Row]:
        return moved([[(to[dest], value) for dest, value in row] for row in matrix])

    shuffled = replace(
        subnet,
        **{name: moved(getattr(subnet, name)) for name in ("stake_q64", "last_update", "registered_at", "permits")},
        weights=renamed(subnet.weights),
        bonds=renamed(subnet.bonds),
        previous_consensus=moved(subnet.previous_consensus),
        owner_uid=None if subnet.owner_uid is None else to[subnet.owner_uid],
    )
    expected, got = run(subnet), run(shuffled)
    for name in ("active", "stake_weight", "consensus", "incentive", "dividends", "validator_trust", "emission_rao"):
        assert getattr(got, name) == moved(getattr(expected, name)), name
    if sum(map(bool, subnet.stake_q64)) <= subnet.settings.max_validators:
        assert [dict(row) for row in got.bonds] == [dict(row) for row in renamed(expected.bonds)]


@given(st.integers(-(2**15), 2**15 - 1), st.tuples(U16, U16).map(sorted), st.tuples(*[st.integers(0, ONE)] * 3))
def test_liquid_alpha_stays_within_its_bounds(steepness: int, bounds: list[int], edge: tuple[int, int, int]) -> None:
    low, high = bounds
    alpha = rate(Settings(alpha_low=low, alpha_high=high, alpha_steepness=steepness))
    assert proportion(low) <= alpha(*edge) <= proportion(high)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.lists(U16, min_size=1, max_size=4), st.booleans())
def test_a_cabal_without_a_majority_is_clipped_to_what_the_others_say(
    stake: int, more: int, weights: list[int], yuma3: bool
) -> None:
    """Uid 0 is honest and has more stake; uid 1 gives all to uid 2, which uid 0 gives nothing."""
    assume(any(weights))
    honest = [(3 + at, weight) for at, weight in enumerate(weights)]
    stakes = [2 * stake + more, stake, *[0] * (1 + len(weights))]
    result = run(yuma_cases.given(stakes, {0: honest, 1: [(2, 1)]}, yuma3=yuma3))
    assert result.incentive[2] == result.validator_trust[1] == result.dividends[1] == 0
    alone = run(yuma_cases.given(stakes, {0: honest}, yuma3=yuma3))
    assert (result.incentive, result.dividends) == (alone.incentive, alone.dividends)


@given(subnets())
def test_an_epoch_changes_nothing_of_what_it_is_given(subnet: EpochInput) -> None:
    copied = replace(subnet, weights=[list(row) for row in subnet.weights], bonds=[list(row) for row in subnet.bonds])
    first = run(subnet)
    assert subnet == copied
    assert run(subnet) == first
