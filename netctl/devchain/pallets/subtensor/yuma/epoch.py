"""One epoch of one mechanism: the rules in their order."""

from __future__ import annotations

from netctl.devchain.pallets.subtensor.yuma import bonds, masking, permits
from netctl.devchain.pallets.subtensor.yuma.fixed import (
    FRACTION,
    divided,
    normalized,
    proportion,
    share_of,
    to_u16,
)
from netctl.devchain.pallets.subtensor.yuma.given import EpochInput, EpochOutput, Matrix
from netctl.devchain.pallets.subtensor.yuma.median import weighted_medians


def run(given: EpochInput) -> EpochOutput:
    """Permits, consensus, incentive, bonds, dividends, and the emission divided by them."""
    settings = given.settings
    active = permits.active(given)
    stake = permits.stake(given)
    may_vote = permits.with_owner(given.permits, given.owner_uid)
    voting = permits.voting_stake(stake, given, active, may_vote)
    weights = masking.weights(given, may_vote)
    consensus = weighted_medians(voting, weights, proportion(settings.kappa))
    clipped = masking.clipped(weights, consensus)
    incentive = normalized(_ranks(clipped, voting))
    growing = masking.between(weights, clipped, proportion(settings.bonds_penalty))
    if settings.yuma3:
        held = bonds.yuma3(given, growing, consensus)
        dividends = bonds.yuma3_dividends(held, incentive, voting)
    else:
        held = bonds.yuma2(given, growing, voting)
        dividends = bonds.yuma2_dividends(held, incentive)
        held = bonds.columns_upscaled(held)
    permitted = permits.with_owner(permits.top(stake, settings.max_validators), given.owner_uid)
    server, validator, both = _shares(incentive, dividends, stake, voting)
    return EpochOutput(
        active=active,
        permits=permitted,
        stake_weight=list(map(to_u16, stake)),
        consensus=list(map(to_u16, consensus)),
        validator_trust=[to_u16(sum([weight for _, weight in row])) for row in clipped],
        incentive=list(map(to_u16, incentive)),
        dividends=list(map(to_u16, dividends)),
        bonds=[_stored(row) if permit else [] for row, permit in zip(held, permitted, strict=True)],
        server_emission_rao=[share_of(given.emission_rao, share) for share in server],
        validator_emission_rao=[share_of(given.emission_rao, share) for share in validator],
        emission_rao=[share_of(given.emission_rao, share) for share in both],
    )


def _ranks(clipped: Matrix, stake: list[int]) -> list[int]:
    """The clipped weights of each uid, weighted by stake."""
    ranks = [0] * len(stake)
    for row, amount in zip(clipped, stake, strict=True):
        if amount:
            for dest, weight in row:
                ranks[dest] += amount * weight >> FRACTION
    return ranks


def _shares(
    incentive: list[int], dividends: list[int], stake: list[int], voting: list[int]
) -> tuple[list[int], list[int], list[int]]:
    """Parts of the emission by incentive, by dividends, and by both; by stake alone where nobody has either."""
    both = [left + right for left, right in zip(incentive, dividends, strict=True)]
    total = sum(both)
    if total:
        return divided(incentive, total), divided(dividends, total), normalized(both)
    by_stake = voting if any(voting) else stake
    return incentive, by_stake, by_stake


def _stored(row: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(dest, to_u16(value)) for dest, value in row]
