"""Bonds: what validators hold of the neurons that they weighed early, and the dividends that this earns."""

from __future__ import annotations

from netctl.devchain.pallets.subtensor.yuma import liquid_alpha
from netctl.devchain.pallets.subtensor.yuma.fixed import FRACTION, ONE, U16_MAX, normalized, proportion
from netctl.devchain.pallets.subtensor.yuma.given import EpochInput, Matrix, Row, Settings

MILLION = 1_000_000


def yuma3(given: EpochInput, weights: Matrix, consensus: list[int]) -> Matrix:
    """Bonds as fractions of one, each moved toward its weight by itself (Yuma 3)."""
    old = [[(dest, (bond << FRACTION) // U16_MAX) for dest, bond in row] for row in kept(given)]
    if given.settings.liquid_alpha and any(consensus):
        return _moved_by_rates(given.settings, weights, old, _compared(given, consensus))
    return moved(weights, old, new_share(given.settings))


def yuma3_dividends(bonds: Matrix, incentive: list[int], stake: list[int]) -> list[int]:
    """What each validator's shares of bonds earn of incentive, times its stake."""
    earned = [sum([share * incentive[dest] >> FRACTION for dest, share in row]) for row in columns_normalized(bonds)]
    return normalized([part * amount >> FRACTION for part, amount in zip(earned, stake, strict=True)])


def yuma2(given: EpochInput, weights: Matrix, stake: list[int]) -> Matrix:
    """Bonds as shares in a neuron, moved toward stake times weight (the rule before Yuma 3); columns add up to one."""
    old = columns_normalized([[(dest, bond << FRACTION) for dest, bond in row] for row in kept(given)])
    bought = [
        [(dest, weight * amount >> FRACTION) for dest, weight in row]
        for row, amount in zip(weights, stake, strict=True)
    ]
    return columns_normalized(moved(columns_normalized(bought), old, new_share(given.settings)))


def yuma2_dividends(bonds: Matrix, incentive: list[int]) -> list[int]:
    """What each validator's shares earn of incentive."""
    return normalized([sum([share * incentive[dest] >> FRACTION for dest, share in row]) for row in bonds])


def kept(given: EpochInput) -> Matrix:
    """Stored bonds without those with neurons that came since the epoch before."""
    count, registered, since = len(given.registered_at), given.registered_at, given.bonds_since
    return [[(dest, bond) for dest, bond in row if dest < count and registered[dest] < since] for row in given.bonds]


def new_share(settings: Settings) -> int:
    """How much of a bond is new at every epoch without liquid alpha: 1 - BondsMovingAverage."""
    return ONE - (settings.bonds_moving_average << FRACTION) // MILLION


def moved(new: Matrix, old: Matrix, alpha: int) -> Matrix:
    """alpha of the new and the rest of the old, in order of uids; what is zero is left out."""
    rest = ONE - alpha
    return [_moved(fresh, stale, alpha, rest) for fresh, stale in zip(new, old, strict=True)]


def _moved(new: Row, old: Row, alpha: int, rest: int) -> Row:
    row = {dest: alpha * value >> FRACTION for dest, value in new}
    for dest, value in old:
        row[dest] = row.get(dest, 0) + (rest * value >> FRACTION)
    return sorted([(dest, value) for dest, value in row.items() if value > 0])


def _compared(given: EpochInput, consensus: list[int]) -> list[int]:
    """The consensus that liquid alpha compares with; uids that the epoch before did not have had none."""
    mode, before = given.settings.consensus_mode, given.previous_consensus
    is_earlier = mode == "Previous" or (mode == "Auto" and given.settings.bonds_penalty == U16_MAX)
    if not (is_earlier and before):
        return consensus
    return [proportion(before[uid]) if uid < len(before) else 0 for uid in range(len(consensus))]


def _moved_by_rates(settings: Settings, weights: Matrix, old: Matrix, consensus: list[int]) -> Matrix:
    """The same with liquid alpha; a bond whose weight is no longer in the row at all is gone, as in the runtime."""
    rate = liquid_alpha.rate(settings)
    result: Matrix = []
    for row, stale in zip(weights, old, strict=True):
        before, moved_row = dict(stale), []
        for dest, weight in row:
            bond = before.get(dest, 0)
            alpha = rate(consensus[dest], weight, bond)
            value = min(ONE, ((ONE - alpha) * bond >> FRACTION) + max(0, alpha * weight >> FRACTION))
            if value > 0:
                moved_row.append((dest, value))
        result.append(moved_row)
    return result


def columns_normalized(matrix: Matrix) -> Matrix:
    """Each column divided by its sum, where that is not zero."""
    sums: dict[int, int] = {}
    for row in matrix:
        for dest, value in row:
            sums[dest] = sums.get(dest, 0) + value
    return _columns_divided(matrix, sums)


def columns_upscaled(matrix: Matrix) -> Matrix:
    """Each column divided by its greatest value: how bonds are stored before Yuma 3."""
    greatest: dict[int, int] = {}
    for row in matrix:
        for dest, value in row:
            if value > greatest.get(dest, 0):
                greatest[dest] = value
    return _columns_divided(matrix, greatest)


def _columns_divided(matrix: Matrix, by: dict[int, int]) -> Matrix:
    return [
        [(dest, (value << FRACTION) // by[dest] if by.get(dest) else value) for dest, value in row] for row in matrix
    ]
